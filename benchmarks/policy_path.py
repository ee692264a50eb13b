"""Pay rules from a policy folder against SQL written by hand for the same arithmetic, over the same credited lines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from benchmarks.kejing_path import open_run
from benchmarks.measuring import Stopwatch
from kejing.policy.sql import compile_sheets
from kejing.stages.earn import credit
from kejing.stages.earn.sheets import INPUTS, reckon
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.warehouse.engine import DuckEngine

FORMULA = "pay_due"
BY_HAND = """
    SELECT l.*, c.micro AS coefficient,
      CASE WHEN l.amount < 0 THEN -1 ELSE 1 END * ((ABS(l.amount) * c.micro + 500000) $DIV 1000000) AS pay_due
    FROM line_held AS l
    LEFT JOIN card_three_aspects AS c
      ON c.industry = l.industry AND c.customer_tier = l.customer_tier AND c.business_type = l.business_type
"""
ROWS = """
    SELECT rm_id, period AS month, business_type, COUNT(*) AS lines,
      CAST(SUM(amount) AS $BIGINT) AS credited, CAST(SUM(pay_due) AS $BIGINT) AS pay
    FROM {relation} GROUP BY rm_id, period, business_type
"""


def run_policy(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """Phases ``policy`` and ``hand``, each over the same held lines; the statement rows of both must be equal."""
    with TemporaryDirectory() as spill, DuckEngine(threads=threads, spill_folder=Path(spill)) as engine:
        context = open_run(engine, folder, watch)
        credit.run(context)
        reckon(context)
        engine.create("line_held", "SELECT * FROM line_input")
        year = context.year
        steps = compile_sheets(
            context.policy,
            EARN_VOCABULARY,
            {**INPUTS, "line": "line_held"},
            dates=(year.start, year.end - dt.timedelta(days=1)),
            only=[FORMULA],
        )
        (step,) = [step for step in steps if step.relation == "line_sheet"]
        engine.create("line_warm", "SELECT COUNT(*) AS lines FROM line_held WHERE amount > 0")
        with watch.phase("policy"):
            engine.create("line_sheet", step.sql)
        with watch.phase("hand"):
            engine.create("line_by_hand", BY_HAND)
        rows = engine.fetch(ROWS.format(relation="line_sheet") + " ORDER BY rm_id, month, business_type")
        by_hand = engine.fetch(ROWS.format(relation="line_by_hand") + " ORDER BY rm_id, month, business_type")
        assert rows.equals(by_hand)
    return rows
