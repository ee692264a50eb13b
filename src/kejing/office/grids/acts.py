"""Acts of the grids."""

from __future__ import annotations

from kejing.office import scope
from kejing.office.books.models import Plan
from kejing.office.changes.errors import OutOfSightError
from kejing.office.grids.sheets import Difference, GridRow, Sheet
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer


def record_download(*, viewer: Viewer, sheet: Sheet, rows: list[GridRow]) -> None:
    """Write down that somebody took a grid out."""
    with viewer.act("grids.downloaded", power=Power.EXPORT, grid=sheet.name, rows=len(rows)):
        pass


def change_plan_cell(*, viewer: Viewer, cell: Difference, version: int) -> Plan:
    """Save one edited cell of a plan: one change, one event.

    Raises
    ------
    StaleRowError
        Somebody saved the plan since.
    OutOfSightError
        The viewer does not see it.
    """
    with viewer.act("grids.cell_changed", power=Power.PLAN, column=cell.column) as doing:
        plan: Plan | None = scope.plans(viewer).filter(pk=cell.key).first()
        if plan is None:
            raise OutOfSightError(count=1, example=cell.key)
        value = int(cell.after) if cell.column == "visits_per_quarter" else cell.after
        doing.change(plan, expected_version=version, **{cell.column: value})
    return plan
