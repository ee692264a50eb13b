"""Churn: what was lost in a half-year, of what base, for which reasons and in which industries."""
