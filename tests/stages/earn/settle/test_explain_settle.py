"""Explanations of instalments, settlements and recoveries add up, and go down to clause and source."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from kejing.policy.exact import Figure
from kejing.stages.earn.settle.explain import explain_instalment, explain_malus, explain_settlement
from kejing.stages.output import output_table
from kejing.warehouse.engine import DuckEngine
from tests.stages.earn.settle.scene import TABLES, Rows, confirmed, line, pack, settled

PAY = [line("2025-Q1", "A", 1_000_00), line("2025-Q1", "A", 500_00, "base_pay"), line("2025-Q2", "A", 700_00)]
_OWED = "less owed before ({})"
HOLDS = [{"hold_id": "H", "rm_id": "A", "held_from": "2025-03-01", "released_on": "2025-05-15"}]
INCIDENTS = [confirmed("W", "A", "takeover", "2025-02-01", "2025-06-01")]

SCENE = {"deferred": {("2025-Q1", "A"): 400_00}, "holds": HOLDS, "incidents": INCIDENTS}


@contextmanager
def told(pay: Rows, **scene: Any) -> Iterator[DuckEngine]:
    """The tables as a run leaves them: exact decimals, with the facts beside them."""
    with settled(pay, **scene) as context:
        engine = DuckEngine(threads=1)
        for name in TABLES:
            engine.attach_arrow(name, output_table(context.engine, name, "CNY"))
        for name in ("holds", "incidents"):
            engine.attach_arrow(name, context.engine.fetch(f"SELECT * FROM {name}"))
        spans = context.engine.fetch("SELECT period, period_start, period_end FROM period")
    engine.attach_arrow("run_periods", spans)
    lines = [{**row, "amount": Decimal(int(str(row["amount"]))).scaleb(-2)} for row in pay]
    engine.attach_arrow("pay", pa.Table.from_pylist(lines))
    yield engine
    engine.close()


def row_of(engine: DuckEngine, table: str, where: str) -> dict[str, Any]:
    """One row of an output table."""
    (row,) = engine.fetch(f"SELECT * FROM {table} WHERE {where}").to_pylist()
    return dict(row)


def total(figures: tuple[Figure, ...]) -> Fraction:
    """Sum of amounts."""
    return sum((Fraction(str(one.value)) for one in figures), Fraction(0))


def test_a_settlement_is_the_sum_of_its_parts_and_each_part_of_its_rows() -> None:
    """Every level of the tree adds up, in the period of the hold and in that of release and recovery."""
    with told(PAY, **SCENE) as engine:
        for period in ("2025-Q1", "2025-Q2"):
            row = row_of(engine, "settlement", f"rm_id = 'A' AND period = '{period}'")
            tree = explain_settlement(engine, pack(), row)
            payable = next(one for one in tree.walk() if one.name == "payable")
            assert payable.value == Fraction(row["payable"]) == total(payable.children)
            for part in payable.children:
                assert abs(Fraction(str(part.value))) == total(part.children), (period, part.name)


def test_an_instalment_names_its_row_and_what_was_cancelled() -> None:
    """The deferred amount is the sum of its instalments; the clause brings share and source, the malus its incident."""
    with told(PAY, **SCENE) as engine:
        row = row_of(engine, "instalment", "number = 1")
        tree = explain_instalment(engine, pack(), row)
    figures = {figure.name: figure for figure in tree.walk()}
    deferred = figures["deferred"]
    parts = tuple(one for one in deferred.children if one.name == "instalment")
    assert deferred.value == total(parts) == 400
    assert figures["performance"].value == 1_000
    assert figures["share"].source.startswith("商业银行稳健薪酬监管指引")
    assert figures["malus"].rule == "malus_rule#takeover@2000-01-01"
    assert figures["deferred"].rule == "pay.deferred: deferred_pay"


def test_what_was_taken_goes_back_to_the_incident() -> None:
    """All cells of the incident sum up, and the incident's own row is the source."""
    with told(PAY, **SCENE) as engine:
        row = row_of(engine, "malus", "number = 0 AND period = '2025-Q1'")
        tree = explain_malus(engine, pack(), row)
    figures = {figure.name: figure for figure in tree.children}
    assert figures["taken"].value == total(figures["taken"].children) == 1_000  # its window ends in the first quarter
    assert figures["incident"].source == "facts.csv #2"


def test_a_balance_is_set_against_pay_in_the_open() -> None:
    """Of 300 owed from earlier years 100 are set off, 50 more fall due, and 250 of the last 400 settle it."""
    pay = [line("2025-Q1", "A", 100_00), line("2025-Q2", "A", -50_00), line("2025-Q3", "A", 400_00)]
    shown = {}
    with told(pay, owed={"A": 300_00}) as engine:
        for row in engine.fetch("SELECT * FROM settlement ORDER BY period").to_pylist():
            tree = explain_settlement(engine, pack(), row)
            figures = {one.name: one for one in tree.walk()}
            if row["period"] == "2025-Q4":
                assert tree.name == "payable"
                continue
            assert tree.value == Fraction(row["paid_out"]) == total(tree.children)
            assert tree.children[1].value == total(tree.children[1].children)
            values = [figures[name].value for name in ("payable", "owed_before", "owed_after")]
            shown[row["period"]] = (*values, tree.value, tree.children[1].name, figures["owed_before"].labels.en)
    assert shown == {
        "2025-Q1": (100, -300, 200, 0, "set_off", _OWED.format("carried from earlier fiscal years in the ledger")),
        "2025-Q2": (-50, -200, 250, 0, "carried_forward", _OWED.format("after 2025-Q1")),
        "2025-Q3": (400, -250, 0, 150, "set_off", _OWED.format("after 2025-Q2")),
    }
