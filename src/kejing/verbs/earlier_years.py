"""What a ledger brings into a run from earlier fiscal years: instalments, withheld and paid pay, balances, scores."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.measure.period import parse_day
from kejing.policy import Pack
from kejing.stages.earn.grade.review import HISTORY
from kejing.stages.earn.settle import SettleSettings
from kejing.stages.earn.settle.carried import (
    PostedYears,
    Withheld,
    carried_balance,
    carried_held,
    carried_instalments,
    carried_pay,
)
from kejing.stages.rule_file import run_rules
from kejing.verbs.booked_corrections import booked_corrections
from kejing.verbs.ledger_periods import LedgerPeriod, before, periods_of, standing
from kejing.verbs.posting import attach_posted
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Head, Ledger

_BOOKS = ("pay", "score", "settlement", "held", "release", "instalment", "malus")
_FIGURES = ("actual", "target", "completion", "points")
_CLOSED = pa.schema(
    [
        *((name, pa.string()) for name in ("period", "rm_id", "unit_id", "measure")),
        *((name, pa.int64()) for name in ("was_posted", *(f"has_{figure}" for figure in _FIGURES))),
    ]
)
_BALANCE = {"paid_out": 1, "gross": -1, "deferred": 1, "held": 1, "released": -1, "vested": -1, "recovered": 1}
"""Signs by which the figures of settlements give what was paid out beyond what was payable."""
_STANDING = pa.schema([("period", pa.string()), ("standing", pa.string())])


@dataclass(frozen=True, slots=True)
class EarlierYears:
    """Relations for the stages settle and grade, by name, and the head of the ledger that they were read from.

    ``corrections`` are those of every closed period, for the stage dispute.
    """

    head: Head
    relations: dict[str, pa.Table]
    corrections: pa.Table

    @property
    def is_empty(self) -> bool:
        """Whether the ledger holds nothing of earlier fiscal years."""
        return not any(table.num_rows for table in self.relations.values())

    def attach(self, engine: DuckEngine) -> None:
        """Make the relations ``ledger_instalment``, ``ledger_held`` and the others that `earlier_years` names."""
        for name, table in self.relations.items():
            engine.attach_arrow(name, table)
        engine.attach_arrow("ledger_correction", self.corrections)

    def as_content(self) -> dict[str, object]:
        """What a manifest and an entry say of it."""
        return {"number": self.head.number, "sha256": self.head.sha256}


def earlier_years(ledger: Ledger, pack: Pack, as_of: dt.date) -> EarlierYears:
    """Everything posted for periods that ended before the fiscal year of ``as_of``, corrections included.

    Raises
    ------
    BrokenLedgerError
        A file of the ledger is not the one that was posted.

    Notes
    -----
    Postings for a period count, whichever period carried them: what a late fact made of an earlier year is part of
    that year. Decisions of the run's own year are the run's to find, so its own postings are left out.
    """
    periods = before(periods_of(ledger), pack.calendar.year_start(as_of))
    entries = [entry for entry in ledger.entries if entry.period in periods]
    with DuckEngine(threads=1) as engine:
        attach_posted(engine, entries, books=_BOOKS)
        names = [{"period": name, "standing": standing(name, periods)} for name in periods]
        engine.attach_arrow("standing", pa.Table.from_pylist(names, schema=_STANDING))
        posted = _posted_years(engine, periods, _performance(pack))
        relations = {
            "ledger_instalment": carried_instalments(posted),
            "ledger_held": carried_held(posted),
            "ledger_paid": carried_pay(posted),
            "ledger_balance": carried_balance(posted),
            "score_history": _score_history(engine, periods),
        }
    return EarlierYears(ledger.head, relations, booked_corrections(ledger))


def _performance(pack: Pack) -> Sequence[str]:
    section = pack.section("settle")
    return SettleSettings.model_validate(section).deferral.performance if section else ()


def _posted_years(engine: DuckEngine, periods: dict[str, LedgerPeriod], performance: Sequence[str]) -> PostedYears:
    instalments: dict[tuple[tuple[str, str, int], dt.date], int] = {}
    for rm, period, ref, amount in _sums(engine, "instalment", "amount", "ref"):
        number, vests_on = ref.split("/")
        instalments[(rm, period, int(number)), parse_day(vests_on)] = amount
    taken: dict[str, dict[tuple[str, str, int], int]] = {"malus": defaultdict(int), "recover": defaultdict(int)}
    for rm, _, ref, amount in _sums(engine, "malus", "amount", "ref"):
        _, kind, of_period, number = ref.rsplit("/", 3)  # an incident may be named with a stroke
        taken[kind][rm, standing(of_period, periods), int(number)] += amount
    components: dict[tuple[str, str], int] = defaultdict(int)
    for rm, period, component, amount in _sums(engine, "pay", "amount", "component"):
        if component in performance:
            components[rm, period] += amount
    balance: dict[str, int] = defaultdict(int)
    for figure, sign in _BALANCE.items():
        for rm, _, _, amount in _sums(engine, "settlement", figure, "figure"):
            balance[rm] += sign * amount
    return PostedYears(
        instalments=instalments,
        malus=taken["malus"],
        recovered=taken["recover"],
        performance=components,
        vested={(rm, period): amount for rm, period, _, amount in _sums(engine, "settlement", "vested", "figure")},
        held=_held(engine, periods),
        balance=balance,
        spans={name: period.days for name, period in periods.items() if standing(name, periods) == name},
    )


def _held(engine: DuckEngine, periods: dict[str, LedgerPeriod]) -> dict[Withheld, dict[str, int]]:
    """What was withheld less what was released, by line and hold; a release names the period that withheld in ref."""
    rows = engine.fetch(
        "SELECT book, rm_id, period, component, measure, line_id, ref, CAST(SUM(amount) AS $BIGINT) AS amount"
        " FROM posted WHERE book IN ('held', 'release') AND figure = 'amount'"
        " GROUP BY book, rm_id, period, component, measure, line_id, ref"
    ).to_pylist()
    found: dict[Withheld, dict[str, int]] = {}
    for row in rows:
        hold, period, sign = row["ref"], row["period"], 1
        if row["book"] == "release":
            hold, period = row["ref"].rsplit("/", 1)
            sign = -1
        line = row["rm_id"], standing(period, periods), row["component"], row["measure"], row["line_id"]
        by_hold = found.setdefault(line, defaultdict(int))
        by_hold[hold] += sign * int(row["amount"])
    return found


def _sums(engine: DuckEngine, book: str, figure: str, column: str) -> list[tuple[str, str, str, int]]:
    """Net postings of a figure by RM, period under which it stands, and one more column; those of zero left out."""
    rows = engine.fetch(
        f"SELECT p.rm_id, s.standing, p.{column} AS kind, CAST(SUM(p.amount) AS $BIGINT) AS amount"
        " FROM posted AS p JOIN standing AS s ON s.period = p.period"
        f" WHERE p.book = '{book}' AND p.figure = '{figure}'"
        f" GROUP BY p.rm_id, s.standing, p.{column} HAVING SUM(p.amount) <> 0 ORDER BY p.rm_id, s.standing, p.{column}"
    ).to_pylist()
    return [(row["rm_id"], row["standing"], row["kind"], int(row["amount"])) for row in rows]


def _score_history(engine: DuckEngine, periods: dict[str, LedgerPeriod]) -> pa.Table:
    """Scores by each period's own name, and of settled periods by the name of the longer one too."""
    columns = "rm_id, unit_id, measure, figure, amount"
    engine.create(
        "score_posted",
        f"SELECT period, {columns} FROM posted WHERE book = 'score'"
        f" UNION ALL SELECT s.standing AS period, {columns} FROM posted AS p"
        " JOIN standing AS s ON s.period = p.period AND s.standing <> s.period WHERE p.book = 'score'",
    )
    rows = [row for period in periods.values() for row in _closed_scores(period)]
    engine.attach_arrow("score_closed", pa.Table.from_pylist(rows, schema=_CLOSED))
    run_rules(engine, "kejing.stages.earn.grade", "history.sql")
    names = ", ".join(HISTORY.names)
    return engine.fetch(f"SELECT {names} FROM score_history ORDER BY period, rm_id, measure").cast(HISTORY)


def _closed_scores(period: LedgerPeriod) -> list[dict[str, object]]:
    path = period.last_close.file("statements/score.parquet")
    rows = pq.read_table(path).to_pylist() if path is not None else []
    return [
        {
            **{name: row[name] for name in ("period", "rm_id", "unit_id", "measure")},
            "was_posted": int(any(row[figure] for figure in (*_FIGURES, "rank"))),
            **{f"has_{figure}": int(row[figure] is not None) for figure in _FIGURES},
        }
        for row in rows
    ]
