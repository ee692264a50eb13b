"""What a page is made of: sections that answer a question in words, with charts and tables under them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from markupsafe import Markup

type Cell = str | int | Decimal | dt.date | bool | None
type Spec = Mapping[str, object]


class CellKind(StrEnum):
    """How the cells of a grid column are written."""

    TEXT = "text"
    CODE = "code"  # an id or hash, set in figures of equal width
    COUNT = "count"
    MONEY = "money"  # to the minor unit, exact
    NUMBER = "number"  # all digits that are there
    SHORT = "short"  # a number to two digits
    PERCENT = "percent"
    DATE = "date"
    FLAG = "flag"
    SEVERITY = "severity"
    PROSE = "prose"  # whole sentences, broken into lines
    BRIEF = "brief"  # a few words or a value of any length, broken anywhere

    @property
    def is_figure(self) -> bool:
        """Whether the column lines up on the right."""
        return self in {CellKind.COUNT, CellKind.MONEY, CellKind.NUMBER, CellKind.SHORT, CellKind.PERCENT}


@dataclass(frozen=True, slots=True)
class GridColumn:
    """One column of a grid: its label in the language of the page."""

    label: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class Grid:
    """A table on the page. ``total_rows`` and ``source`` say where the rows not shown are."""

    caption: str
    columns: Sequence[GridColumn]
    rows: Sequence[Sequence[Cell]]
    total_rows: int | None = None
    source: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than shown."""
        return self.total_rows is not None and self.total_rows > len(self.rows)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the table that says the same in figures.

    ``spec`` goes into the page as JSON: exact numbers as text, so that nothing is lost on the way.
    """

    id: str
    title: str
    spec: Spec
    grid: Grid
    note: str = ""
    height: int = 320  # pixels
    is_wide: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the report. With ``empty`` set there is nothing to show and it says why."""

    id: str
    title: str
    question: str
    answer: Sequence[Markup] = ()
    charts: Sequence[Chart] = ()
    grids: Sequence[Grid] = ()
    notes: Sequence[Markup] = ()
    empty: Markup | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value in the head of a page; ``hint`` stands small beneath."""

    label: str
    value: Markup | str
    hint: str = field(default="")
    is_code: bool = False
