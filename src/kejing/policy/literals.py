"""How people write values in a policy: 1,200.5, 12.5%, 3亿, 2025-01-01, 是."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

from kejing.measure.period import NotAPeriodError, parse_day
from kejing.policy.vocabulary import NUMERIC, Type

LONGEST_NUMBER = 60
"""Characters of a number; longer ones are slips of the keyboard."""

type Value = Fraction | str | bool | dt.date
"""An exact value; money is in whole currency units."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x201C: 0x22, 0x201D: 0x22}
_POWERS = {"万亿": 10**12, "亿": 10**8, "万": 10**4, "億": 10**8, "萬": 10**4}
_QUANTITY = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<rest>\.\d+)?(?:[eE](?P<exponent>[+-]?\d{1,2}))?"
    r"\s*(?P<power>万亿|亿|万|億|萬)?\s*(?P<percent>[%‰])?"
)
_FLAGS = {"true": True, "false": False, "是": True, "否": False}


class NotAValueError(ValueError):
    """The text is not a value of the type asked for."""


def fold_width(text: str) -> str:
    """``text`` with full-width letters, digits and punctuation in half width; every character keeps its place.

    Examples
    --------
    >>> fold_width("IF(完成率>=0.6,1,0)")
    'IF(完成率>=0.6,1,0)'
    """
    return text.translate(_FULL_WIDTH)


def parse_quantity(text: str) -> Fraction:
    """The exact number that ``text`` writes.

    Raises
    ------
    NotAValueError
        Not a number in a notation of the policy language.

    Examples
    --------
    >>> parse_quantity("12.5%"), parse_quantity("1,200"), parse_quantity("2.5亿")
    (Fraction(1, 8), Fraction(1200, 1), Fraction(250000000, 1))
    """
    match = _QUANTITY.fullmatch(fold_width(text).strip())
    if match is None or len(text) > LONGEST_NUMBER:
        raise NotAValueError(text)
    value = Fraction(match["whole"].replace(",", "") + (match["rest"] or ""))
    value *= Fraction(10) ** int(match["exponent"] or 0)
    value *= _POWERS.get(match["power"] or "", 1)
    value *= {"%": Fraction(1, 100), "‰": Fraction(1, 1000)}.get(match["percent"] or "", Fraction(1))
    return -value if match["sign"] == "-" else value


def parse_value(text: str, type_: Type) -> Value:
    """The value of ``type_`` that ``text`` writes.

    Raises
    ------
    NotAValueError
        The text is not of that type.
    """
    text = text.strip()
    if type_ in NUMERIC:
        number = parse_quantity(text)
        if type_ is Type.COUNT and number.denominator != 1:
            raise NotAValueError(text)
        return number
    if type_ is Type.FLAG:
        try:
            return _FLAGS[text.lower()]
        except KeyError:
            raise NotAValueError(text) from None
    if type_ is Type.DATE:
        try:
            return parse_day(fold_width(text))
        except NotAPeriodError:
            raise NotAValueError(text) from None
    return unquote(text)


def unquote(text: str) -> str:
    """A bare or quoted word without its quotes.

    Raises
    ------
    NotAValueError
        Empty, or a quote that is not closed.

    Examples
    --------
    >>> unquote('"AA"'), unquote("制造业")
    ('AA', '制造业')
    """
    folded = fold_width(text)
    if not folded or folded == '"':
        raise NotAValueError(text)
    if folded[0] == '"' or folded[-1] == '"':
        if folded[0] != '"' or folded[-1] != '"' or '"' in folded[1:-1]:
            raise NotAValueError(text)
        return text[1:-1]
    return text


def show_value(value: Value | None) -> str:
    """``value`` in the one notation that files are written and digests are taken in.

    Examples
    --------
    >>> show_value(Fraction(1, 8)), show_value(True), show_value(Fraction(1, 3))
    ('0.125', 'true', '1/3')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Fraction():
            return _show_fraction(value)
        case dt.date():
            return value.isoformat()
        case str():
            return value


def decimals_of(value: Fraction) -> int | None:
    """Digits after the point that write ``value`` exactly, or None where no count is enough.

    Examples
    --------
    >>> decimals_of(Fraction(1, 8)), decimals_of(Fraction(1200)), decimals_of(Fraction(1, 3))
    (3, 0, None)
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None


def _show_fraction(value: Fraction) -> str:
    decimals = decimals_of(value)
    if decimals is None:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**decimals // value.denominator).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits
