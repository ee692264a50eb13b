"""Scores of a few RMs without the flow before them: relations in, the grade stage run, relations out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import LAST_DAY
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.context import StageContext
from kejing.stages.earn import grade
from kejing.stages.earn.grade.laws import LAWS
from kejing.stages.earn.grade.review import HISTORY
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import broken, day, fact_table

type Rows = Sequence[Mapping[str, object]]

OVERLAYS = Path(__file__).parent / "overlays"
MICRO = 1_000_000
_PERIOD = pa.schema([("period", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32())])
_SHEET = pa.schema([("period", pa.string()), ("rm_id", pa.string()), ("performance_pay", pa.int64())])
_RM = pa.schema(
    [
        ("period", pa.string()),
        ("period_end", pa.date32()),
        *((name, pa.string()) for name in ("rm_id", "unit_id", "line", "grade")),
        ("service_days", pa.int64()),
    ]
)


@cache
def pack(*overlays: str) -> Pack:
    """The corporate policy under overlays of this folder."""
    return Pack.load(find_shipped_pack("bank_corporate"), [OVERLAYS / name for name in overlays])


def scored(period: str, rm_id: str, points: float | None, **figures: object) -> dict[str, object]:
    """One row of ``score`` for all measures together, or of the measure given; points as people write them."""
    micro = None if points is None else round(points * MICRO)
    return {"period": period, "rm_id": rm_id, "unit_id": "HQ", "measure": "", "points": micro, **figures}


@contextmanager
def reviewed(
    scores: Rows,
    *,
    rms: Rows = (),
    history: Rows = (),
    appeals: Rows = (),
    income: Rows = (),
    short: Mapping[tuple[str, str], int] | None = None,
    pay: Mapping[str, int] | None = None,
    as_of: str = "2025-12-31",
    policy: Pack | None = None,
) -> Iterator[StageContext]:
    """A context in which the stage has run; ``rms`` are dated rows, ``short`` service days, ``pay`` performance pay."""
    policy = policy or pack()
    with DuckEngine(threads=1) as engine:
        context = StageContext(
            engine=engine, policy=policy, as_of=day(as_of), known_on=LAST_DAY, seed=1, folder=Path("unused")
        )
        people = list(rms) or [{"rm_id": rm} for rm in sorted({str(row["rm_id"]) for row in scores})]
        facts: dict[str, Rows] = {"rms": people, "appeals": appeals, "income": income}
        for name, rows in facts.items():
            engine.attach_arrow(
                name,
                fact_table(FACT_TABLES[name], [{"reason": "r", **row} for row in rows] if name == "appeals" else rows),
            )
        _attach(context, short or {})
        sheet = [{"period": "2025-Q4", "rm_id": rm, "performance_pay": minor} for rm, minor in (pay or {}).items()]
        engine.attach_arrow("rm_sheet", pa.Table.from_pylist(sheet, schema=_SHEET))
        engine.attach_arrow("customer_scope", pa.table({"customer_id": ["c"]}))
        engine.attach_arrow("score", pa.Table.from_pylist(list(scores), schema=HISTORY))
        engine.attach_arrow("score_history", pa.Table.from_pylist(list(history), schema=HISTORY))
        grade.run(context)
        assert broken(context, LAWS) == []
        yield context


def _attach(context: StageContext, short: Mapping[tuple[str, str], int]) -> None:
    engine = context.engine
    spans = [{"period": name, "period_start": span.start, "period_end": span.end} for name, span in context.periods]
    engine.attach_arrow("period", pa.Table.from_pylist(spans, schema=_PERIOD))
    people = [
        {
            "period": name,
            "period_end": span.end,
            **{column: row[column] for column in ("rm_id", "unit_id", "line", "grade")},
            "service_days": short.get((name, row["rm_id"]), span.days),
        }
        for name, span in context.periods
        for row in engine.fetch("SELECT * FROM rms ORDER BY rm_id, valid_from").to_pylist()
        if row["valid_from"] <= span.last_day < row["valid_to"]
    ]
    engine.attach_arrow("rm_period", pa.Table.from_pylist(people, schema=_RM))


def verdicts(context: StageContext) -> dict[tuple[str, str], tuple[str, str]]:
    """(period, RM) → verdict and proposed grade."""
    return {
        (row["period"], row["rm_id"]): (row["verdict"], row["proposed_grade"]) for row in table(context, "grade_review")
    }


def table(context: StageContext, name: str) -> list[dict[str, Any]]:
    """Rows of an output relation, in a complete order."""
    return sorted(
        context.engine.fetch(f"SELECT * FROM {name}").to_pylist(),
        key=lambda row: [str(value) for value in row.values()],
    )
