"""The same number once more in 64 bits, for the rows whose figures are small enough: almost all of them.

Engines multiply and divide 64 bits several times faster than their widest integer. What is small enough is said of
the columns, once for each row and before anything is multiplied, so that nothing can overflow unseen: with every
column at most `LEAF` in size, ``most`` bounds the result, and a number that could leave 64 bits has no narrow form.
"""

from __future__ import annotations

from dataclasses import dataclass

from kejing.policy.sql.layers import Sql, sql, whole

LEAF = 2**31
"""Largest size of a column that is reckoned with in 64 bits: in cents above 20 million yuan."""
NARROW = 2**63 - 1
"""Largest number of 64 bits."""
MOST_LEAVES = 4
"""Columns that a narrow number may rest on: more make the condition cost what it saves."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """A number as ``small``, in 64 bits, and as ``large``, in the widest integer; both without columns of the sheet.

    ``small`` is right where every one of ``leaves`` is at most `LEAF` in size, and ``most`` is its largest size then.
    """

    small: Sql
    large: Sql
    most: int
    leaves: frozenset[Sql] = frozenset()

    def fits(self) -> Sql:
        """That the row's columns are small enough; missing where one of them is."""
        leaves = sorted(self.leaves, key=lambda leaf: leaf.text)
        return sql(" AND ".join("{}" for _ in leaves), *(_is_small(leaf) for leaf in leaves))


def _is_small(column: Sql) -> Sql:
    return sql(f"{{0}} >= {-LEAF} AND {{0}} <= {LEAF}", column)


def leaf(column: Sql) -> Narrow:
    """A stored column."""
    small, large = sql("CAST({} AS $BIGINT)", column), sql("CAST({} AS $WIDE)", column)
    return Narrow(small, large, LEAF, frozenset({column}))


def literal(number: int) -> Narrow | None:
    """A whole number known when compiling."""
    return _kept(Narrow(whole(number), whole(number), abs(number)))


def product(left: Narrow | None, right: Narrow | None) -> Narrow | None:
    """Both multiplied."""
    if left is None or right is None:
        return None
    small, large = sql("{} * {}", left.small, right.small), sql("{} * {}", left.large, right.large)
    return _kept(Narrow(small, large, left.most * right.most, left.leaves | right.leaves))


def total(left: Narrow | None, right: Narrow | None) -> Narrow | None:
    """Both added."""
    if left is None or right is None:
        return None
    small, large = sql("{} + {}", left.small, right.small), sql("{} + {}", left.large, right.large)
    return _kept(Narrow(small, large, left.most + right.most, left.leaves | right.leaves))


def opposite(number: Narrow | None) -> Narrow | None:
    """The number with the other sign."""
    if number is None:
        return None
    return Narrow(sql("-{}", number.small), sql("-{}", number.large), number.most, number.leaves)


def half_up(number: Narrow | None, divisor: int) -> Sql | None:
    """The number over ``divisor``, an even one, rounded to whole numbers, halves away from zero."""
    if number is None or not number.leaves or number.most + divisor > NARROW:
        return None
    half, by = whole(divisor // 2), whole(divisor)
    choice = (
        "CASE WHEN {fits} THEN CASE WHEN {small} < 0 THEN -$DIV({half} - {small}, {by})"
        " ELSE $DIV({small} + {half}, {by}) END"
        " WHEN {large} < 0 THEN -$WIDE_DIV({half} - {large}, {by}) ELSE $WIDE_DIV({large} + {half}, {by}) END"
    )
    parts = {"fits": number.fits(), "small": number.small, "large": number.large, "half": half, "by": by}
    return Sql(choice.format(**parts), max(part.layer for part in parts.values()))


def _kept(number: Narrow) -> Narrow | None:
    """The number, unless it may grow too large or rests on too much."""
    return number if number.most <= NARROW and len(number.leaves) <= MOST_LEAVES else None
