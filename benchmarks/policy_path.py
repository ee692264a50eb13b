"""Pay rules from a policy folder against SQL written by hand for the same sums, over the same credited lines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from benchmarks.kejing_path import open_run
from benchmarks.measuring import Stopwatch
from kejing.policy.sql import compile_sheets
from kejing.stages.earn import credit
from kejing.stages.earn.sheets import RELATIONS, line_fold, reckon, take
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.warehouse.engine import DuckEngine

FORMULA = "pay_due"
BY_HAND = """
    SELECT
      l.rm, l.slot, COUNT(*) AS lines, SUM(l.amount) AS credited, COUNT(c.micro) AS filled,
      SUM(CASE WHEN l.amount < 0 THEN -1 ELSE 1 END * $DIV(ABS(l.amount) * c.micro + 500000, 1000000)) AS pay
    FROM line_held AS l
    LEFT JOIN card_three_aspects AS c
      ON c.industry = l.industry AND c.customer_tier = l.customer_tier AND c.business_type = l.business_type
    GROUP BY l.rm, l.slot
"""
ROWS = """
    SELECT n.rm_id, s.period AS month, s.business_type, t.lines, CAST(t.credited AS $BIGINT) AS credited,
      CAST(t.pay AS $BIGINT) AS pay
    FROM ({sums}) AS t JOIN team_rm AS n ON n.rm = t.rm JOIN paid_slot AS s ON s.slot = t.slot
    ORDER BY rm_id, month, business_type
"""


def run_policy(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """Phases ``policy`` and ``hand``, each over the same held lines; the statement rows of both must be equal."""
    with TemporaryDirectory() as spill, DuckEngine(threads=threads, spill_folder=Path(spill)) as engine:
        context = open_run(engine, folder, watch)
        credit.run(context)
        reckon(context)
        engine.create("line_held", "SELECT * FROM line_numbered")
        year = context.year
        steps = compile_sheets(
            context.policy,
            EARN_VOCABULARY,
            {**RELATIONS, "line": "line_held"},
            dates=(year.start, year.end - dt.timedelta(days=1)),
            only=[FORMULA],
            folds={"line": line_fold(context.policy)},
        )
        engine.create("line_warm", "SELECT COUNT(*) AS lines FROM line_held WHERE amount > 0")
        with watch.phase("policy"):
            take(engine, [step for step in steps if step.relation.startswith("line_")])
        with watch.phase("hand"):
            engine.create("line_by_hand", BY_HAND)
        figures = f"all_rows AS lines, sum_line__amount AS credited, sum_line__{FORMULA} AS pay"
        rows = engine.fetch(ROWS.format(sums=f"SELECT rm, slot, {figures} FROM line_sums"))
        assert rows.equals(engine.fetch(ROWS.format(sums="SELECT rm, slot, lines, credited, pay FROM line_by_hand")))
    return rows
