"""Lines of the ledger on arrays: whose team a line meets on its day, and what each member of a shared line gets.

`split_lines` makes the relations ``credit_line`` and ``credit_shared`` of ``split.sql``, cent for cent.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from kejing.stages.runs_of import Small, Whole, small_numbers, starts_of, whole_numbers
from kejing.warehouse.protocol import ArithmeticOverflowError, Engine

_COLUMNS = "line_id, CAST(customer AS INTEGER) AS customer, given_unit_id, CAST(kind AS INTEGER) AS kind, amount"
_LINES = f"SELECT {_COLUMNS}, booked_on FROM ledger_line UNION ALL SELECT {_COLUMNS}, booked_on FROM increment_numbered"
_SPANS = "SELECT customer, valid_from, valid_to, seat, span FROM team_span"
_SEATS = "SELECT span, seat, weight, whole FROM team_seat WHERE span >= {first} AND span <= {last} ORDER BY span, seq"
_WIDEST = np.iinfo(np.int64).max


def split_lines(engine: Engine) -> None:
    """Create ``credit_line`` and ``credit_shared`` of the lines and teams that the engine has.

    Raises
    ------
    ArithmeticOverflowError
        An amount in minor units times a weight does not fit 64 bits.
    """
    engine.transform(("credit_line", "credit_shared"), _LINES, partial(_split, engine))


def _split(engine: Engine, lines: pa.Table) -> tuple[pa.Table, pa.Table]:
    lines = find_teams(lines, engine.fetch(_SPANS))
    span = small_numbers(lines, "span")
    shared = span[span > 0]
    first, last = int(shared.min(initial=np.iinfo(np.int32).max)), int(shared.max(initial=0))
    return lines, share_lines(lines, engine.fetch(_SEATS.format(first=first, last=last)))


class Spans(NamedTuple):
    """Rows of ``team_span`` by customers; those of ``first + c`` are ``starts[c]`` up to the next start."""

    first: int
    starts: Whole
    valid_from: Small
    valid_to: Small
    seat: Small
    span: Small


class Members(NamedTuple):
    """Rows of ``team_seat`` in order; those of span ``first + s`` are ``starts[s]`` up to the next start."""

    first: int
    starts: Whole
    seat: Small
    weight: Whole
    whole: Whole


class Lines(NamedTuple):
    """Numbers of ``credit_line``; all columns have one length."""

    customer: Small
    kind: Small
    amount: Whole
    span: Small


def find_teams(lines: pa.Table, spans: pa.Table) -> pa.Table:
    """``lines`` with the seat and span that their customer has on their day; both are 0 for the house account."""
    customer = small_numbers(spans, "customer")
    order = np.argsort(customer, kind="stable")
    first = int(customer.min(initial=np.iinfo(np.int32).max))
    known = (small_numbers(spans, name)[order] for name in ("valid_from", "valid_to", "seat", "span"))
    seat, span = _team_of(
        small_numbers(lines, "customer"),
        small_numbers(lines, "booked_on"),
        Spans(first, starts_of(customer[order] - first), *known),
    )
    lines = lines.drop_columns("booked_on")
    return lines.append_column("seat", pa.array(seat)).append_column("span", pa.array(span))


def share_lines(lines: pa.Table, seats: pa.Table) -> pa.Table:
    """One row for each member of the team of each shared line; the amounts of a line sum to it.

    ``seats`` come in the order of spans and places.
    """
    span = small_numbers(seats, "span")
    first = int(span.min(initial=np.iinfo(np.int32).max))
    members = Members(
        first,
        starts_of(span - first),
        small_numbers(seats, "seat"),
        whole_numbers(seats, "weight"),
        whole_numbers(seats, "whole"),
    )
    known = Lines(
        small_numbers(lines, "customer"),
        small_numbers(lines, "kind"),
        whole_numbers(lines, "amount"),
        small_numbers(lines, "span"),
    )
    shares = _number_of_shares(known, members)
    if shares < 0:
        raise ArithmeticOverflowError(detail="amount * weight")
    line, numbers, amounts = _shared_out(shares, known, members)
    columns = {name: _taken(lines.column(name), line) for name in ("line_id", "given_unit_id")}
    columns |= dict(zip(("customer", "kind", "seat", "share"), map(pa.array, numbers), strict=True))
    return pa.table(columns | dict(zip(("line_amount", "amount"), map(pa.array, amounts), strict=True)))


def _taken(texts: pa.ChunkedArray, rows: Small) -> pa.Array | pa.ChunkedArray:
    return pa.nulls(len(rows), texts.type) if texts.null_count == len(texts) else texts.take(pa.array(rows))


@njit(cache=True)
def _team_of(customer: Small, day: Small, spans: Spans) -> tuple[Small, Small]:
    """Seat and span of each line, [n_lines] each."""
    seat, span = np.zeros(len(customer), np.int32), np.zeros(len(customer), np.int32)
    for line in range(len(customer)):
        place = customer[line] - spans.first
        if 0 <= place < len(spans.starts) - 1:
            for one in range(spans.starts[place], spans.starts[place + 1]):
                if spans.valid_from[one] <= day[line] < spans.valid_to[one]:
                    seat[line], span[line] = spans.seat[one], spans.span[one]
                    break
    return seat, span


@njit(cache=True)
def _number_of_shares(lines: Lines, members: Members) -> int:
    """How many shares there are; -1 where an amount times a weight does not fit."""
    shares = 0
    for line in range(len(lines.span)):
        if lines.span[line] > 0:
            heaviest = 1
            place = lines.span[line] - members.first
            for member in range(members.starts[place], members.starts[place + 1]):
                heaviest = max(heaviest, members.weight[member])
                shares += 1
            if lines.amount[line] < -_WIDEST or abs(lines.amount[line]) > _WIDEST // heaviest:
                return -1
    return shares


@njit(cache=True)
def _shared_out(shares: int, lines: Lines, members: Members) -> tuple[Small, Small, Whole]:
    """Line of each share [n_shares]; customer, kind, seat and share in millionths [4, n_shares]; amounts [2, n_shares].

    Largest remainder on the absolute amount: whole parts first, the cents left to the largest remainders, ties to the
    earlier member; then the sign returns.
    """
    of_line, numbers = np.empty(shares, np.int32), np.empty((4, shares), np.int32)
    amounts = np.empty((2, shares), np.int64)
    rest = np.empty(64, np.int64)
    at = 0
    for line in range(len(lines.span)):
        span, amount = lines.span[line], lines.amount[line]
        if span == 0:
            continue
        first = members.starts[span - members.first]
        size = members.starts[span - members.first + 1] - first
        if size > len(rest):
            rest = np.empty(2 * size, np.int64)
        left = abs(amount)
        sign = -1 if amount < 0 else 1
        for one in range(size):
            weight, whole = members.weight[first + one], members.whole[first + one]
            part, rest[one] = divmod(abs(amount) * weight, whole)
            left -= part
            of_line[at + one] = line
            numbers[0, at + one], numbers[1, at + one] = lines.customer[line], lines.kind[line]
            numbers[2, at + one], numbers[3, at + one] = members.seat[first + one], weight * 1000000 // whole
            amounts[0, at + one], amounts[1, at + one] = amount, sign * part
        for _ in range(left):
            largest = 0
            for one in range(1, size):
                if rest[one] > rest[largest]:
                    largest = one
            amounts[1, at + largest] += sign
            rest[largest] = -1
        at += size
    return of_line, numbers, amounts
