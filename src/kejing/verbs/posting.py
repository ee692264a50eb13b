"""From a run and a ledger to postings: what closing, correcting and the payment list have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.facts import Snapshot
from kejing.stages.earn.post import BOOKS, KEY_COLUMNS, Book, PostingRule
from kejing.stages.earn.post import run as post
from kejing.stages.earn.post.books import PAYABLE
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Entry, Ledger
from kejing.warehouse.store import write_parquet

POSTINGS = "postings"
_BEFORE_KEY = ("posting_id", "entry", "period", "posted_in", "known_on")
_AFTER_KEY = ("amount", "corrects", "kind", "policy_clause")
_CONTROLS = {
    ("pay", "gross"): (("pay_total", "gross"), ("pay", "amount")),
    ("pay", "deferred"): (("pay_total", "deferred"),),
}
"""Control totals of a run and the figures of the books that must sum to them."""


@dataclass(frozen=True, slots=True)
class BookTotal:
    """Postings of one figure of one book: how many, and their sum in the figure's smallest unit."""

    rows: int
    amount: int
    digits: int


@dataclass(frozen=True, slots=True)
class Posted:
    """Postings that are ready to enter the ledger.

    ``tables`` by the name of their book; ``totals`` by (table, figure); ``due`` minor units by RM, what payroll pays
    out for them; ``payable`` is the figure that ``due`` is drawn from.
    """

    tables: Mapping[str, pa.Table]
    totals: Mapping[tuple[str, str], BookTotal]
    due: Mapping[str, int]
    payable: tuple[str, str]

    @property
    def rows(self) -> int:
        """Postings in all."""
        return sum(table.num_rows for table in self.tables.values())

    def write(self, folder: Path) -> None:
        """One Parquet a book."""
        (folder / POSTINGS).mkdir()
        for name, table in self.tables.items():
            write_parquet(table, folder / POSTINGS / f"{name}.parquet")

    def as_content(self) -> dict[str, Any]:
        """Counts and sums for ``entry.json``."""
        said: dict[str, dict[str, Any]] = {}
        for (table, figure), total in sorted(self.totals.items()):
            said.setdefault(table, {})[figure] = {"rows": total.rows, "sum": total.amount, "digits": total.digits}
        return {"postings": said, "payable": list(self.payable)}


def draft(
    engine: DuckEngine, ledger: Ledger, out: Path, rule: PostingRule, names: Sequence[str], currency: str
) -> Posted:
    """Postings that bring everything posted for ``names`` up to what run ``out`` says of ``rule.period``.

    Raises
    ------
    BrokenLedgerError
        A file of the history is not the one that was posted.
    BrokenLawError
        The postings break a law.
    """
    attach_fresh(engine, out, rule.period, currency)
    attach_posted(engine, [entry for entry in ledger.entries if entry.period in names])
    post(engine, rule)
    return collect(engine, _payable(out), currency)


def collect(engine: DuckEngine, payable: tuple[str, str], currency: str) -> Posted:
    """The relation ``posting`` as tables of the ledger."""
    tables, totals = {}, {}
    for book in BOOKS.values():
        table = _book_table(engine, book)
        if table.num_rows:
            tables[book.name] = table
    for row in engine.fetch("SELECT * FROM post_total WHERE posting_rows > 0 ORDER BY book, figure").to_pylist():
        digits = BOOKS[row["book"]].digits(row["figure"], currency)
        totals[row["book"], row["figure"]] = BookTotal(int(row["posting_rows"]), int(row["posting_amount"]), digits)
    return Posted(tables, totals, _sum_by_rm(engine, "posting", payable), payable)


def carried_due(engine: DuckEngine, entries: Iterable[Entry]) -> dict[str, int]:
    """Minor units by RM that corrections of earlier periods have left to the period that carries them."""
    due: dict[str, int] = {}
    for entry in entries:
        attach_posted(engine, [entry], relation="carried")
        table, figure = entry.content["payable"]
        for rm, amount in _sum_by_rm(engine, "carried", (str(table), str(figure))).items():
            due[rm] = due.get(rm, 0) + amount
    return due


def attach_fresh(engine: DuckEngine, out: Path, period: str, currency: str) -> None:
    """Relations ``fresh`` and ``fresh_control``: what run ``out`` says of ``period``, in whole minor units."""
    parts = []
    for book in BOOKS.values():
        path = out / f"{book.table}.parquet"
        if path.exists():
            engine.attach_parquet(f"run_{book.table}", path)
            parts += [_fresh_of(book, figure, period, currency) for figure in book.figures]
    engine.create("fresh", " UNION ALL ".join(parts))
    engine.create("fresh_control", _control_of(engine, out, period, currency))


def attach_posted(
    engine: DuckEngine, entries: Sequence[Entry], *, relation: str = "posted", books: Sequence[str] = tuple(BOOKS)
) -> None:
    """Relation ``posted``: every posting of ``entries`` in ``books``, each file held to its hash."""
    parts = []
    for entry in entries:
        for book in (BOOKS[name] for name in books):
            path = entry.file(f"{POSTINGS}/{book.name}.parquet")
            if path is not None:
                name = f"{relation}_{entry.number}_{book.book}"
                engine.attach_parquet(name, path)
                parts.append(f"SELECT {_wide(book, pq.read_schema(path).names)} FROM {name}")
    engine.create(relation, " UNION ALL ".join(parts) if parts else _NOTHING)


