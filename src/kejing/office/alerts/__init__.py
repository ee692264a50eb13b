"""Alerts: money that leaves a customer, who must answer it by when, and how often the alarm was false."""
