"""Targets and performance contracts, accepted by the RM in person."""
