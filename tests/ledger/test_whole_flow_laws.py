"""The laws of posting over whole runs of small institutions, whose facts move, leave and come late."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.period import parse_day
from kejing.stages.controls import count_controls
from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import adjustment, credit, pay, pool, score
from kejing.stages.earn.post import BOOKS, KEY_COLUMNS, PostingRule
from kejing.stages.output import write_table
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.posting import Posted, attach_fresh, attach_posted, draft
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Ledger, verify_ledger
from tests.stages.institution import WRITTEN, corporate_pack, plain_bank, ran

type Bank = dict[str, Sequence[Mapping[str, object]]]

CLOSES = (("2025-Q1", "2025-03-31"), ("2025-Q2", "2025-06-30"))
_STAGES = (segment, target, credit, score, pool, adjustment, pay)
_KEY = ", ".join(("book", *KEY_COLUMNS))


def late_line(bank: Bank, place: int, amount: int) -> Bank:
    """A line of fees that nobody had seen."""
    month, customer = (2, "c1") if place % 2 else (5, "c3")
    row = {"line_id": f"N{place}", "customer_id": customer, "product": "fee", "amount": amount}
    return {**bank, "income": [*bank["income"], {**row, "booked_on": f"2025-{month:02d}-{1 + place:02d}"}]}


def another_amount(bank: Bank, place: int, amount: int) -> Bank:
    """A line whose amount was wrong."""
    rows = list(bank["income"])
    rows[place % len(rows)] = {**rows[place % len(rows)], "amount": amount}
    return {**bank, "income": rows}


def void(bank: Bank, place: int, _amount: int) -> Bank:
    """A line that never was."""
    rows = list(bank["income"])
    del rows[place % len(rows)]
    return {**bank, "income": rows}


def move(bank: Bank, place: int, _amount: int) -> Bank:
    """A customer that was somebody else's from a day on, as is learned later."""
    day = f"2025-0{1 + place % 5}-1{place % 9}"
    kept = [row for row in bank["coverage"] if row["customer_id"] != "c1"]
    parts = ({"rm_id": "A", "valid_to": day}, {"rm_id": "B", "valid_from": day})
    return {**bank, "coverage": [*kept, *({"customer_id": "c1", **part} for part in parts)]}


def leave(bank: Bank, place: int, _amount: int) -> Bank:
    """An RM who was away."""
    away = {
        "rm_id": "B",
        "reason": "leave",
        "cover_rm_id": "A",
        "valid_from": f"2025-02-1{place % 9}",
        "valid_to": "2025-05-01",
    }
    return {**bank, "rm_absences": [away]}


def balance(bank: Bank, place: int, amount: int) -> Bank:
    """A balance that was wrong."""
    rows = list(bank["balances"])
    rows[place % len(rows)] = {**rows[place % len(rows)], "average_balance": abs(amount)}
    return {**bank, "balances": rows}


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([late_line, another_amount, void, move, leave, balance]),
        st.integers(0, 20),
        st.integers(-5_000_000_00, 30_000_000_00),
    ),
    max_size=3,
)


def after(bank: Bank, events: Sequence[tuple[Any, int, int]]) -> Bank:
    """The bank as it is known after ``events``."""
    for event, place, amount in events:
        bank = event(bank, place, amount)
    return bank


def run_into(bank: Bank, as_of: str, out: Path) -> Path:
    """The tables of a run."""
    with ran(corporate_pack(), bank, as_of=as_of, stages=_STAGES) as context:
        count_controls(context)
        out.mkdir(parents=True)
        for name in (*WRITTEN, "control"):
            write_table(context.engine, name, out, "CNY")
    return out


def post_run(engine: DuckEngine, folder: Path, out: Path, period: str, as_of: str) -> Posted:
    """Post what differs between a run and the ledger."""
    ledger = Ledger.open(folder)
    rule = PostingRule(entry=ledger.head.number + 1, period=period, posted_in="open", known_on=parse_day(as_of))
    posted = draft(engine, ledger, out, rule, (period,), "CNY")
    if posted.rows:
        ledger.append({"kind": "correct", "period": period, **posted.as_content()}, posted.write)
    return posted


def differences(engine: DuckEngine, folder: Path, out: Path, period: str) -> int:
    """Lines of any book for which everything posted for the period is not what the run says."""
    attach_fresh(engine, out, period, "CNY")
    attach_posted(engine, [entry for entry in Ledger.open(folder).entries if entry.period == period])
    sides = (
        f"SELECT {_KEY}, amount AS one, 0 AS other FROM fresh UNION ALL"
        f" SELECT {_KEY}, 0 AS one, amount AS other FROM posted"
    )
    differing = engine.fetch(f"SELECT {_KEY} FROM ({sides}) GROUP BY {_KEY} HAVING SUM(one) <> SUM(other)")
    return int(differing.num_rows)


@settings(max_examples=5)
@given(before_second=EVENTS, after_second=EVENTS)
def test_two_closes_and_whatever_comes_after(
    before_second: Sequence[tuple[Any, int, int]], after_second: Sequence[tuple[Any, int, int]]
) -> None:
    """Two quarters closed on what was known then, corrected on what is known now, in either order.

    Every line of every book then adds up to the fresh run; the second correction posts nothing; the order does not
    matter; the postings of the closes are not touched.
    """
    known = [plain_bank()]
    known += [after(known[0], before_second)]
    known += [after(known[1], after_second)]
    with tempfile.TemporaryDirectory() as name, DuckEngine(threads=1) as engine:
        scratch = Path(name)
        folder = scratch / "ledger"
        for bank, (period, as_of) in zip(known, CLOSES, strict=False):
            post_run(engine, folder, run_into(bank, as_of, scratch / f"close-{period}"), period, as_of)
        now = {period: run_into(known[2], as_of, scratch / f"now-{period}") for period, as_of in CLOSES}
        closed = [entry.sha256 for entry in Ledger.open(folder).entries]
        for order in (CLOSES, CLOSES[::-1]):
            copy = scratch / order[0][0]
            shutil.copytree(folder, copy)
            for period, as_of in order:
                post_run(engine, copy, now[period], period, as_of)
            for period, as_of in CLOSES:
                assert differences(engine, copy, now[period], period) == 0
                assert post_run(engine, copy, now[period], period, as_of).rows == 0
            assert [entry.sha256 for entry in Ledger.open(copy).entries][: len(closed)] == closed
            assert verify_ledger(copy) == []


def test_books_name_columns_that_runs_have() -> None:
    """Keys, figures and clauses of the books are columns of the output tables, and keys are columns of postings."""
    for book in BOOKS.values():
        columns = {column.name for column in OUT_TABLES[book.table].columns}
        assert {*book.key, *book.refs, *book.figures, *filter(None, [book.clause]), "period"} <= columns
        assert set(book.key) <= set(KEY_COLUMNS)
