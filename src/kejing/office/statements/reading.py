"""What a statement shows, out of the tables of the shown run; every sum is made of the rows below it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kejing.office import scope
from kejing.office.books.models import Customer
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import last_day
from kejing.office.shell.whose import walled_ids

type Row = dict[str, Any]

ZERO = Decimal(0)
LADDER = (
    "gross",
    "deferred",
    "held",
    "released",
    "vested",
    "recovered",
    "payable",
    "paid_out",
    "receivable",
    "reimbursed",
)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """What one line brought under one component. ``name`` is empty where a wall hides the customer."""

    line_id: str
    customer_id: str
    name: str
    is_hidden: bool
    amount: Decimal
    clause: str


@dataclass(frozen=True, slots=True)
class PaidPart:
    """A component under one measure: its lines add up to it."""

    component: str
    measure: str
    amount: Decimal
    clause: str
    lines: tuple[PaidLine, ...]


@dataclass(frozen=True, slots=True)
class Pay:
    """One RM's pay of one period. ``ladder`` leads from gross pay to what is paid out."""

    total: Row
    parts: tuple[PaidPart, ...]
    ladder: tuple[tuple[str, Decimal], ...]
    scores: tuple[Row, ...]
    corrections: tuple[Row, ...]

    @property
    def of_parts(self) -> Decimal:
        """Sum of the components: equal to gross pay."""
        return sum((part.amount for part in self.parts), ZERO)


def earners(viewer: Viewer, run: Run, period: str) -> dict[str, str]:
    """RM to name: those whose pay of the period the viewer sees, as books and units were on its last day."""
    seen = scope.rms(viewer.at(last_day(run, period)))
    return dict(seen.order_by("rm_id").values_list("rm_id", "name"))


def totals(viewer: Viewer, run: Run, period: str) -> list[Row]:
    """Pay of everybody whom the viewer sees, with names, the largest first."""
    names = earners(viewer, run, period)
    rows = run_rows(run, "pay_total", where={"period": period, "rm_id": list(names)})
    return sorted(({**row, "name": names[row["rm_id"]]} for row in rows), key=lambda row: (-row["gross"], row["rm_id"]))


def pay_of(viewer: Viewer, run: Run, period: str, rm_id: str) -> Pay | None:
    """The statement of an RM whom the caller has checked; None if nothing was paid in the period."""
    mine = {"period": period, "rm_id": rm_id}
    total = next(iter(run_rows(run, "pay_total", where=mine)), None)
    if total is None:
        return None
    paid = run_rows(run, "pay", where=mine)
    settled = next(iter(run_rows(run, "settlement", where=mine)), total)
    return Pay(
        total,
        _parts(paid, _names(viewer, run, period, paid)),
        tuple((name, settled[name]) for name in (*LADDER, "paid_now") if name in settled),
        tuple(run_rows(run, "score", where=mine)),
        tuple(run_rows(run, "dispute_posting", where=mine)),
    )


def _names(viewer: Viewer, run: Run, period: str, paid: list[Row]) -> dict[str, str | None]:
    """Customer to name; None where a wall stands."""
    wanted = {row["customer_id"] for row in paid if row["customer_id"]}
    held = Customer.objects.in_force(last_day(run, period)).filter(customer_id__in=wanted)
    names: dict[str, str | None] = dict(held.values_list("customer_id", "name"))
    return names | dict.fromkeys(walled_ids(viewer, wanted))


def _parts(paid: list[Row], names: dict[str, str | None]) -> tuple[PaidPart, ...]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in paid:
        grouped.setdefault((row["component"], row["measure"]), []).append(row)
    return tuple(
        PaidPart(
            component,
            measure,
            sum((row["amount"] for row in rows), ZERO),
            rows[0]["policy_clause"] or "",
            tuple(_line(row, names) for row in rows if row["line_id"]),
        )
        for (component, measure), rows in grouped.items()
    )


def _line(row: Row, names: dict[str, str | None]) -> PaidLine:
    customer = row["customer_id"] or ""
    name = names.get(customer, "")
    is_hidden = name is None
    return PaidLine(
        row["line_id"], "" if is_hidden else customer, name or "", is_hidden, row["amount"], row["policy_clause"] or ""
    )
