"""The grids: which rows, which columns, and what becomes of an edited cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kejing.measure.money import from_minor, minor_digits
from kejing.office import scope
from kejing.office.changes.drafting import Change
from kejing.office.changes.models import ChangeLine
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer

type Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; people edit only those that are ``edited``. Its heading is the word ``grids.kind.<name>``."""

    name: str
    is_edited: bool = False


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row: its hidden key and version, and its cells as text."""

    key: str
    version: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class Difference:
    """One edited cell."""

    key: str
    version: int
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A grid: who may send it back, its columns, its rows, how a cell is read, and, for change sets, its lines."""

    name: str
    power: Power
    columns: tuple[Column, ...]
    rows: Callable[[Viewer], list[GridRow]]
    read: Callable[[Viewer, str, str], str]  # column, text → the text that is kept
    lines: Callable[[GridRow, Difference], Change] | None = None  # none: every cell is an act of its own

    @property
    def edited(self) -> tuple[str, ...]:
        """Names of the columns that people edit."""
        return tuple(column.name for column in self.columns if column.is_edited)


class UnreadableCellError(ValueError):
    """A cell holds what its column cannot take."""


def _coverage_rows(viewer: Viewer) -> list[GridRow]:
    names = dict(scope.rms(viewer).values_list("rm_id", "name"))
    customers = dict(scope.customers(viewer).values_list("customer_id", "name"))
    return [
        GridRow(
            str(row.pk),
            row.version,
            {
                "customer_id": row.customer_id,
                "customer": customers[row.customer_id],
                "role": row.role,
                "rm_id": row.rm_id,
                "rm": names.get(row.rm_id, ""),
            },
        )
        for row in scope.coverage(viewer).order_by("customer_id", "role", "rm_id")
    ]


def _read_rm(viewer: Viewer, _column: str, text: str) -> str:
    """An RM by id, or by a name that only one has."""
    found = list(scope.rms(viewer).filter(rm_id=text)) or list(scope.rms(viewer).filter(name=text))
    if len(found) != 1:
        raise UnreadableCellError(text)
    return str(found[0].rm_id)


def _coverage_line(row: GridRow, cell: Difference) -> Change:
    return Change(ChangeLine.Kind.COVERAGE, row.cells["customer_id"], cell.before, cell.after, row.cells["role"])


def _target_rows(viewer: Viewer) -> list[GridRow]:
    """Targets of the office; where it has none yet, those of the shown runs."""
    rms = {rm.rm_id: rm for rm in scope.rms(viewer)}
    found: dict[str, GridRow] = {}
    for run in shown_runs():
        for row in run_rows(run, "target", where={"rm_id": list(rms)}):
            names = (row["rm_id"], row["unit_id"], row["measure"], row["period"])
            cells = _target_cells(names, rms[row["rm_id"]].name, row["total_target"] or Decimal(0), run.currency)
            found["|".join(names)] = GridRow("|".join(names), 0, cells)
    for held in scope.targets(viewer):
        names = (held.rm_id, held.unit_id, held.measure, held.period)
        amount = from_minor(held.amount_minor, held.currency)
        cells = _target_cells(names, rms[held.rm_id].name, amount, held.currency)
        found["|".join(names)] = GridRow("|".join(names), held.version, cells)
    return [found[key] for key in sorted(found)]


def _target_cells(names: tuple[str, str, str, str], rm: str, amount: Decimal, currency: str) -> dict[str, str]:
    keys = dict(zip(("rm_id", "unit_id", "measure", "period"), names, strict=True))
    return keys | {"rm": rm, "amount": f"{amount:.{minor_digits(currency)}f}", "currency": currency}


def _read_amount(_viewer: Viewer, _column: str, text: str) -> str:
    """Money with at most the digits of a currency, not below zero."""
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise UnreadableCellError(text) from None
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise UnreadableCellError(text)
    return f"{amount:.2f}"


def _target_line(row: GridRow, cell: Difference) -> Change:
    cells = row.cells
    minor = int(Decimal(cell.after).scaleb(minor_digits(cells["currency"])))
    values = {name: cells[name] for name in ("rm_id", "unit_id", "measure", "period", "currency")}
    return Change(ChangeLine.Kind.TARGET, to_rm_id=cells["rm_id"], values=values | {"amount_minor": minor})


def _plan_rows(viewer: Viewer) -> list[GridRow]:
    names = dict(scope.customers(viewer).values_list("customer_id", "name"))
    return [
        GridRow(
            str(row.pk),
            row.version,
            {
                "customer_id": row.customer_id,
                "customer": names[row.customer_id],
                "needs": row.needs,
                "goal": row.goal,
                "steps": row.steps,
                "visits_per_quarter": str(row.visits_per_quarter),
            },
        )
        for row in scope.plans(viewer).order_by("customer_id")
    ]


def _read_plan(_viewer: Viewer, column: str, text: str) -> str:
    if column == "visits_per_quarter" and not (text.isascii() and text.isdecimal()):
        raise UnreadableCellError(text)
    return text


def _columns(names: str, edited: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(name, name in edited) for name in names.split())


SHEETS: dict[str, Sheet] = {
    sheet.name: sheet
    for sheet in (
        Sheet(
            "coverage",
            Power.DRAFT_CHANGE,
            _columns("customer_id customer role rm_id rm", ("rm_id",)),
            _coverage_rows,
            _read_rm,
            _coverage_line,
        ),
        Sheet(
            "targets",
            Power.DRAFT_CHANGE,
            _columns("rm_id rm unit_id measure period amount currency", ("amount",)),
            _target_rows,
            _read_amount,
            _target_line,
        ),
        Sheet(
            "plans",
            Power.PLAN,
            _columns(
                "customer_id customer needs goal steps visits_per_quarter",
                ("needs", "goal", "steps", "visits_per_quarter"),
            ),
            _plan_rows,
            _read_plan,
        ),
    )
}
"""Grids by the name in the address."""
