"""A customer's income and how it is split, from the shown runs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from kejing.measure.money import to_minor
from kejing.office.books.models import Rm
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.people.viewer import Viewer

_COLUMNS = ("measure", "period", "rm_id", "role", "amount")


@dataclass(frozen=True, slots=True)
class Split:
    """What one RM in one role was credited in one period and measure; shares of the whole in millionths."""

    run: Run
    measure: str
    period: str
    rm_id: str
    name: str
    role: str
    amount_minor: int
    share_micro: int


def splits(viewer: Viewer, customer_id: str) -> list[Split]:
    """The credit of a customer in the ledger view, by period, RM and role; newest period first."""
    found = []
    for run in shown_runs():
        rows = run_rows(run, "credit", where={"customer_id": customer_id, "view": "ledger"}, columns=_COLUMNS)
        sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
        whole: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in rows:
            sums[row["measure"], row["period"], row["rm_id"], row["role"]] += row["amount"]
            whole[row["measure"], row["period"]] += row["amount"]
        for (measure, period, rm_id, role), amount in sums.items():
            total = whole[measure, period]
            share = int(amount * 1_000_000 / total) if total else 0
            minor = to_minor(amount, run.currency)
            found.append(Split(run, measure, period, rm_id, rm_id, role, minor, share))
    names = dict(
        Rm.objects.in_force(viewer.as_of).filter(rm_id__in={each.rm_id for each in found}).values_list("rm_id", "name")
    )
    found.sort(key=lambda each: (each.measure, each.rm_id, each.role))
    found.sort(key=lambda each: (each.measure != "income", each.measure))
    found.sort(key=lambda each: each.period, reverse=True)
    return [
        Split(
            each.run,
            each.measure,
            each.period,
            each.rm_id,
            names.get(each.rm_id, each.rm_id),
            each.role,
            each.amount_minor,
            each.share_micro,
        )
        for each in found
    ]
