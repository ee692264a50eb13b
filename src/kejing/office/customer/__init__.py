"""Customers: the list with its filters, and everything about one of them on one page."""
