"""Named roundings of exact fractions. Worked table: ``docs/algorithms/rounding.md``."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """The rounding a rule names; there is no default hidden in code."""

    HALF_UP = "half_up"  # ties away from zero: 2.665 -> 2.67, -2.675 -> -2.68
    HALF_EVEN = "half_even"  # ties to the even digit
    DOWN = "down"  # toward zero
    UP = "up"  # away from zero


def round_fraction(value: Fraction | int, decimals: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round ``value`` once and return it in units of ``10 ** -decimals``.

    Parameters
    ----------
    value
        Any exact number.
    decimals
        Digits kept after the point [>= 0].
    rounding
        The named rounding.

    Returns
    -------
    int
        The rounded value times ``10 ** decimals``.

    Examples
    --------
    >>> round_fraction(Fraction(2665, 1000), 2), round_fraction(Fraction(-2675, 1000), 2)
    (267, -268)
    >>> round_fraction(Fraction(2665, 1000), 2, Rounding.HALF_EVEN)
    266
    """
    if decimals < 0:
        msg = f"Expected decimals >= 0, got {decimals}."
        raise ValueError(msg)
    scaled: Fraction = Fraction(value) * 10**decimals
    size, rest = divmod(abs(scaled.numerator), scaled.denominator)
    match rounding:
        case Rounding.HALF_UP:
            size += 2 * rest >= scaled.denominator
        case Rounding.HALF_EVEN:
            twice = 2 * rest
            size += twice > scaled.denominator or (twice == scaled.denominator and size % 2 == 1)
        case Rounding.UP:
            size += rest > 0
        case Rounding.DOWN:
            pass
    return -size if scaled < 0 else size
