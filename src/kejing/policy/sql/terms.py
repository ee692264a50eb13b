"""Small SQL terms: known values, days and conditions on days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy.literals import Value
from kejing.policy.sql.exact import Exact, constant
from kejing.policy.sql.layers import Sql, sql, text_literal

type Lowered = Exact | Sql
"""An exact number; or the SQL of a flag, text or day."""

TRUE = Sql("TRUE", is_atom=True)
FALSE = Sql("FALSE", is_atom=True)


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day that rows of a run can be dated; both count."""

    first: dt.date = FIRST_DAY
    last: dt.date = LAST_DAY

    @property
    def are_known(self) -> bool:
        """Whether a run said which days its rows lie in."""
        return self.first > FIRST_DAY

    def condition(self, date: Sql, valid_from: dt.date, valid_to: dt.date) -> Sql | None:
        """That a date lies in ``[valid_from, valid_to)``; None where every day of the run does."""
        bounds = []
        if valid_from > self.first:
            bounds.append(sql("{} >= {}", date, day_literal(valid_from)))
        if valid_to <= self.last and valid_to < LAST_DAY:
            bounds.append(sql("{} < {}", date, day_literal(valid_to)))
        return conjunction(bounds) if bounds else None

    def meet(self, valid_from: dt.date, valid_to: dt.date) -> bool:
        """Whether any day of the run lies in ``[valid_from, valid_to)``."""
        return valid_from <= self.last and valid_to > self.first


def conjunction(conditions: Sequence[Sql]) -> Sql:
    """That all ``conditions`` hold; without any, the truth."""
    if not conditions:
        return TRUE
    if len(conditions) == 1:
        return conditions[0]
    return sql(" AND ".join("{}" for _ in conditions), *conditions)


def disjunction(conditions: Sequence[Sql]) -> Sql:
    """That one of ``conditions`` holds; without any, the untruth."""
    if not conditions:
        return FALSE
    if len(conditions) == 1:
        return conditions[0]
    return sql(" OR ".join("{}" for _ in conditions), *conditions)


def day_literal(day: dt.date) -> Sql:
    """A day as portable SQL."""
    return Sql(f"CAST('{day.isoformat()}' AS DATE)", is_atom=True)


def literal_of(value: Value) -> Lowered:
    """A value known when compiling."""
    match value:
        case bool():
            return TRUE if value else FALSE
        case Fraction():
            return constant(value)
        case str():
            return text_literal(value)
        case dt.date():
            return day_literal(value)


def missing(*, number: bool) -> Lowered:
    """A value that is never known."""
    null = Sql("NULL", is_atom=True)
    return Exact(sql("CAST({} AS $WIDE)", null)) if number else null
