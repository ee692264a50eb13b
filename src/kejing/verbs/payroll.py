"""``kejing payroll``: who is due how much for a period, as the list that payroll pays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from kejing.measure.money import from_minor, minor_digits
from kejing.measure.period import parse_day
from kejing.report.xlsx_cells import Formats, SheetColumn, Writer
from kejing.stages.earn.post import PostingRule
from kejing.text.labels import Lang
from kejing.verbs.closing_checks import RunToClose, open_run
from kejing.verbs.ledger_periods import LedgerPeriod, baseline, overlapping, periods_of
from kejing.verbs.posting import Posted, carried_due, draft
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Ledger

_COLUMNS: tuple[tuple[str, str, str, str, int], ...] = (
    ("rm_id", "客户经理编号", "RM", "text", 14),
    ("name", "姓名", "name", "text", 14),
    ("unit_id", "机构编号", "unit", "text", 12),
    ("amount_due", "应发金额", "amount due", "money", 16),
    ("currency", "币种", "currency", "text", 9),
    ("reference", "付款编号", "reference", "text", 24),
    ("of_period", "其中:本期", "of this period", "money", 16),
    ("carried", "其中:往期更正", "corrections of earlier periods", "money", 16),
)
"""(field, zh, en, kind, width in characters) of the payment list."""


@dataclass(frozen=True, slots=True)
class Payable:
    """What one RM is due; amounts in minor units. ``carried`` came from corrections of earlier periods."""

    rm_id: str
    name: str
    unit_id: str
    of_period: int
    carried: int
    reference: str

    @property
    def due(self) -> int:
        """What is to be paid; negative where money is to come back."""
        return self.of_period + self.carried


@dataclass(frozen=True, slots=True)
class Payroll:
    """The payment list of a period, the last day of that period, and the file that the list stands in."""

    period: str
    currency: str
    rows: tuple[Payable, ...]
    day: dt.date
    file: Path

    @property
    def total(self) -> Decimal:
        """Sum of the list, in units of the currency."""
        return from_minor(sum(row.due for row in self.rows), self.currency)

    def as_json(self) -> dict[str, Any]:
        """For programs: decimals as text."""
        return {
            "period": self.period,
            "currency": self.currency,
            "file": str(self.file),
            "total": str(self.total),
            "rows": [{name: str(value) for name, value in _row(row, self.currency).items()} for row in self.rows],
        }


def payroll(
    out: str | Path,
    *,
    period: str,
    into: str | Path,
    ledger: str | Path | None = None,
    lang: Lang = "zh",
    progress: Callable[[str, int, int], None] | None = None,
) -> Payroll:
    """Write the payment list of ``period`` as a workbook.

    Parameters
    ----------
    out
        Folder of the run that will be closed.
    into
        The workbook.
    ledger
        The ledger that the period will be closed into: what corrections of earlier periods left to this one is added,
        and what was already posted for it is taken off.

    Raises
    ------
    NotARunError, NoSuchPeriodError
        There is no such run or period.
    """
    run = open_run(Path(out), period)
    book = Ledger.open(Path(ledger)) if ledger is not None else Ledger.empty()
    if progress is not None:
        progress("payments", 0, 1)
    with DuckEngine() as engine:
        rows = payables(engine, book, run)
    answer = Payroll(period, run.currency, tuple(rows), run.days.last_day, Path(into))
    _write(answer, Path(into), lang)
    if progress is not None:
        progress("payments", 1, 1)
    return answer


def rule_of(
    run: RunToClose, ledger: Ledger, periods: Mapping[str, LedgerPeriod]
) -> tuple[PostingRule, tuple[str, ...]]:
    """How the run's period is posted, and the periods whose postings it stands upon."""
    covers = tuple(other.name for other in overlapping(run.days, run.period, dict(periods)))
    rule = PostingRule(
        entry=ledger.head.number + 1,
        period=run.period,
        posted_in=run.period,
        known_on=parse_day(str(run.manifest["as_of"])),
        is_true_up=bool(covers),
    )
    return rule, baseline(run.period, covers)


def payables(engine: DuckEngine, ledger: Ledger, run: RunToClose) -> list[Payable]:
    """What each RM is due when the period of ``run`` is closed now."""
    rule, names = rule_of(run, ledger, periods_of(ledger))
    return due_rows(engine, ledger, run, draft(engine, ledger, run.folder, rule, names, run.currency))


def due_rows(engine: DuckEngine, ledger: Ledger, run: RunToClose, posted: Posted) -> list[Payable]:
    """The payment list for postings that are about to be made."""
    closes = [entry.number for entry in ledger.entries if _is_close(entry.content, run.period)]
    since, version = max(closes, default=0), len(closes) + 1
    waiting = [
        entry
        for entry in ledger.entries
        if entry.number > since and entry.content.get("posted_in") == run.period and entry.period != run.period
    ]
    carried = carried_due(engine, waiting)
    names, units = _directory(run)
    found = []
    for rm in sorted({*posted.due, *carried, *_rms(run)} - {""}):
        reference = f"{run.period}/{version}/{rm}"
        found.append(
            Payable(rm, names.get(rm, ""), units.get(rm, ""), posted.due.get(rm, 0), carried.get(rm, 0), reference)
        )
    return found


def _is_close(content: Mapping[str, Any], period: str) -> bool:
    return bool(content["kind"] == "close" and content["period"] == period)


def _rms(run: RunToClose) -> set[str]:
    totals = pq.read_table(run.folder / "pay_total.parquet", columns=["period", "rm_id"]).to_pylist()
    return {str(row["rm_id"]) for row in totals if row["period"] == run.period}


def _directory(run: RunToClose) -> tuple[dict[str, str], dict[str, str]]:
    """Names and units by RM."""
    path = run.folder / "directory.parquet"
    rows = [row for row in pq.read_table(path).to_pylist() if row["kind"] == "rm"] if path.is_file() else []
    return (
        {str(row["id"]): str(row["name"] or "") for row in rows},
        {str(row["id"]): str(row["unit_id"] or "") for row in rows},
    )


def _row(row: Payable, currency: str) -> dict[str, Any]:
    return {
        "rm_id": row.rm_id,
        "name": row.name,
        "unit_id": row.unit_id,
        "amount_due": from_minor(row.due, currency),
        "currency": currency,
        "reference": row.reference,
        "of_period": from_minor(row.of_period, currency),
        "carried": from_minor(row.carried, currency),
    }


def _write(answer: Payroll, path: Path, lang: Lang) -> None:
    """One sheet, replaced as a whole; the head is what `kejing close` reads back."""
    waiting = path.with_name(f"{path.name}.new")
    with xlsxwriter.Workbook(str(waiting), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {"author": "Kejing", "created": dt.datetime.combine(answer.day, dt.time())}
        )  # equal lists, equal bytes
        formats = Formats(book, minor_digits(answer.currency))
        sheet = book.add_worksheet(answer.period)
        writer = Writer(sheet, formats)
        columns = [SheetColumn(name, zh if lang == "zh" else en, kind, width) for name, zh, en, kind, width in _COLUMNS]
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
        writer.line([column.label for column in columns], formats.head)
        writer.table(columns, [[_row(row, answer.currency) for row in answer.rows]])
        sheet.freeze_panes(1, 0)
    waiting.replace(path)
