"""What every row read of earlier rows and of peers, kept beside the sheets.

With them a figure can be worked out again from one row alone, without the rows of a whole year or of all peers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from kejing.policy.exact.evaluate import Readings
from kejing.policy.exact.sheet import RowId
from kejing.policy.formula.across import Across
from kejing.policy.formula.binding import Binding
from kejing.policy.literals import Value
from kejing.policy.sql.relations import stored_scale
from kejing.policy.sql.source import SheetSource
from kejing.policy.sql.steps import Step
from kejing.policy.vocabulary import NUMERIC

COUNTED = frozenset({"PEER_COUNT", "PEER_RANK"})


def reading_relation(grain: str) -> str:
    """Name of the relation that holds the readings of a grain's rows."""
    return f"{grain}_read"


def readings_over(binding: Binding, grain: str) -> dict[str, Across]:
    """Each reading of other rows in formulas over ``grain``, by the column that holds it."""
    found = dict.fromkeys(
        across
        for name in binding.order
        if binding.pack.formulas[name].over == grain
        for _, bound in binding.versions(name)
        for across in bound.across.values()
    )
    return {f"read_{place}": across for place, across in enumerate(found, start=1)}


def compile_readings(binding: Binding) -> list[Step]:
    """Steps over the finished sheets: ``<grain>_read`` has the key and a column for each reading."""
    steps: list[Step] = []
    for grain in binding.vocabulary:
        readings = readings_over(binding, grain.name)
        if not readings:
            continue
        relation = reading_relation(grain.name)
        sheets = {other.name: f"{other.name}_sheet" for other in binding.vocabulary}
        source = SheetSource(binding, grain, sheets, grain.key, prefix=relation)
        for across in readings.values():
            source.cross(across)
        listed = [*grain.key, *(f"across_{place} AS {name}" for place, name in enumerate(readings, start=1))]
        text = source.select()
        steps += [*source.steps, Step(relation, f"SELECT {', '.join(listed)} FROM (\n{text}\n) AS s")]
    return steps


def natural_readings(binding: Binding, grain: str, rows: Iterable[Mapping[str, object]]) -> Readings:
    """Rows of ``<grain>_read`` as the evaluator takes them."""
    readings = readings_over(binding, grain)
    found: dict[tuple[RowId, Across], Value | None] = {}
    for row in rows:
        row_id = RowId(grain, tuple(row[column] for column in binding.vocabulary[grain].key))
        for name, across in readings.items():
            found[row_id, across] = _natural(row[name], across, binding.pack.minor_digits)
    return found


def _natural(value: object, across: Across, minor_digits: int) -> Value | None:
    if across.target.type not in NUMERIC and across.function not in COUNTED:
        assert value is None or isinstance(value, str | bool | dt.date)
        return value
    if value is None:
        return None
    assert isinstance(value, int | Decimal)
    scale = 0 if across.function in COUNTED else stored_scale(across.target, minor_digits)
    return Fraction(value) * Fraction(1, 10**scale)
