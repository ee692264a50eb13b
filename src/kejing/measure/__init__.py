"""Money, shares, periods, rounding, errors and findings: the exact words every other room speaks.

Nothing lies below this package. It reads no file, no clock and no chance.
"""
