"""Customers, RMs, dated coverage, and what is done for customers."""
