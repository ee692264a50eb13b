"""Exact numbers as SQL: ``numerator / (10^scale * denominator)`` over the widest integer.

The numerator is NULL exactly where the number is missing; where it is not, the denominator is above zero.
So comparisons multiply across without looking at signs, and division by zero is a missing number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.rounding import Rounding
from kejing.policy.problems import ScaleTooWideError
from kejing.policy.sql import narrow
from kejing.policy.sql.layers import Sheet, Sql, sql, whole
from kejing.policy.sql.narrow import Narrow

_LITERAL = re.compile(r"\d+|\(-\d+\)")
NARROW = 2**62
"""Largest dividend and divisor that are divided in 64 bits."""
MOST_DIGITS = 30
"""Decimal digits that scales may add up to inside a formula; more leave no room for the amount."""


@dataclass(frozen=True, slots=True)
class Exact:
    """An exact number; ``constant`` is set where it is known when compiling.

    ``narrow`` is the numerator in 64 bits, where columns decide that it fits and there is no denominator.
    """

    numerator: Sql
    scale: int = 0
    denominator: Sql | None = None
    constant: Fraction | None = None
    narrow: Narrow | None = None

    def __post_init__(self) -> None:
        if self.scale > MOST_DIGITS:
            raise ScaleTooWideError(formula="-", digits=self.scale)


def constant(value: Fraction) -> Exact:
    """A number known when compiling, at the smallest scale that writes it."""
    rest, scale = value.denominator, 0
    while rest % 2 == 0 or rest % 5 == 0:
        rest, scale = (rest // 10 if rest % 10 == 0 else rest // 2 if rest % 2 == 0 else rest // 5), scale + 1
    numerator = value * rest * 10**scale
    assert numerator.denominator == 1
    if rest > 1:
        return Exact(whole(numerator.numerator), scale, whole(rest), value)
    return Exact(whole(numerator.numerator), scale, None, value, narrow.literal(numerator.numerator))


def column(name: Sql, scale: int) -> Exact:
    """A stored number."""
    return Exact(sql("CAST({} AS $WIDE)", name), scale, narrow=narrow.leaf(name))


def scaled(number: Sql, digits: int) -> Sql:
    """``number`` times ten to the power of ``digits``."""
    if digits == 0:
        return number
    return times(number, whole(10**digits))


def times(left: Sql, right: Sql | None) -> Sql:
    """A product; None is one. Literals are multiplied here: an engine would take them for narrow integers."""
    if right is None:
        return left
    if _LITERAL.fullmatch(left.text) and _LITERAL.fullmatch(right.text):
        return whole(int(left.text.strip("()")) * int(right.text.strip("()")))
    return sql("{} * {}", left, right)


def wide(number: Exact) -> Exact:
    """The number with a literal made as wide as a column."""
    if number.constant is None:
        return number
    return Exact(sql("CAST({} AS $WIDE)", number.numerator), number.scale, number.denominator)


class Arithmetic:
    """Operations on exact numbers; what is needed twice gets a column of ``sheet``."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def negated(self, number: Exact) -> Exact:
        """The number with the other sign."""
        if number.constant is not None:
            return constant(-number.constant)
        opposite = narrow.opposite(number.narrow)
        return Exact(sql("-{}", number.numerator), number.scale, number.denominator, narrow=opposite)

    def multiplied(self, left: Exact, right: Exact) -> Exact:
        """The product."""
        if left.constant is not None and right.constant is not None:
            return constant(left.constant * right.constant)
        if right.denominator is None:
            denominator = left.denominator
        else:
            denominator = right.denominator if left.denominator is None else times(left.denominator, right.denominator)
        small = narrow.product(left.narrow, right.narrow)
        product = times(left.numerator, right.numerator)
        return self._shortened(Exact(product, left.scale + right.scale, denominator, narrow=small))

    def divided(self, left: Exact, right: Exact) -> Exact:
        """The quotient; missing where ``right`` is zero."""
        if right.constant is not None:
            if right.constant == 0:
                return Exact(sql("CAST(NULL AS $WIDE)"))
            return self.multiplied(left, constant(1 / right.constant))
        divisor = self.sheet.bind(right.numerator)
        numerator = times(left.numerator, right.denominator)
        signed = sql("CASE WHEN {0} > 0 THEN {1} WHEN {0} < 0 THEN -{1} END", divisor, self.sheet.reuse(numerator))
        positive = sql("CASE WHEN {0} > 0 THEN {0} WHEN {0} < 0 THEN -{0} END", divisor)
        denominator = self.sheet.bind(positive) if left.denominator is None else times(left.denominator, positive)
        scale = left.scale - right.scale
        if scale < 0:
            return self._shortened(Exact(scaled(signed, -scale), 0, denominator))
        return self._shortened(Exact(signed, scale, denominator))

    def added(self, left: Exact, right: Exact) -> Exact:
        """The sum."""
        if left.constant is not None and right.constant is not None:
            return constant(left.constant + right.constant)
        first, second, scale, denominator = self.aligned(left, right)
        small = narrow.total(_at_scale(left, scale), _at_scale(right, scale))
        return self._shortened(Exact(sql("{} + {}", first, second), scale, denominator, narrow=small))

    def aligned(self, left: Exact, right: Exact) -> tuple[Sql, Sql, int, Sql | None]:
        """Both numerators over one scale and one denominator."""
        scale = max(left.scale, right.scale)
        first, second = scaled(left.numerator, scale - left.scale), scaled(right.numerator, scale - right.scale)
        if left.denominator == right.denominator:
            return first, second, scale, left.denominator
        first, second = times(first, right.denominator), times(second, left.denominator)
        both = times(left.denominator, right.denominator) if left.denominator else right.denominator
        return first, second, scale, both

    def compared(self, left: Exact, sign: str, right: Exact) -> Sql:
        """A comparison, by multiplying across."""
        first, second, _, _ = self.aligned(wide(left) if right.constant is not None else left, right)
        return sql(f"{{}} {sign} {{}}", first, second)

    def chosen(self, conditions: list[Sql], numbers: list[Exact], otherwise: Exact | None) -> Exact:
        """The number of the first condition that holds."""
        every = numbers if otherwise is None else [*numbers, otherwise]
        scale = max(number.scale for number in every)
        plain = all(number.denominator is None for number in every)
        bound = conditions if plain else [self.sheet.bind(condition) for condition in conditions]
        numerators = [scaled(number.numerator, scale - number.scale) for number in every]
        numerator = sql("CAST({} AS $WIDE)", case(bound, numerators))
        if plain:
            return self._shortened(Exact(numerator, scale))
        denominators = [number.denominator or whole(1) for number in every]
        return Exact(numerator, scale, self.sheet.bind(sql("CAST({} AS $WIDE)", case(bound, denominators))))

    def rounded(self, number: Exact, decimals: int, rounding: Rounding) -> Sql:
        """The number rounded once, as a whole number of ``10^-decimals``."""
        number = wide(number)
        digits = decimals - number.scale
        numerator = scaled(number.numerator, digits) if digits > 0 else number.numerator
        if digits >= 0 and number.denominator is None:
            return numerator
        if digits < 0 and rounding is Rounding.HALF_UP and number.denominator is None:
            chosen = narrow.half_up(number.narrow, 10**-digits)
            if chosen is not None:
                return self.sheet.bind(chosen)
        numerator = self.sheet.reuse(numerator)
        size = sql("ABS({})", numerator)
        divisor = scaled(number.denominator or whole(1), max(0, -digits))
        if number.denominator is None and rounding is Rounding.HALF_UP:
            half = whole(10**-digits // 2)  # a power of ten is even, so half of it is exact
            rounded = self._quotient(sql("{} + {}", size, half), divisor)
        else:
            rounded = self._rounded_over(size, divisor, rounding)
        return sql("CASE WHEN {} < 0 THEN -{} ELSE {} END", numerator, rounded, rounded)

    def _rounded_over(self, size: Sql, divisor: Sql, rounding: Rounding) -> Sql:
        """``size`` over ``divisor``, both not below zero, rounded."""
        divisor = self.sheet.bind(divisor)
        match rounding:
            case Rounding.HALF_UP:
                return self._quotient(sql("2 * {} + {}", size, divisor), times(whole(2), divisor))
            case Rounding.DOWN:
                return self._quotient(size, divisor)
            case Rounding.UP:
                return self._quotient(sql("{} + {} - 1", size, divisor), divisor)
            case Rounding.HALF_EVEN:
                size = self.sheet.bind(size)
                rest, kept = self.sheet.bind(sql("{} % {}", size, divisor)), self._quotient(size, divisor)
                tie = sql("2 * {0} > {1} OR (2 * {0} = {1} AND {2} % 2 = 1)", rest, divisor, kept)
                return self.sheet.bind(sql("{} + CASE WHEN {} THEN 1 ELSE 0 END", kept, tie))

    def _quotient(self, dividend: Sql, divisor: Sql) -> Sql:
        """The whole quotient of operands not below zero.

        Most amounts fit 64 bits, where engines divide several times faster than in the wide type.
        """
        dividend, divisor = self.sheet.bind(dividend), self.sheet.bind(divisor)
        fits = sql("{} <= {}", dividend, whole(NARROW))
        if _LITERAL.fullmatch(divisor.text) is None:
            fits = sql("{} AND {} <= {}", fits, divisor, whole(NARROW))
        elif int(divisor.text) > NARROW:
            return self.sheet.bind(sql("$WIDE_DIV({}, {})", dividend, divisor))
        narrow = sql("$DIV({}, {})", dividend, divisor)
        choice = sql("CASE WHEN {} THEN CAST({} AS $WIDE) ELSE $WIDE_DIV({}, {}) END", fits, narrow, dividend, divisor)
        return self.sheet.bind(choice)

    def floored(self, number: Exact, *, up: bool) -> Exact:
        """The largest whole number not above, or (``up``) the smallest not below."""
        number = wide(number)
        if number.denominator is None and number.scale == 0:
            return number
        numerator = self.sheet.reuse(number.numerator)
        divisor = self.sheet.reuse(scaled(number.denominator or whole(1), number.scale))
        size = sql("ABS({})", numerator)
        down = self._quotient(size, divisor)
        away = self._quotient(sql("{} + {} - 1", size, divisor), divisor)
        template = "CASE WHEN {} > 0 THEN {} ELSE -{} END" if up else "CASE WHEN {} >= 0 THEN {} ELSE -{} END"
        return Exact(sql(template, numerator, away if up else down, down if up else away))

    def absolute(self, number: Exact) -> Exact:
        """The size."""
        number = wide(number)
        return Exact(sql("ABS({})", number.numerator), number.scale, number.denominator)

    def sign(self, number: Exact) -> Exact:
        """Minus one, zero or one."""
        numerator = self.sheet.reuse(number.numerator)
        signs = sql("CASE WHEN {0} > 0 THEN 1 WHEN {0} < 0 THEN -1 WHEN {0} = 0 THEN 0 END", numerator)
        return Exact(sql("CAST({} AS $WIDE)", signs))

    def _shortened(self, number: Exact) -> Exact:
        """The number with its parts in columns where their texts have grown."""
        denominator = number.denominator
        return Exact(
            self.sheet.reuse(number.numerator),
            number.scale,
            None if denominator is None else self.sheet.reuse(denominator),
            narrow=number.narrow,
        )


def _at_scale(number: Exact, scale: int) -> Narrow | None:
    """The narrow form of a number without a denominator, at a finer scale."""
    if number.denominator is not None:
        return None
    return narrow.product(number.narrow, narrow.literal(10 ** (scale - number.scale)))


def case(conditions: list[Sql], values: list[Sql]) -> Sql:
    """A searched CASE; one value more than conditions is the ELSE."""
    parts = [sql("WHEN {} THEN {}", when, then) for when, then in zip(conditions, values, strict=False)]
    if len(values) > len(conditions):
        parts.append(sql("ELSE {}", values[-1]))
    text = "CASE " + " ".join(part.text for part in parts) + " END"
    return Sql(text, max((part.layer for part in parts), default=0))