def known_by(snapshot: Snapshot, *, at_least: dt.date, at_most: dt.date) -> dt.date:
    """The day of the latest knowledge in a snapshot, within the two days."""
    latest = at_least
    for name in snapshot.tables:
        path = snapshot.path(name)
        assert path is not None
        for day in set(pq.read_table(path, columns=["known_at"])["known_at"].unique().to_pylist()):
            if day <= at_most:
                latest = max(latest, day)
    return latest


_NOTHING = "SELECT {}, CAST(0 AS $BIGINT) AS amount WHERE 1 = 0".format(
    ", ".join(f"'' AS {name}" for name in ("book", *KEY_COLUMNS, "period", "posting_id", "policy_clause"))
)


def _fresh_of(book: Book, figure: str, period: str, currency: str) -> str:
    """The SELECT of one figure of one book."""
    cells = []
    for name in KEY_COLUMNS:
        if name in book.key:
            cells.append(f"COALESCE(CAST({name} AS VARCHAR), '') AS {name}")
        elif name == "ref" and book.refs:
            cells.append(" || '/' || ".join(f"COALESCE(CAST({ref} AS VARCHAR), '')" for ref in book.refs) + " AS ref")
        else:
            cells.append(f"'{figure if name == 'figure' else ''}' AS {name}")
    amount = _stored(figure, book.digits(figure, currency))
    clause = f"COALESCE({book.clause}, '')" if book.clause else "''"
    return (
        f"SELECT '{book.book}' AS book, {', '.join(cells)}, {amount} AS amount, {clause} AS policy_clause"
        f" FROM run_{book.table} WHERE {book.period} = '{period}' AND {book.where} AND {figure} IS NOT NULL"
    )


def _stored(column: str, digits: int) -> str:
    """The integer behind a decimal of a result file: a change of scale, never a rounding."""
    if digits == 0:
        return f"CAST({column} AS $BIGINT)"
    return f"CAST(CAST({column} AS DECIMAL(36, {digits})) * {10**digits} AS $BIGINT)"


def _control_of(engine: DuckEngine, out: Path, period: str, currency: str) -> str:
    """The SELECT of the run's own control totals of the period, by figure of a book."""
    path = out / "control.parquet"
    if not path.exists():
        return "SELECT '' AS book, '' AS figure, CAST(0 AS $BIGINT) AS amount WHERE 1 = 0"
    engine.attach_parquet("run_control", path)
    amount = _stored("amount", BOOKS["pay_total"].digits("gross", currency))
    parts = [
        f"SELECT '{table}' AS book, '{figure}' AS figure, {amount} AS amount FROM run_control"
        f" WHERE stage = '{stage}' AND name = '{name}' AND period = '{period}'"
        for (stage, name), ties in _CONTROLS.items()
        for table, figure in ties
    ]
    income = (
        f"SELECT {amount} AS amount FROM run_control WHERE stage = 'credit' AND name IN ('credited', 'unassigned')"
        f" AND period = '{period}' UNION ALL SELECT amount FROM fresh WHERE book = 'credit' AND measure <> 'income'"
    )
    parts.append(
        "SELECT 'credit' AS book, 'amount' AS figure, SUM(amount) AS amount"
        f" FROM ({income}) AS gates HAVING COUNT(*) > 0"
    )
    return " UNION ALL ".join(parts)


def _wide(book: Book, stored: Sequence[str]) -> str:
    """Columns of a stored book with the key columns that it lacks."""
    key = ", ".join(name if name in stored else f"'' AS {name}" for name in KEY_COLUMNS)
    return f"'{book.book}' AS book, {key}, period, posting_id, amount, policy_clause"


def _book_table(engine: DuckEngine, book: Book) -> pa.Table:
    key = [name for name in KEY_COLUMNS if name in book.key or name == "figure" or (name == "ref" and book.refs)]
    columns = ", ".join((*_BEFORE_KEY, *key, *_AFTER_KEY))
    return engine.fetch(f"SELECT {columns} FROM posting WHERE book = '{book.book}' ORDER BY place")


def _payable(out: Path) -> tuple[str, str]:
    """The figure that payroll pays out under the policy of run ``out``."""
    return next((pair for pair in PAYABLE if (out / f"{pair[0]}.parquet").exists()), PAYABLE[-1])


def _sum_by_rm(engine: DuckEngine, relation: str, payable: tuple[str, str]) -> dict[str, int]:
    table, figure = payable
    rows = engine.fetch(
        f"SELECT rm_id, CAST(SUM(amount) AS $BIGINT) AS amount FROM {relation}"
        f" WHERE book = '{table}' AND figure = '{figure}' GROUP BY rm_id ORDER BY rm_id"
    )
    return {row["rm_id"]: int(row["amount"]) for row in rows.to_pylist() if row["amount"]}
