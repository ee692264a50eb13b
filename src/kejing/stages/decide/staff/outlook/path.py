"""Whom to hire, month by month, so that people worth a full RM are there when they are needed (E4-78, E4-79)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class Step:
    """One month of one site and line, in heads.

    ``staying`` are today's people less those to be expected to leave; ``available`` are they and the hires, each worth
    what the ramp-up says.
    """

    needed: int
    staying: Fraction
    hires: int
    available: Fraction


def hiring_path(
    needed: Sequence[int], people: Fraction, *, leaving: Fraction, ramp: Sequence[Fraction], lead_months: int
) -> list[Step]:
    """Hires that meet what is needed as early as the lead time and the ramp-up allow.

    Parameters
    ----------
    needed
        Heads needed at the end of each month ahead; after the last month its number stands.
    people
        People in post on the day of the run [full-time equivalents].
    leaving
        Share of people who leave in a year; a twelfth of it a month, of new ones too.
    ramp
        Share of a full RM by month of service; 1 afterwards.
    lead_months
        Months in which nobody new can be there.

    Notes
    -----
    Who starts in a month is a full RM ``len(ramp)`` months later, so hires look that far ahead: they fill what will be
    missing then. A hire is whole. People beyond the need are not sent away.

    Examples
    --------
    >>> steps = hiring_path([10, 11, 12], Fraction(10), leaving=Fraction(0), ramp=[Fraction(1, 2)], lead_months=1)
    >>> [(step.hires, str(step.available)) for step in steps]
    [(0, '10'), (2, '11'), (0, '12')]
    """
    kept = 1 - leaving / _YEAR
    hired = [0] * len(needed)

    def available(month: int) -> Fraction:
        """People at the end of ``month`` (0 is the first), as known from the hires so far."""
        new = sum(
            (
                count * kept ** (month - start) * (ramp[month - start] if month - start < len(ramp) else 1)
                for start, count in enumerate(hired[: month + 1])
                if count
            ),
            Fraction(0),
        )
        return people * kept ** (month + 1) + new

    for month in range(lead_months, len(needed)):
        full = month + len(ramp)
        missing = needed[min(full, len(needed) - 1)] - available(full)
        if missing > 0:
            hired[month] = ceil(missing / kept ** len(ramp))
    return [
        Step(need, people * kept ** (month + 1), hired[month], available(month)) for month, need in enumerate(needed)
    ]
