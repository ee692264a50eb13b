"""Exact values as people write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

_DECIMALS = 12


def value_text(value: object) -> str:
    """An exact value as people write it; a fraction with no end is cut at twelve decimals and says so.

    Examples
    --------
    >>> value_text(Fraction(14025818, 100)), value_text(Fraction(1, 3))
    ('140,258.18', '0.333333333333…')
    """
    if isinstance(value, bool) or value is None:
        return "—" if value is None else str(value).lower()
    if isinstance(value, Fraction | int | Decimal):
        exact = Fraction(value)
        scaled = exact * 10**_DECIMALS
        cut = scaled.numerator // scaled.denominator if scaled >= 0 else -(-scaled.numerator // scaled.denominator)
        text = f"{Decimal(cut).scaleb(-_DECIMALS):,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text if scaled.denominator == 1 else f"{text}…"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
