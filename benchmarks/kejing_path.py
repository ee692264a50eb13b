"""The product's own path from a facts folder to statement rows: the functions that ``kejing run`` calls."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from benchmarks.data import POLICY
from benchmarks.measuring import Stopwatch
from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn import credit, pay
from kejing.stages.earn.credit.laws import LAWS as CREDIT_LAWS
from kejing.stages.earn.pay.laws import LAWS as PAY_LAWS
from kejing.stages.earn.sheets import reckon
from kejing.stages.law import Law
from kejing.stages.population import prepare
from kejing.stages.team import build_teams
from kejing.warehouse.engine import DuckEngine

AS_OF = dt.date(2025, 12, 31)
STATEMENTS = "SELECT rm_id, period AS month, business_type, lines, credited, paid AS pay FROM statement"
"""Statement rows as the product has them: an RM, a month, a type of business; one measure is credited here."""


def run_kejing(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """Statement rows of the workload in ``folder`` by the stages; the laws are measured apart, after them."""
    with TemporaryDirectory() as spill, DuckEngine(threads=threads, spill_folder=Path(spill)) as engine:
        context = open_run(engine, folder, watch)
        with watch.phase("credit"):
            credit.run(context)
        with watch.phase("policy"):
            reckon(context)
        with watch.phase("pay"):
            pay.run(context)
        with watch.phase("statements"):
            rows = engine.fetch(STATEMENTS)
        with watch.phase("laws"):
            _hold(engine, (*CREDIT_LAWS, *PAY_LAWS))
    return rows


def open_run(engine: DuckEngine, folder: Path, watch: Stopwatch) -> StageContext:
    """The context of a run on the workload in ``folder``: facts attached, population and teams built."""
    pack = Pack.load(POLICY)
    context = StageContext(engine=engine, policy=pack, as_of=AS_OF, known_on=LAST_DAY, seed=0, folder=folder)
    with watch.phase("attach"):
        attach_facts(engine, folder / "facts", known_on=LAST_DAY)
        for name, relation in without_targets().items():
            engine.attach_arrow(name, relation)
        engine.attach_parquet("segment", folder / "segment.parquet")
    with watch.phase("population"):
        prepare(context)
    with watch.phase("teams"):
        build_teams(context, str(pack.section("credit")["roles"]))
    return context


def _hold(engine: DuckEngine, laws: tuple[Law, ...]) -> None:
    for law in laws:
        assert not engine.fetch(f"SELECT * FROM ({law.sql}) AS broken LIMIT 1").num_rows, law.name


def without_targets() -> dict[str, pa.Table]:
    """What stage target leaves behind where one measure is credited and nobody has a goal."""
    columns = {"period": pa.string(), "rm_id": pa.string(), "measure": pa.string(), "stock": pa.int64()}
    columns |= {"contribution": pa.int64(), "increment_target": pa.int64(), "total_target": pa.int64()}
    target = pa.schema(list(columns.items())).empty_table()
    return {"target": target, "target_measure": pa.table({"measure": ["fee_income"]})}
