"""How each kind of line is put in place, all lines of a kind at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import batched
from typing import Any

from django.db.models import QuerySet

from kejing.office.acts.act import Act
from kejing.office.acts.rows import DatedRow, Row
from kejing.office.books.models import Booking, Coverage, Customer, Handling, OpenItem, Plan, Rm, Target, TierException
from kejing.office.changes.errors import MovedOnError
from kejing.office.changes.models import ChangeLine
from kejing.office.people.models import Position

type Lines = Sequence[ChangeLine]
type Put = Callable[[Act, Lines, dt.date], None]

_IDS_AT_ONCE = 10_000


def put_lines(doing: Act, lines: Iterable[ChangeLine], day: dt.date) -> None:
    """Put ``lines`` in place from ``day`` on.

    Raises
    ------
    MovedOnError
        A line does not find what it was drafted upon; nothing is changed.
    """
    by_kind: dict[str, list[ChangeLine]] = defaultdict(list)
    for line in lines:
        by_kind[line.kind].append(line)
    for kind, put in _PUT.items():
        if by_kind[kind]:
            put(doing, by_kind[kind], day)


def _put_coverage(doing: Act, lines: Lines, day: dt.date) -> None:
    """Close what each line gives up and open what it puts in its place; two lines may meet in one row."""
    standing = {
        (row.customer_id, row.rm_id, row.role): row
        for row in _in(Coverage.objects.in_force(day), "customer_id", {line.customer_id for line in lines})
    }
    closing: list[Coverage] = []
    opening: list[Coverage] = []
    for line in lines:
        row = standing.pop((line.customer_id, line.from_rm_id, line.role), None)
        if line.from_rm_id and row is None:
            raise MovedOnError(customer_id=line.customer_id, rm_id=line.from_rm_id)
        if row is not None:
            closing.append(row)
        if line.to_rm_id:
            until = row.valid_to if row is not None else line.values.get("valid_to")
            share = line.values.get("share", row.share if row is not None else None)
            term = {"valid_from": day} | ({"valid_to": until} if until else {})
            opening.append(
                Coverage(customer_id=line.customer_id, rm_id=line.to_rm_id, role=line.role, share=share, **term)
            )
    for row in opening:
        if (row.customer_id, row.rm_id, row.role) in standing:
            raise MovedOnError(customer_id=row.customer_id, rm_id=row.rm_id)
    doing.remove_all([row for row in closing if row.valid_from == day])
    doing.change_all([row for row in closing if row.valid_from != day], valid_to=day)
    doing.add_all(opening)


def _hand_over(query: QuerySet[Any]) -> Put:
    """Rows with an RM go from one to another."""

    def put(doing: Act, lines: Lines, _day: dt.date) -> None:
        rows = {row.pk: row for row in _in(query, "pk", {line.row_id for line in lines})}
        by_receiver: dict[str, list[Row]] = defaultdict(list)
        for line in lines:
            row = rows.get(line.row_id)
            if row is None or row.rm_id != line.from_rm_id:
                raise MovedOnError(customer_id=line.customer_id, rm_id=line.from_rm_id)
            by_receiver[line.to_rm_id].append(row)
        for receiver, given in by_receiver.items():
            doing.change_all(given, rm_id=receiver)

    return put


def _replace_dated(query: Callable[[], QuerySet[Any]], identity: tuple[str, ...]) -> Put:
    """Dated rows of one identity: the one in force ends on the day, the new one begins; no values, no new one."""

    def put(doing: Act, lines: Lines, day: dt.date) -> None:
        rows = query()
        for line in lines:
            values = {**line.values, "valid_from": day}
            of_same = {name: values[name] for name in identity}
            ending = list(rows.filter(**of_same, valid_from__lte=day, valid_to__gt=day))
            doing.remove_all([row for row in ending if row.valid_from == day])
            doing.change_all([row for row in ending if row.valid_from != day], valid_to=day)
            if set(line.values) - set(identity):
                doing.add(rows.model(**values))

    return put


def _put_handling(doing: Act, lines: Lines, day: dt.date) -> None:
    """Each kind of business of a customer is handled where its line says, or again at the account home."""
    held = {
        (row.customer_id, row.business_type): row
        for row in _in(Handling.objects.in_force(day), "customer_id", {line.customer_id for line in lines})
    }
    wanted = [(line.customer_id, str(line.values["business_type"])) for line in lines]
    _end(doing, [held[key] for key in wanted if key in held], day)
    doing.add_all([Handling(**line.values, valid_from=day) for line in lines if line.values.get("unit_id")])


def _put_customer(doing: Act, lines: Lines, day: dt.date) -> None:
    held = _in(Customer.objects.in_force(day), "customer_id", {line.customer_id for line in lines})
    _alter(doing, {row.customer_id: row for row in held}, {line.customer_id: line for line in lines}, day)


def _put_rm(doing: Act, lines: Lines, day: dt.date) -> None:
    """The RM works in another unit from the day on, and sees from there."""
    by_rm = {line.from_rm_id: line for line in lines}
    held = _in(Rm.objects.in_force(day), "rm_id", set(by_rm))
    _alter(doing, {row.rm_id: row for row in held}, by_rm, day)
    posts = [row for row in _in(Position.objects.in_force(day), "rm_id", set(by_rm)) if _fits(row, by_rm[row.rm_id])]
    following = [_as_of(row, by_rm[row.rm_id], day) for row in posts]
    _end(doing, posts, day)
    doing.add_all(following)


def _alter(doing: Act, held: Mapping[str, DatedRow], lines: Mapping[str, ChangeLine], day: dt.date) -> None:
    """Rows in force end on the day; copies with the values of their lines go on to where the rows would have ended."""
    for key, line in lines.items():
        if key not in held or not _fits(held[key], line):
            raise MovedOnError(customer_id=line.customer_id or "-", rm_id=line.from_rm_id or "-")
    altered = [_as_of(held[key], line, day) for key, line in lines.items()]
    _end(doing, [held[key] for key in lines], day)
    doing.add_all(altered)


def _fits(row: DatedRow, line: ChangeLine) -> bool:
    return all(getattr(row, name) == value for name, value in line.values["from"].items())


def _as_of[R: DatedRow](row: R, line: ChangeLine, day: dt.date) -> R:
    kept = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.attname != "version"
    }
    return type(row)(**kept | line.values["to"] | {"valid_from": day})


def _end(doing: Act, rows: Sequence[DatedRow], day: dt.date) -> None:
    doing.remove_all([row for row in rows if row.valid_from == day])
    doing.change_all([row for row in rows if row.valid_from != day], valid_to=day)


def _in(rows: QuerySet[Any], name: str, wanted: set[Any]) -> Iterable[Any]:
    for part in batched(sorted(wanted), _IDS_AT_ONCE, strict=False):
        yield from rows.filter(**{f"{name}__in": part})


_PUT: dict[str, Put] = {
    ChangeLine.Kind.COVERAGE: _put_coverage,
    ChangeLine.Kind.BOOKING: _hand_over(Booking.objects.filter(contact=None, called_off="")),
    ChangeLine.Kind.OPEN_ITEM: _hand_over(OpenItem.objects.filter(state=OpenItem.State.OPEN)),
    ChangeLine.Kind.PLAN: _hand_over(Plan.objects.all()),
    ChangeLine.Kind.TARGET: _replace_dated(Target.objects.all, ("rm_id", "unit_id", "measure", "period")),
    ChangeLine.Kind.TIER_EXCEPTION: _replace_dated(TierException.objects.all, ("customer_id", "scheme")),
    ChangeLine.Kind.POSITION: _replace_dated(Position.objects.all, ("user_id", "role", "unit_id", "rm_id")),
    ChangeLine.Kind.CUSTOMER: _put_customer,
    ChangeLine.Kind.HANDLING: _put_handling,
    ChangeLine.Kind.RM: _put_rm,
}
