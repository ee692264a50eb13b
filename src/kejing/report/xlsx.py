"""The run as a workbook: every table with codes and labels, exact numbers, and nothing that runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kejing.measure.money import minor_digits
from kejing.report import overview
from kejing.report.page import checked_lang
from kejing.report.read_run import Row, Run, whole
from kejing.report.speech import Speech
from kejing.report.told import tell
from kejing.report.xlsx_cells import Formats, SheetColumn, Writer
from kejing.report.xlsx_tables import table_columns, table_query
from kejing.stages.tables import OUT_TABLES

EXCEL_ROWS = 1_048_576
"""Rows that one sheet can hold."""

_HEADER_ROWS = 2  # the label, then the code of each column
_BATCH = 20_000
_NAME_LIMIT = 31  # characters of a sheet name


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One line of the contents: sheet name, table, rows of the run and rows here."""

    sheet: str
    table: str
    rows: int
    shown: int


def write_xlsx(out: Path, *, lang: str, target: Path, max_rows: int = 20_000) -> None:
    """Write the run in ``out`` as a workbook.

    Parameters
    ----------
    out
        Folder of a run.
    lang
        ``zh`` or ``en``: language of labels; codes stand beside them.
    target
        The file to write. Same run, same bytes.
    max_rows
        Rows of one table in the workbook, at most what a sheet holds; a sheet that stops there names the
        Parquet file with the rest. A row costs about 0.15 ms, so the default keeps a large run to seconds.

    Raises
    ------
    NotARunError
        ``out`` has no manifest.
    WrongLanguageError
        The workbook has no such language.

    Notes
    -----
    Text is written as text, so a value that begins with ``=`` never becomes a formula. An amount with
    more digits than a spreadsheet keeps (15) is written as text rather than rounded.
    """
    known = checked_lang(lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Run(out) as run, xlsxwriter.Workbook(str(target), options) as book:
        speech = Speech(run, known)
        day = run.manifest.as_of
        title = f"{overview.institution(run, speech)} {day.isoformat()}"
        book.set_properties({"title": title, "author": "Kejing", "created": dt.datetime.combine(day, dt.time())})
        _Workbook(book, run, speech, max_rows).write()


class _Workbook:
    """One workbook being written, sheet by sheet."""

    def __init__(self, book: Workbook, run: Run, speech: Speech, max_rows: int) -> None:
        self.book = book
        self.run = run
        self.speech = speech
        self.max_rows = min(max_rows, EXCEL_ROWS - _HEADER_ROWS - 1)
        self.formats = Formats(book, minor_digits(run.manifest.currency))

    def write(self) -> None:
        """Cover, contents, findings, then every table."""
        entries = self._entries()
        self._cover()
        self._contents(entries)
        for entry in entries:
            if entry.rows or entry.table == "findings":
                sheet = self.book.add_worksheet(entry.sheet)
                if entry.table == "findings":
                    self._findings(sheet, entry)
                else:
                    self._table(sheet, entry)

    def _entries(self) -> list[SheetEntry]:
        names = {"findings": self.speech.text("sheet.findings")}
        names |= {name: table.zh if self.speech.lang == "zh" else table.en for name, table in OUT_TABLES.items()}
        return [
            SheetEntry(label[:_NAME_LIMIT], name, self.run.rows(name), min(self.run.rows(name), self.max_rows))
            for name, label in names.items()
        ]

    def _cover(self) -> None:
        sheet = self.book.add_worksheet(self.speech.text("sheet.cover"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 3, 48)
        writer = Writer(sheet, self.formats)
        writer.line([overview.institution(self.run, self.speech)], self.formats.title)
        writer.line([self.speech.text("title")], self.formats.soft)
        writer.skip()
        for fact in overview.facts(self.run, self.speech):
            writer.line([fact.label, fact.hint or str(fact.value)])
        for grid in overview.simulated(self.run, self.speech)[:1]:
            writer.skip()
            writer.line([self.speech.text("simulated.title")], self.formats.warning)
            writer.line([self.speech.text("simulated.answer")], self.formats.warning)
            writer.line([column.label for column in grid.columns], self.formats.head)
            for row in grid.rows:
                writer.line(list(row))
        writer.skip()
        writer.line([self.speech.text("steps.title")], self.formats.bold)
        writer.line([self.speech.text(f"sheet.{part}") for part in ("step", "state", "why")], self.formats.head)
        for label, present, why in overview.steps(self.run, self.speech):
            writer.line([label, self.speech.text("steps.present" if present else "steps.absent"), why])

    def _contents(self, entries: list[SheetEntry]) -> None:
        sheet = self.book.add_worksheet(self.speech.text("sheet.index"))
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 26)
        sheet.set_column(2, 3, 14)
        sheet.set_column(4, 4, 60)
        writer = Writer(sheet, self.formats)
        heads = [
            self.speech.text(key)
            for key in ("control.table", "control.file", "control.rows", "sheet.shown", "sheet.why")
        ]
        writer.line(heads, self.formats.head)
        for entry in entries:
            file = f"{entry.table}.parquet"
            note = "" if entry.rows else self.speech.text("sheet.none")
            if entry.rows > entry.shown:
                note = self._rest(entry)
            writer.line([entry.sheet, file, entry.rows, entry.shown, note])
            if entry.rows or entry.table == "findings":
                sheet.write_url(writer.row - 1, 0, f"internal:'{entry.sheet}'!A1", self.formats.link, entry.sheet)
        sheet.freeze_panes(1, 0)

    def _rest(self, entry: SheetEntry) -> str:
        numbers = self.speech.numbers
        return self.speech.text(
            "sheet.rest",
            shown=numbers.count(entry.shown),
            rest=numbers.count(entry.rows - entry.shown),
            file=f"{entry.table}.parquet",
        )

    def _table(self, sheet: Worksheet, entry: SheetEntry) -> None:
        columns = table_columns(self.speech, entry.table)
        query = table_query(self.run, entry.table, limit=entry.shown)
        self._rows(sheet, entry, columns, self.run.batches(query, _BATCH))

    def _findings(self, sheet: Worksheet, entry: SheetEntry) -> None:
        names = ("severity", "stage", "code", "file", "sheet", "row", "column", "value")
        columns = [
            SheetColumn(name, self._finding_head(name), "count" if name == "row" else "text", 14) for name in names
        ]
        columns += [
            SheetColumn(name, self.speech.text(f"findings.{name}"), "wrap", 60) for name in ("reason", "remedy")
        ]
        if not entry.rows:
            self._rows(sheet, entry, columns, [[]])
            return
        query = (
            'SELECT * FROM findings ORDER BY stage, file, sheet, row, "column", code, facts '
            f"LIMIT {entry.shown}"
        )  # fmt: skip
        batches = self.run.batches(query, _BATCH)
        self._rows(sheet, entry, columns, ([self._finding(row) for row in batch] for batch in batches))

    def _finding_head(self, name: str) -> str:
        words = {"severity", "code", "column", "value"}
        return self.speech.text(f"findings.{name}") if name in words else self.speech.text(f"sheet.of_{name}")

    def _finding(self, row: Row) -> Row:
        told = tell(row, self.speech.lang)
        severity = self.speech.of_code(row["severity"], "severity")
        at = whole(row["row"]) or None
        return {**row, "severity": severity, "row": at, "reason": told.reason, "remedy": told.remedy}

    def _rows(
        self, sheet: Worksheet, entry: SheetEntry, columns: list[SheetColumn], batches: Iterable[Sequence[Row]]
    ) -> None:
        """Two header rows, the data, and a last line that names the rest."""
        writer = Writer(sheet, self.formats)
        writer.line([column.label for column in columns], self.formats.head)
        writer.line([column.code for column in columns], self.formats.code)
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
        writer.table(columns, batches)
        sheet.freeze_panes(_HEADER_ROWS, 0)
        sheet.autofilter(_HEADER_ROWS - 1, 0, max(_HEADER_ROWS - 1, writer.row - 1), len(columns) - 1)
        if entry.rows > entry.shown:
            writer.line([self._rest(entry)], self.formats.warning)
