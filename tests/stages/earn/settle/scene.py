"""Pay of a few RMs without the flow before it: relations in, the settle stage run, relations out."""

from __future__ import annotations

import datetime as dt
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
from kejing.stages.earn import settle
from kejing.stages.earn.settle.laws import LAWS
from kejing.stages.earn.settle.statement import LEDGER_BALANCE, LEDGER_HELD, LEDGER_INSTALMENT, LEDGER_PAID
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import broken, day, fact_table

type Rows = Sequence[Mapping[str, object]]

OVERLAYS = Path(__file__).parent / "overlays"
TABLES = ("instalment", "held", "malus", "settlement")
_PAY = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "rm_id", "component", "measure", "line_id")),
        ("amount", pa.int64()),
    ]
)
_TOTAL = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "rm_id", "unit_id")),
        *((name, pa.int64()) for name in ("gross", "paid_now", "deferred")),
    ]
)
_RM = pa.schema([(name, pa.string()) for name in ("period", "rm_id", "unit_id", "line", "grade")])
_PERIOD = pa.schema(
    [("period", pa.string()), ("period_start", pa.date32()), ("period_end", pa.date32()), ("period_days", pa.int64())]
)


@cache
def pack(*overlays: str) -> Pack:
    """The corporate policy under overlays of this folder."""
    return Pack.load(find_shipped_pack("bank_corporate"), [OVERLAYS / name for name in overlays])


def line(
    period: str, rm_id: str, amount: int, component: str = "increment_pay", line_id: str = ""
) -> dict[str, object]:
    """One pay line in minor units."""
    names = {"period": period, "rm_id": rm_id, "component": component, "measure": "", "line_id": line_id}
    return {**names, "amount": amount}


@contextmanager
def settled(
    pay: Rows,
    *,
    deferred: Mapping[tuple[str, str], int] | None = None,
    incidents: Rows = (),
    holds: Rows = (),
    ledger: Rows = (),
    paid: Rows = (),
    withheld: Rows = (),
    owed: Mapping[str, int] | None = None,
    rms: Mapping[str, Mapping[str, object]] | None = None,
    as_of: str = "2025-12-31",
    policy: Pack | None = None,
) -> Iterator[StageContext]:
    """A context in which the stage has run on ``pay`` lines; the pay stage deferred nothing but ``deferred``."""
    policy = policy or pack()
    with DuckEngine(threads=1) as engine:
        context = StageContext(
            engine=engine, policy=policy, as_of=day(as_of), known_on=LAST_DAY, seed=1, folder=Path("unused")
        )
        _attach(context, pay, deferred or {}, rms or {})
        facts = {"incidents": incidents, "holds": holds}
        for name, rows in facts.items():
            engine.attach_arrow(name, fact_table(FACT_TABLES[name], [{"reason": "r", **row} for row in rows]))
        engine.attach_arrow("ledger_instalment", pa.Table.from_pylist(_dated(ledger), schema=LEDGER_INSTALMENT))
        engine.attach_arrow("ledger_paid", pa.Table.from_pylist(list(paid), schema=LEDGER_PAID))
        engine.attach_arrow("ledger_held", pa.Table.from_pylist(list(withheld), schema=LEDGER_HELD))
        balances = [{"rm_id": rm, "amount": amount} for rm, amount in (owed or {}).items()]
        engine.attach_arrow("ledger_balance", pa.Table.from_pylist(balances, schema=LEDGER_BALANCE))
        settle.run(context)
        assert broken(context, LAWS) == []
        yield context


def _dated(rows: Rows) -> list[dict[str, object]]:
    return [{"cancelled": 0, "paid": 0, **row, "vests_on": day(str(row["vests_on"]))} for row in rows]


def _attach(
    context: StageContext,
    pay: Rows,
    deferred: Mapping[tuple[str, str], int],
    rms: Mapping[str, Mapping[str, object]],
) -> None:
    engine = context.engine
    spans = [
        {"period": name, "period_start": span.start, "period_end": span.end, "period_days": span.days}
        for name, span in context.periods
    ]
    engine.attach_arrow("period", pa.Table.from_pylist(spans, schema=_PERIOD))
    engine.attach_arrow("pay", pa.Table.from_pylist(list(pay), schema=_PAY))
    keys = sorted({(str(row["period"]), str(row["rm_id"])) for row in pay})
    totals = []
    for period, rm_id in keys:
        gross = sum(int(str(row["amount"])) for row in pay if (row["period"], row["rm_id"]) == (period, rm_id))
        later = deferred.get((period, rm_id), 0)
        names = {"period": period, "rm_id": rm_id, "unit_id": "HQ"}
        totals.append({**names, "gross": gross, "paid_now": gross - later, "deferred": later})
    engine.attach_arrow("pay_total", pa.Table.from_pylist(totals, schema=_TOTAL))
    people = [
        {"period": p, "rm_id": rm, "unit_id": "HQ", "line": "corporate", "grade": "middle", **rms.get(rm, {})}
        for p, rm in keys
    ]
    engine.attach_arrow("rm_period", pa.Table.from_pylist(people, schema=_RM))
    engine.attach_arrow("unit_now", pa.table({"unit_id": ["HQ"], "level": pa.array([0], pa.int64())}))
    ids = sorted({*("A", "B"), *(rm for _, rm in keys), *rms})
    engine.attach_arrow("rms", fact_table(FACT_TABLES["rms"], [{"rm_id": rm, **rms.get(rm, {})} for rm in ids]))


def table(context: StageContext, name: str) -> list[dict[str, Any]]:
    """Rows of an output relation, in a complete order."""
    rows = context.engine.fetch(f"SELECT * FROM {name}").to_pylist()
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def codes(context: StageContext) -> set[str]:
    """Codes of the findings."""
    return {finding.code for finding in context.findings}


def confirmed(incident_id: str, rm_id: str, cause: str, happened: str, decided: str | None) -> dict[str, object]:
    """One incident."""
    when = None if decided is None else dt.date.fromisoformat(decided)
    return {"incident_id": incident_id, "rm_id": rm_id, "cause": cause, "happened_on": happened, "confirmed_on": when}
