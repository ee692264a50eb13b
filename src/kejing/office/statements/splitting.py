"""How one line was credited among the team, and a corrected split: drafted here, approved by somebody else, dated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kejing.measure.errors import KejingError
from kejing.office import scope
from kejing.office.books.models import Coverage
from kejing.office.changes.drafting import Change, draft
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows
from kejing.office.people.viewer import Viewer
from kejing.office.shell.whose import walled_ids
from kejing.office.statements.reading import ZERO, Row

_WHOLE = 10_000
"""The whole of a line [basis points]."""


class SplitNotWholeError(KejingError):
    """The shares of a line do not add up to the whole of it."""

    code = "office.split_not_whole"


@dataclass(frozen=True, slots=True)
class Split:
    """One line among its team.

    ``within`` are rows that add up to the line; ``outside`` those of roles that count beside it (overlay) and never
    in the total.
    """

    line_id: str
    customer_id: str
    within: tuple[Row, ...]
    outside: tuple[Row, ...]

    @property
    def total(self) -> Decimal:
        """The line."""
        return sum((row["amount"] for row in self.within), ZERO)

    @property
    def overlay(self) -> Decimal:
        """What stands outside the total."""
        return sum((row["amount"] for row in self.outside), ZERO)


def split_of(viewer: Viewer, run: Run, period: str, line_id: str) -> Split | None:
    """How a line was split; None where the viewer sees nobody in it, or a wall hides its customer."""
    rows = run_rows(run, "credit", where={"period": period, "line_id": line_id})
    if not rows or not scope.rms(viewer).filter(rm_id__in=[row["rm_id"] for row in rows]).exists():
        return None
    customer = rows[0]["customer_id"]
    if walled_ids(viewer, [customer]):
        return None
    within = tuple(row for row in rows if row["view"] == "ledger")
    inside = {(row["rm_id"], row["role"], row["measure"]) for row in within}
    outside = tuple(
        row for row in rows if row["view"] != "ledger" and (row["rm_id"], row["role"], row["measure"]) not in inside
    )
    return Split(line_id, customer, within, outside)


def draft_split(
    *, viewer: Viewer, customer_id: str, shares: Mapping[tuple[str, str], int], effective_on: dt.date, reason: str
) -> ChangeSet:
    """Draft other shares of a customer's team from a day on.

    Parameters
    ----------
    shares
        RM and role to the share [basis points]; they add up to the whole.

    Raises
    ------
    SplitNotWholeError
        They do not: a line is credited once, neither more nor less.
    """
    total = sum(shares.values())
    if total != _WHOLE or any(share < 0 for share in shares.values()):
        raise SplitNotWholeError(total=f"{Decimal(total) / 100:f}%")
    held = {
        (row.rm_id, row.role): row
        for row in Coverage.objects.in_force(effective_on).filter(customer_id=customer_id, share__isnull=False)
    }
    changes = [
        Change(ChangeLine.Kind.COVERAGE, customer_id, rm_id, rm_id, role, values={"share": share})
        for (rm_id, role), share in sorted(shares.items())
        if (rm_id, role) not in held or held[rm_id, role].share != share
    ]
    return draft(viewer=viewer, title=customer_id, reason=reason, effective_on=effective_on, changes=changes)
