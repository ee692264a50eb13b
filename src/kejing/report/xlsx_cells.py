"""Cells of a workbook: formats by kind, and a writer that never lets text turn into a formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kejing.report.numbers import plain
from kejing.report.read_run import Row

EXACT_DIGITS = 15
"""Digits a spreadsheet keeps of a number."""

CELL_CHARACTERS = 32_767
"""Characters a cell can hold."""

_FIRST_SHEET_DAY = dt.date(1900, 3, 1)  # spreadsheets miscount the days before


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its code, its label, what it holds (a key of `Formats.of_kind`), its width in characters.

    ``say`` turns the stored code into a label; ``source`` is the field it reads.
    """

    code: str
    label: str
    kind: str
    width: int
    source: str = ""
    say: Callable[[object], str] | None = None

    @property
    def field(self) -> str:
        """The field of a row that fills the column."""
        return self.source or self.code


class Formats:
    """The formats of one workbook; ``digits`` are those of the currency."""

    def __init__(self, book: Workbook, digits: int) -> None:
        font = {"font_name": "Arial", "font_size": 10}
        money = "#,##0" + ("." + "0" * digits if digits else "")

        def made(**properties: object) -> Format:
            return book.add_format({**font, **properties})

        self.text = made()
        self.title = made(bold=True, font_size=18)
        self.bold = made(bold=True, font_size=12)
        self.soft = made(font_color="#5a6675")
        self.warning = made(bold=True, font_color="#8a5a00")
        self.head = made(bold=True, font_color="#ffffff", bg_color="#0d4a66", text_wrap=True, valign="vcenter")
        self.code = made(font_color="#5a6675", bg_color="#eef1f4", bottom=1)
        self.link = made(font_color="#0d4a66", underline=1)
        self.of_kind = {
            "text": self.text,
            "wrap": made(text_wrap=True, valign="top"),
            "count": made(num_format="#,##0"),
            "money": made(num_format=money),
            "number": made(num_format="#,##0.00####"),
            "percent": made(num_format="0.00%"),
            "date": made(num_format="yyyy-mm-dd", align="left"),
            "flag": made(align="left"),
        }
        self.long_number = made(align="right")


class Writer:
    """Writes one sheet from top to bottom."""

    def __init__(self, sheet: Worksheet, formats: Formats) -> None:
        self.sheet = sheet
        self.formats = formats
        self.row = 0

    def skip(self) -> None:
        """Leave a row empty."""
        self.row += 1

    def line(self, cells: Sequence[object], style: Format | None = None) -> None:
        """One row of loose cells, whole numbers as numbers and everything else as text."""
        for at, value in enumerate(cells):
            if isinstance(value, int):
                self.sheet.write_number(self.row, at, value, style or self.formats.of_kind["count"])
            elif value is not None:
                self.sheet.write_string(self.row, at, as_text(str(value)), style or self.formats.text)
        self.row += 1

    def table(self, columns: Sequence[SheetColumn], batches: Iterable[Sequence[Row]]) -> None:
        """Rows of a table, batch by batch."""
        plan = [(at, column.field, column.say, self.formats.of_kind[column.kind]) for at, column in enumerate(columns)]
        for batch in batches:
            for row in batch:
                for at, name, say, style in plan:
                    value = row[name]
                    if say is not None:
                        value = say(value)
                    if value is not None and value != "":
                        self._cell(at, value, style)
                self.row += 1

    def _cell(self, at: int, value: object, style: Format) -> None:
        sheet = self.sheet
        if isinstance(value, str):
            sheet.write_string(self.row, at, as_text(value), style)
        elif isinstance(value, bool):
            sheet.write_boolean(self.row, at, value, style)
        elif isinstance(value, Decimal | int):
            if has_room(value):
                sheet.write_number(self.row, at, value, style)
            else:
                sheet.write_string(self.row, at, plain(value), self.formats.long_number)
        elif isinstance(value, dt.date):
            if value >= _FIRST_SHEET_DAY:
                sheet.write_datetime(self.row, at, value, style)
            else:
                sheet.write_string(self.row, at, value.isoformat(), style)
        else:
            sheet.write_number(self.row, at, value, style)


def as_text(value: str) -> str:
    """``value`` as a cell can hold it.

    The writer passes a text between ``<r>`` and ``</r>`` on as markup, which would let a name break the
    file, so a space keeps it text; what is longer than a cell is cut.
    """
    return f"{value} " if value.startswith("<r>") and value.endswith("</r>") else value[:CELL_CHARACTERS]


def has_room(value: Decimal | int) -> bool:
    """Whether a spreadsheet keeps every digit of ``value``.

    Examples
    --------
    >>> has_room(Decimal("18141021926000.00")), has_room(Decimal("1234567890123456.78"))
    (True, False)
    """
    digits = plain(value).lstrip("-").replace(".", "").lstrip("0")
    return len(digits.rstrip("0")) <= EXACT_DIGITS
