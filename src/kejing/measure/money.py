"""Money enters and leaves through this door: exact text on one side, integer minor units on the other."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from kejing.measure.errors import KejingError

MINOR_DIGITS = {
    **dict.fromkeys(("CNY", "USD", "EUR", "GBP", "HKD", "AUD", "CAD", "CHF", "SGD", "TWD", "CZK", "MOP"), 2),
    **dict.fromkeys(("JPY", "KRW", "VND"), 0),
    **dict.fromkeys(("KWD", "BHD", "JOD"), 3),
}
"""Minor digits by ISO 4217 code; an unknown code is refused, never taken as two."""


class UnknownCurrencyError(KejingError):
    """The currency code is not in the table of minor digits."""

    code = "money.unknown_currency"


class NotAnAmountError(KejingError):
    """The text is not an amount of the currency."""

    code = "money.not_an_amount"


def minor_digits(currency: str) -> int:
    """Digits after the point of ``currency``.

    Raises
    ------
    UnknownCurrencyError
        The code is not in `MINOR_DIGITS`.
    """
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise UnknownCurrencyError(currency=currency) from None


def to_minor(amount: str | Decimal | int | Fraction, currency: str) -> int:
    """Minor units of ``amount``, exactly.

    Raises
    ------
    NotAnAmountError
        Not a number, or finer than the minor unit of the currency.

    Examples
    --------
    >>> to_minor("1000.01", "CNY"), to_minor("12", "JPY")
    (100001, 12)
    """
    try:
        exact = Fraction(Decimal(amount.replace(",", "").strip())) if isinstance(amount, str) else Fraction(amount)
    except (InvalidOperation, ValueError, OverflowError) as cause:
        raise NotAnAmountError(amount=amount, currency=currency) from cause
    minor: Fraction = exact * 10 ** minor_digits(currency)
    if minor.denominator != 1:
        raise NotAnAmountError(amount=amount, currency=currency)
    return minor.numerator


def from_minor(minor: int, currency: str) -> Decimal:
    """The decimal amount of ``minor`` units.

    Examples
    --------
    >>> from_minor(14025818, "CNY")
    Decimal('140258.18')
    """
    return Decimal(minor).scaleb(-minor_digits(currency))
