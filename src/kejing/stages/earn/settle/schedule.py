"""How deferred pay vests: a row of the deferral table as a calendar of instalments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.errors import KejingError
from kejing.measure.period import add_months
from kejing.measure.share import largest_remainder
from kejing.policy import Value
from kejing.policy.literals import NotAValueError, parse_quantity

EQUAL = "equal"
_MONTHS = 12


class BadScheduleError(KejingError):
    """A row of the deferral table gives no calendar: its parts do not sum to one, or there is no instalment."""

    code = "settle.bad_schedule"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one row of the deferral table says.

    ``weights`` has one weight an instalment; the first vests ``first_after_months`` after the day the deferral
    counts from, each other ``every_months`` later.
    """

    share: Fraction
    weights: tuple[Fraction, ...]
    first_after_months: int
    every_months: int

    @property
    def years(self) -> Fraction:
        """How long the last instalment is deferred [years]."""
        last = self.first_after_months + self.every_months * (len(self.weights) - 1)
        return Fraction(last, _MONTHS) if self.weights else Fraction(0)

    def vests_on(self, since: dt.date) -> list[dt.date]:
        """The day each instalment vests."""
        return [
            add_months(since, self.first_after_months + self.every_months * number)
            for number in range(len(self.weights))
        ]

    def instalments(self, deferred: int) -> dict[int, int]:
        """Amount by number of instalment, from 1: largest remainder, ties to the earlier one.

        Examples
        --------
        >>> thirds = read_schedule(
        ...     {
        ...         "share": Fraction(2, 5),
        ...         "years": Fraction(3),
        ...         "vesting": "equal",
        ...         "first_after_months": Fraction(12),
        ...         "every_months": Fraction(12),
        ...     },
        ...     rule_id="r",
        ... )
        >>> thirds.instalments(94_503_27)
        {1: 3150109, 2: 3150109, 3: 3150109}
        """
        return largest_remainder(deferred, dict(enumerate(self.weights, start=1)))


def read_schedule(outputs: Mapping[str, Value], *, rule_id: str) -> Schedule:
    """The schedule in the outputs of a deferral row.

    Parameters
    ----------
    outputs
        ``share`` [0 to 1], ``years`` [count], ``vesting`` (``equal`` or parts such as ``50%/25%/25%``),
        ``first_after_months`` and ``every_months`` [months].

    Raises
    ------
    BadScheduleError
        The share is not one, the parts do not sum to one, or no whole number of instalments fills the years.
    """
    share, years = _number(outputs, "share"), _number(outputs, "years")
    first, every = int(_number(outputs, "first_after_months")), int(_number(outputs, "every_months"))
    vesting = str(outputs["vesting"])
    if not 0 <= share <= 1 or first < 0 or every <= 0:
        raise BadScheduleError(rule=rule_id, vesting=vesting)
    if share == 0:
        return Schedule(share, (), first, every)
    return Schedule(share, _weights(vesting, years, every, rule_id), first, every)


def _weights(vesting: str, years: Fraction, every: int, rule_id: str) -> tuple[Fraction, ...]:
    if vesting == EQUAL:
        count = years * _MONTHS / every
        if count < 1 or count.denominator != 1:
            raise BadScheduleError(rule=rule_id, vesting=f"{vesting}, {years} × {_MONTHS} ÷ {every}")
        return (Fraction(1),) * int(count)
    try:
        parts = tuple(parse_quantity(part) for part in vesting.split("/"))
    except NotAValueError as cause:
        raise BadScheduleError(rule=rule_id, vesting=vesting) from cause
    if sum(parts) != 1 or any(part <= 0 for part in parts):
        raise BadScheduleError(rule=rule_id, vesting=vesting)
    return parts


def _number(outputs: Mapping[str, Value], name: str) -> Fraction:
    value = outputs[name]
    assert isinstance(value, Fraction), f"Expected a number in {name}."
    return value
