"""Units as exponents: money over hours is not money, and money plus hours is a mistake."""

from __future__ import annotations

import re

from kejing.measure.money import MINOR_DIGITS
from kejing.policy.vocabulary import Type

type Dims = tuple[tuple[str, int], ...]
"""Base units with their exponents, ordered by name; empty for a plain number."""

PLAIN: Dims = ()
_PLAIN_WORDS = frozenset({"", "1", "%", "‰", "share", "ratio", "factor", "times", "倍"})
_SAME = {
    "hours": "hour",
    "h": "hour",
    "小时": "hour",
    "days": "day",
    "天": "day",
    "日": "day",
    "months": "month",
    "月": "month",
    "years": "year",
    "年": "year",
    "customers": "customer",
    "户": "customer",
    "heads": "head",
    "人": "head",
}
_FACTOR = re.compile(r"([^\W\d]\w*|%|‰|1)(?:\^(-?\d))?")


class BadUnitError(ValueError):
    """The text is no unit."""


def parse_unit(text: str) -> Dims:
    """Exponents of a unit such as ``CNY/hour``, ``customer*hour`` or ``m^2``.

    Raises
    ------
    BadUnitError
        Not words joined by ``*`` and ``/``. A number is refused too: a unit of 10,000 would hide a factor.

    Examples
    --------
    >>> parse_unit("CNY/h"), parse_unit("%")
    ((('CNY', 1), ('hour', -1)), ())
    """
    exponents: dict[str, int] = {}
    sign = 1
    for part in re.split(r"([*/·])", text.strip().replace(" ", "")) if text.strip() else []:
        if part in {"*", "·", "/"}:
            sign = -1 if part == "/" else 1
            continue
        match = _FACTOR.fullmatch(part)
        if match is None:
            raise BadUnitError(text)
        word = _SAME.get(match[1], match[1])
        if word not in _PLAIN_WORDS:
            exponents[word] = exponents.get(word, 0) + sign * int(match[2] or 1)
    return _ordered(exponents)


def dims_of(type_: Type, unit: str, currency: str) -> Dims:
    """Exponents of something declared: money without a unit is in the pack's currency.

    Raises
    ------
    BadUnitError
        ``unit`` is no unit, or the unit of money is no currency.
    """
    dims = parse_unit(unit)
    if type_ is not Type.MONEY:
        return dims
    if not unit.strip():
        return ((currency, 1),)
    if len(dims) != 1 or dims[0][0] not in MINOR_DIGITS or dims[0][1] != 1:
        raise BadUnitError(unit)
    return dims


def multiplied(left: Dims, right: Dims, sign: int = 1) -> Dims:
    """Exponents of a product; of a quotient where ``sign`` is -1."""
    exponents = dict(left)
    for unit, exponent in right:
        exponents[unit] = exponents.get(unit, 0) + sign * exponent
    return _ordered(exponents)


def raised(dims: Dims, power: int) -> Dims:
    """Exponents of a power."""
    return _ordered({unit: exponent * power for unit, exponent in dims})


def has_money(dims: Dims) -> bool:
    """Whether a currency is among the units."""
    return any(unit in MINOR_DIGITS for unit, _ in dims)


def show_unit(dims: Dims) -> str:
    """The unit as written, ``1`` for a plain number.

    Examples
    --------
    >>> show_unit(parse_unit("CNY/hour"))
    'CNY/hour'
    """
    above = [_power(unit, exponent) for unit, exponent in dims if exponent > 0]
    below = [_power(unit, -exponent) for unit, exponent in dims if exponent < 0]
    return "/".join(["*".join(above) or "1", *below])


def _power(unit: str, exponent: int) -> str:
    return unit if exponent == 1 else f"{unit}^{exponent}"


def _ordered(exponents: dict[str, int]) -> Dims:
    return tuple(sorted((unit, exponent) for unit, exponent in exponents.items() if exponent))
