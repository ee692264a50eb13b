"""A workbook in memory: one writer for labels, codes and amounts, with outline groups, and nothing that runs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kejing.report.numbers import plain
from kejing.report.xlsx_cells import Formats, Writer, as_text, has_room

_NAME_LIMIT = 31  # characters of a sheet name
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Paper:
    """One workbook being written. ``day`` dates it: the same content gives the same bytes."""

    def __init__(self, title: str, day: dt.date, digits: int) -> None:
        self._buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._buffer, _OPTIONS)
        self.book.set_properties({"title": title, "author": "Kejing", "created": dt.datetime.combine(day, dt.time())})
        self.formats = Formats(self.book, digits)
        money = self.formats.of_kind["money"].num_format
        font = {"font_name": "Arial", "font_size": 10}
        self.total = self.book.add_format({**font, "bold": True, "num_format": money, "top": 1})
        self.bold_text = self.book.add_format({**font, "bold": True})

    def sheet(self, name: str, widths: Sequence[int]) -> Sheet:
        """A new sheet with columns of ``widths`` characters."""
        made = self.book.add_worksheet(name[:_NAME_LIMIT])
        for at, width in enumerate(widths):
            made.set_column(at, at, width)
        return Sheet(made, self)

    def bytes(self) -> bytes:
        """The finished workbook."""
        self.book.close()
        return self._buffer.getvalue()


class Sheet:
    """One sheet, written from top to bottom."""

    def __init__(self, sheet: Worksheet, paper: Paper) -> None:
        self._sheet = sheet
        self._paper = paper
        self._writer = Writer(sheet, paper.formats)

    @property
    def row(self) -> int:
        """The next row."""
        return self._writer.row

    def head(self, labels: Sequence[str], codes: Sequence[str] = ()) -> None:
        """A header: labels, and under them the codes that a program reads."""
        self._writer.line(labels, self._paper.formats.head)
        if codes:
            self._writer.line(codes, self._paper.formats.code)

    def title(self, text: str) -> None:
        """The name of the paper."""
        self._writer.line([text], self._paper.formats.title)

    def part(self, text: str) -> None:
        """The name of a part, after an empty row."""
        self._writer.skip()
        self._writer.line([text], self._paper.formats.bold)

    def note(self, text: str) -> None:
        """A remark."""
        self._writer.line([text], self._paper.formats.soft)

    def skip(self) -> None:
        """An empty row."""
        self._writer.skip()

    def freeze(self, columns: int = 0) -> None:
        """Keep what is above in view."""
        self._sheet.freeze_panes(self.row, columns)

    def line(
        self, cells: Sequence[object], *, level: int = 0, is_total: bool = False, kinds: Sequence[str] = ()
    ) -> None:
        """One row: decimals as amounts, days as days, everything else as text.

        Parameters
        ----------
        level
            Depth in the outline; rows below the first level start folded.
        kinds
            Formats by column where an amount is no money: ``percent``, ``number``.
        """
        if level:
            self._sheet.set_row(self.row, None, None, {"level": level, "hidden": level > 1})
        elif is_total:
            self._sheet.set_row(self.row, None, None, {"collapsed": False})
        for at, value in enumerate(cells):
            self._cell(at, value, kinds[at] if at < len(kinds) else "", is_total=is_total)
        self._writer.row += 1

    def _cell(self, at: int, value: object, kind: str, *, is_total: bool) -> None:
        formats = self._paper.formats
        if value is None or value == "":
            return
        if isinstance(value, Decimal):
            style = self._paper.total if is_total and not kind else formats.of_kind[kind or "money"]
            self._number(at, value, style)
        elif isinstance(value, bool):
            self._sheet.write_boolean(self.row, at, value, formats.of_kind["flag"])
        elif isinstance(value, int):
            self._sheet.write_number(self.row, at, value, formats.of_kind["count"])
        elif isinstance(value, dt.date):
            self._sheet.write_string(self.row, at, value.isoformat(), formats.of_kind["date"])
        else:
            style = self._paper.bold_text if is_total else formats.of_kind["wrap"] if kind == "wrap" else formats.text
            self._sheet.write_string(self.row, at, as_text(str(value)), style)

    def _number(self, at: int, value: Decimal, style: Format) -> None:
        if has_room(value):
            self._sheet.write_number(self.row, at, value, style)
        else:
            self._sheet.write_string(self.row, at, plain(value), self._paper.formats.long_number)

    def folded_above(self) -> None:
        """Sums stand above their rows."""
        self._sheet.outline_settings(True, False, True, False)  # noqa: FBT003  # the library's own order
