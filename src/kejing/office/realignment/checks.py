"""What a change set is checked for whenever its page is opened."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kejing.office.books.models import Customer, Rm, RmAbsence
from kejing.office.changes.models import ChangeLine, ChangeSet
from kejing.office.changes.preview import Preview
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.realignment.spreading import LEAD, has_skill

_MICRO = 1_000_000
_QUARTERS = 4
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is checked; it holds if nothing is found."""

    words: str
    found: tuple[str, ...]
    is_grave: bool

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the change set here."""
        return not self.found

    @property
    def examples(self) -> str:
        """The first few of what was found."""
        return ", ".join(self.found[:_SHOWN])


def checks(
    change_set: ChangeSet, lines: Sequence[ChangeLine], customers: Mapping[str, Customer], shown: Preview
) -> list[Check]:
    """Every check with what it found: customers, or RMs.

    Parameters
    ----------
    lines, customers
        What the reader sees of the change set.
    shown
        Its preview.
    """
    moves = [line for line in lines if line.kind == ChangeLine.Kind.COVERAGE]
    people = {rm for line in lines for rm in (line.from_rm_id, line.to_rm_id) if rm}
    day = change_set.effective_on
    rms = {rm.rm_id: rm for rm in Rm.objects.in_force(day).filter(rm_id__in=people)}
    taking = {line.to_rm_id for line in lines if line.to_rm_id}
    away = set(RmAbsence.objects.in_force(day).filter(rm_id__in=taking).values_list("rm_id", flat=True))
    takes = [(line, rms[line.to_rm_id]) for line in moves if line.to_rm_id in rms]
    known = {line.customer_id for line in lines}
    return [
        Check("realignment.check_moved_on", tuple(name for name in shown.moved_on if name in known), is_grave=True),
        Check("realignment.check_gone", tuple(sorted(taking - set(rms))), is_grave=True),
        Check("realignment.check_no_lead", _without_lead(moves), is_grave=True),
        Check("realignment.check_twice", _twice(moves), is_grave=True),
        Check("realignment.check_away", tuple(sorted(away)), is_grave=False),
        Check("realignment.check_skill", _unskilled(takes, customers), is_grave=False),
        Check("realignment.check_line", _other_line(takes, rms), is_grave=False),
        Check("realignment.check_over", _over(shown, taking, day), is_grave=False),
    ]


def _without_lead(moves: Sequence[ChangeLine]) -> tuple[str, ...]:
    leads = [line for line in moves if line.role == LEAD]
    given = {line.customer_id for line in leads if line.from_rm_id and not line.to_rm_id}
    return tuple(sorted(given - {line.customer_id for line in leads if line.to_rm_id}))


def _twice(moves: Sequence[ChangeLine]) -> tuple[str, ...]:
    """Customers of whom the same part is given away twice."""
    count: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in moves:
        count[line.customer_id, line.from_rm_id, line.role] += 1
    return tuple(sorted({customer for (customer, rm, _), times in count.items() if rm and times > 1}))


def _unskilled(takes: Sequence[tuple[ChangeLine, Rm]], customers: Mapping[str, Customer]) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                line.customer_id
                for line, rm in takes
                if line.role == LEAD
                and line.customer_id in customers
                and not has_skill(rm, customers[line.customer_id])
            }
        )
    )


def _other_line(takes: Sequence[tuple[ChangeLine, Rm]], rms: Mapping[str, Rm]) -> tuple[str, ...]:
    return tuple(
        sorted({rm.rm_id for line, rm in takes if line.from_rm_id in rms and rms[line.from_rm_id].line != rm.line})
    )


def _over(shown: Preview, taking: set[str], day: dt.date) -> tuple[str, ...]:
    """Receivers whose book asks for more hours a year than four quarters like the one of the day have."""
    quarter = f"{day.year}-Q{(day.month - 1) // 3 + 1}"
    hours: dict[str, Decimal] = {}
    for run in shown_runs():
        where = {"rm_id": sorted(taking), "channel": ""}
        for row in run_rows(run, "visit_summary", where=where, columns=("rm_id", "quarter", "available_hours")):
            if row["available_hours"] is not None and (row["quarter"] == quarter or row["rm_id"] not in hours):
                hours[row["rm_id"]] = row["available_hours"]
    return tuple(
        each.rm_id
        for each in shown.rms
        if each.rm_id in hours and each.after.required_micro_hours > hours[each.rm_id] * _QUARTERS * _MICRO
    )
