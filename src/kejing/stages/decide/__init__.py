"""Decide: who the customers are and how many RMs they need."""
