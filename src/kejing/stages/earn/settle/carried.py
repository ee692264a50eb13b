"""What earlier fiscal years left: their instalments and paid pay, from what was posted for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from kejing.measure.period import Period
from kejing.stages.earn.settle.statement import LEDGER_BALANCE, LEDGER_HELD, LEDGER_INSTALMENT, LEDGER_PAID

type Part = tuple[str, str, int]
"""RM, period, number of the instalment; number 0 is what was not deferred."""
type Withheld = tuple[str, str, str, str, str]
"""RM, period, component, measure and line of withheld pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedYears:
    """Net postings of earlier fiscal years, corrections included [minor units].

    Attributes
    ----------
    instalments
        What was deferred, by part and day of vesting.
    malus, recovered
        What incidents took of a part before and after it was paid.
    performance, vested
        Performance pay and what vested, by RM and period.
    held
        What was withheld of each line less what was released of it, by the hold that lay on it.
    balance
        What was paid out beyond what was payable, by RM: the settlements of a year begin with what the one before
        left, so that their differences add up to what is owed.
    spans
        Days of the periods above; a period that a longer one has settled stands under that one's name.
    """

    instalments: Mapping[tuple[Part, dt.date], int]
    malus: Mapping[Part, int]
    recovered: Mapping[Part, int]
    performance: Mapping[tuple[str, str], int]
    vested: Mapping[tuple[str, str], int]
    held: Mapping[Withheld, Mapping[str, int]]
    balance: Mapping[str, int]
    spans: Mapping[str, Period]


def carried_instalments(posted: PostedYears) -> pa.Table:
    """Relation ``ledger_instalment``.

    Notes
    -----
    ``cancelled`` holds what was taken before and after vesting, so that no later incident reaches it again. What
    vested is posted by RM and period; it pays the instalments of that period in the order in which they vest.
    """
    return pa.Table.from_pylist(list(_instalments(posted)), schema=LEDGER_INSTALMENT)


def _instalments(posted: PostedYears) -> Iterator[dict[str, object]]:
    vested = dict(posted.vested)
    for (part, day), amount in sorted(posted.instalments.items(), key=lambda item: (item[0][1], item[0][0])):
        if amount <= 0:
            continue
        rm, period, number = part
        cancelled = min(amount, posted.malus.get(part, 0))
        at = rm, next((name for name, span in posted.spans.items() if day in span), "")
        paid = min(amount - cancelled, vested.get(at, 0))
        vested[at] = vested.get(at, 0) - paid
        taken = min(amount - cancelled, posted.recovered.get(part, 0))
        yield {
            "rm_id": rm,
            "period": period,
            "number": number,
            "vests_on": day,
            "amount": amount,
            "cancelled": cancelled + taken,
            "paid": max(0, paid - taken),
        }


def carried_held(posted: PostedYears) -> pa.Table:
    """Relation ``ledger_held``: lines of which something is withheld still.

    Notes
    -----
    The sum of a line counts, whichever hold each posting names: a correction may have put another hold in the place
    of the first, and what was paid under the one must not be paid under the other. The line bears the name of the
    first hold that has something left.
    """
    rows = []
    for (rm, period, component, measure, line_id), by_hold in sorted(posted.held.items()):
        amount = sum(by_hold.values())
        if amount > 0:
            hold = min(name for name, left in by_hold.items() if left > 0)
            where = {"rm_id": rm, "period": period, "component": component, "measure": measure, "line_id": line_id}
            rows.append({**where, "hold_id": hold, "amount": amount})
    return pa.Table.from_pylist(rows, schema=LEDGER_HELD)


def carried_pay(posted: PostedYears) -> pa.Table:
    """Relation ``ledger_paid``: performance pay less what was deferred and what was taken back, where any is left."""
    left = dict(posted.performance)
    for ((rm, period, _), _), amount in posted.instalments.items():
        left[rm, period] = left.get((rm, period), 0) - amount
    for (rm, period, number), amount in posted.recovered.items():
        if number == 0:
            left[rm, period] = left.get((rm, period), 0) - amount
    rows = [
        {"rm_id": rm, "period": period, "amount": amount} for (rm, period), amount in sorted(left.items()) if amount > 0
    ]
    return pa.Table.from_pylist(rows, schema=LEDGER_PAID)


def carried_balance(posted: PostedYears) -> pa.Table:
    """Relation ``ledger_balance``: RMs who owe something."""
    rows = [{"rm_id": rm, "amount": amount} for rm, amount in sorted(posted.balance.items()) if amount > 0]
    return pa.Table.from_pylist(rows, schema=LEDGER_BALANCE)
