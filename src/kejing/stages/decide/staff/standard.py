"""What the policy says of service and staffing on one day, read once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.errors import KejingError
from kejing.policy.cells import OneOf
from kejing.policy.pack import Pack
from kejing.policy.tables import TableRow


class StandardCellError(KejingError):
    """A staffing rule names several values, or any, where it must name one."""

    code = "staff.cell_not_one_word"


@dataclass(frozen=True, slots=True)
class Span:
    """Customers one RM covers: a range kept as a range. ``rule`` is the row it stands in."""

    low: Fraction
    high: Fraction
    rule: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """RMs that share one officer: a range kept as a range (E3-59, E3-62)."""

    low: Fraction
    high: Fraction
    rule: str


@dataclass(frozen=True, slots=True)
class Standard:
    """The staffing rules in force on a day.

    Attributes
    ----------
    hours
        Hours a customer of a tier takes a year, and the rules they come from.
    visits
        Contacts on site a customer of a tier gets a year.
    lines
        Share of a tier's customers that a line serves; a tier without an entry has no RM (E3-64).
    spans
        Customers per RM by standard and tier.
    ratios
        RMs per officer by tier, line and kind of officer.
    selling_hours
        Hours a year one RM has for customers, the quality factor included [h].
    support
        Factor on required hours for what the back office takes over (E4-83).
    """

    hours: dict[str, tuple[Fraction, str]]
    visits: dict[str, Fraction]
    lines: dict[tuple[str, str], Fraction]
    spans: dict[tuple[str, str], Span]
    ratios: dict[tuple[str, str, str], Ratio]
    selling_hours: Fraction
    support: Fraction


def selling_hours(
    *, days: Fraction, hours_per_day: Fraction, leave: Fraction, training: Fraction, selling: Fraction
) -> Fraction:
    """Hours one RM has for customers.

    Parameters
    ----------
    days
        Working days [days].
    hours_per_day
        Paid hours a day [h].
    leave, training, selling
        Share of days on leave, share of the rest in training (E2-71), share of what remains with customers.

    Returns
    -------
    Fraction
        ``days * hours_per_day * (1 - leave) * (1 - training) * selling`` [h].

    Examples
    --------
    >>> nothing = Fraction(0)
    >>> float(
    ...     selling_hours(
    ...         days=Fraction(62), hours_per_day=Fraction(8), leave=nothing, training=nothing, selling=Fraction(55, 100)
    ...     )
    ... )
    272.8
    """
    return days * hours_per_day * (1 - leave) * (1 - training) * selling


def read_standard(policy: Pack, day: dt.date) -> Standard:
    """The staffing rules of ``policy`` in force on ``day``.

    Raises
    ------
    UnknownPolicyNameError
        The pack lacks a table or a parameter of staffing.
    """
    return Standard(
        hours=_hours(policy, day),
        visits={
            word(row, "tier"): number(row, "contacts_per_year")
            for row in policy.table("service_standard").rows_on(day)
            if word(row, "channel") == "visit"
        },
        lines={
            (word(row, "tier"), word(row, "line")): number(row, "share")
            for row in policy.table("service_line").rows_on(day)
        },
        spans={
            (word(row, "standard"), word(row, "tier")): Span(
                number(row, "customers_lo"), number(row, "customers_hi"), row.rule_id
            )
            for row in policy.table("rm_span").rows_on(day)
        },
        ratios={
            (word(row, "tier"), word(row, "line"), word(row, "officer")): Ratio(
                number(row, "rms_lo"), number(row, "rms_hi"), row.rule_id
            )
            for row in policy.table("officer_ratio").rows_on(day)
        },
        selling_hours=policy_selling_hours(policy, day) * parameter(policy, "staff_quality_factor", day),
        support=parameter(policy, "staff_support_factor", day),
    )


def policy_selling_hours(policy: Pack, day: dt.date) -> Fraction:
    """Hours a year one RM has for customers by the parameters in force on ``day``, quality left out [h]."""
    return selling_hours(
        days=parameter(policy, "staff_working_days", day),
        hours_per_day=parameter(policy, "staff_hours_per_day", day),
        leave=parameter(policy, "staff_leave_share", day),
        training=parameter(policy, "staff_training_share", day),
        selling=parameter(policy, "staff_selling_share", day),
    )


def _hours(policy: Pack, day: dt.date) -> dict[str, tuple[Fraction, str]]:
    found: dict[str, tuple[Fraction, str]] = {}
    for row in policy.table("service_standard").rows_on(day):
        hours, rules = found.get(word(row, "tier"), (Fraction(0), ""))
        more = number(row, "contacts_per_year") * number(row, "hours_per_contact")
        found[word(row, "tier")] = (hours + more, f"{rules}+{row.rule_id}" if rules else row.rule_id)
    return found


def parameter(policy: Pack, name: str, day: dt.date) -> Fraction:
    """A numeric parameter in force on ``day``."""
    value = policy.parameter(name, day)
    assert isinstance(value, Fraction), f"Expected a number in {name}."
    return value


def word(row: TableRow, column: str) -> str:
    """The one word an equality cell holds of.

    Raises
    ------
    StandardCellError
        The cell holds of several words or of anything.
    """
    cell = row.cells[column]
    if not isinstance(cell, OneOf) or len(cell.words) != 1 or cell.negated:
        raise StandardCellError(rule=row.rule_id, column=column, cell=str(cell), file=row.file, row=row.row)
    return cell.words[0]


def number(row: TableRow, column: str) -> Fraction:
    """A numeric output of ``row``."""
    value = row.outputs[column]
    assert isinstance(value, Fraction), f"Expected a number in {column}."
    return value
