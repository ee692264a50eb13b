"""Teams through time: spans in which nothing changes, and who sits in each with which weight.

A customer's coverage is cut on every day on which a share begins or ends or one of its RMs takes up, changes or leaves
a post. Between two such days the team is the same. That is one pass over the shares of each customer, on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from kejing.stages.rule_file import stretches, text_literal
from kejing.stages.runs_of import Small, Whole, small_numbers, starts_of, whole_numbers
from kejing.warehouse.protocol import Engine

_SHARES = "SELECT customer, rm, position, weight, valid_from, valid_to FROM share_row"
_POSTS = (
    "SELECT rm, position, valid_from, valid_to, seat, post FROM post_seat ORDER BY rm, position, valid_from, valid_to"
)
_SPAN = ("customer", "valid_from", "valid_to", "span", "seat", "weight")
_MEMBER = ("span", "seat", "seq", "weight", "whole", "members")
_AT_ONCE = 1 << 19
"""Customers whose teams are cut at once, so that their arrays stay small beside those of the lines."""


class Shares(NamedTuple):
    """Rows of ``share_row`` in the order of customers; all columns have one length."""

    customer: Whole
    rm: Whole
    position: Whole
    weight: Whole
    valid_from: Small
    valid_to: Small


class Posts(NamedTuple):
    """Rows of ``post_seat``; those of RM ``r`` at place ``p`` are ``starts[r * places + p]`` up to the next start."""

    starts: Whole
    places: int
    valid_from: Small
    valid_to: Small
    seat: Whole
    post: Whole


def cut_teams(engine: Engine) -> None:
    """Create ``team_span`` and ``team_seat`` of ``share_row`` and ``post_seat``.

    ``team_span`` has a row for each span of a customer. Where one member has all, the span is 0 and names the seat;
    where several share, its number leads to ``team_seat``, with one row a member.
    """
    posts = _posts(engine.fetch(_POSTS))
    edges = engine.fetch(
        f"SELECT customer_id FROM customer_number WHERE customer % {_AT_ONCE} = 0 ORDER BY customer_id"
    )
    parts = stretches("customer_id", [text_literal(one) for one in edges.column(0).to_pylist()])
    shared = 0
    for part, stretch in enumerate(parts):
        engine.transform(
            (f"team_span_{part}", f"team_seat_{part}"), f"{_SHARES} WHERE {stretch}", partial(_cut, posts, shared)
        )
        shared = int(str(engine.value(f"SELECT COALESCE(MAX(span), {shared}) FROM team_seat_{part}")))
    for name in ("team_span", "team_seat"):
        engine.create_view(name, " UNION ALL ".join(f"SELECT * FROM {name}_{part}" for part in range(len(parts))))


def _posts(rows: pa.Table) -> Posts:
    rm, position = whole_numbers(rows, "rm"), whole_numbers(rows, "position")
    places = int(position.max(initial=0)) + 1
    return Posts(
        starts_of(rm * places + position),
        places,
        small_numbers(rows, "valid_from"),
        small_numbers(rows, "valid_to"),
        whole_numbers(rows, "seat"),
        whole_numbers(rows, "post"),
    )


def _cut(posts: Posts, shared: int, rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows of ``team_span`` and ``team_seat`` of whole customers; spans are numbered from ``shared`` + 1."""
    order = np.argsort(whole_numbers(rows, "customer"), kind="stable")
    numbers = (whole_numbers(rows, name)[order] for name in ("customer", "rm", "position", "weight"))
    customer, rm, position, weight = numbers
    first, last = (small_numbers(rows, name)[order] for name in ("valid_from", "valid_to"))
    shares = Shares(customer, rm, position, weight, first, last)
    spans, members = _sweep(shares, posts, shared)
    span = dict(zip(_SPAN, map(pa.array, spans), strict=True))
    span |= {name: span[name].cast(pa.int32()).cast(pa.date32()) for name in ("valid_from", "valid_to")}
    return pa.table(span), pa.table(dict(zip(_MEMBER, map(pa.array, members), strict=True)))


@njit(cache=True)
def _sweep(shares: Shares, posts: Posts, shared: int) -> tuple[Whole, Whole]:
    """Columns of the spans [6, n_spans] and of the members of shared ones [6, n_members]."""
    customer = shares.customer
    spans, members = np.empty((6, len(customer)), np.int64), np.empty((6, len(customer)), np.int64)
    many_spans = many_members = at = 0
    cuts = np.empty(64, np.int32)
    team = np.empty((3, 16), np.int64)
    while at < len(customer):
        end = at + 1
        while end < len(customer) and customer[end] == customer[at]:
            end += 1
        if end - at > team.shape[1]:
            team = np.empty((3, 2 * (end - at)), np.int64)
        cuts, many = _days_of_change(cuts, shares, posts, at, end)
        spans = _with_room(spans, many_spans, many)
        for place in range(many - 1):
            day, until = cuts[place], cuts[place + 1]
            size = _meet(team, shares, posts, range(at, end), (day, until))
            if size == 0:
                continue
            whole, seat = 0, team[1, 0]
            for one in range(size):
                whole += team[2, one]
                seat = min(seat, team[1, one])
            if size > 1:
                shared += 1
                members = _with_room(members, many_members, size)
                for one in range(size):
                    _put(members, many_members, (shared, team[1, one], one + 1, team[2, one], whole, size))
                    many_members += 1
            number = shared if size > 1 else 0
            _put(spans, many_spans, (customer[at], np.int64(day), np.int64(until), number, seat, whole))
            many_spans += 1
        at = end
    return spans[:, :many_spans], members[:, :many_members]


@njit(cache=True)
def _meet(team: Whole, shares: Shares, posts: Posts, rows: range, between: tuple[int, int]) -> int:
    """Fill ``team`` [post, seat, weight] with who shares a customer between two days; how many they are."""
    day, until = between
    size = 0
    for row in rows:
        if shares.valid_from[row] <= day and shares.valid_to[row] >= until:
            post, seat = _post_of(shares, posts, row, day, until)
            size = _seated(team, size, post, seat, shares.weight[row])
    return size


@njit(cache=True)
def _with_room(rows: Whole, many: int, more: int) -> Whole:
    """``rows`` [n_columns, n], or a longer copy where ``more`` do not fit after ``many``."""
    if many + more <= rows.shape[1]:
        return rows
    longer = np.empty((rows.shape[0], 2 * (many + more)), rows.dtype)
    for column in range(rows.shape[0]):
        for row in range(many):
            longer[column, row] = rows[column, row]
    return longer


@njit(cache=True)
def _put(rows: Whole, place: int, row: Sequence[int | np.integer]) -> None:
    for column in range(len(row)):
        rows[column, place] = row[column]


@njit(cache=True)
def _days_of_change(cuts: Small, shares: Shares, posts: Posts, at: int, end: int) -> tuple[Small, int]:
    """Small on which a share of a customer begins or ends, or a post inside one: sorted in ``cuts``, and how many."""
    many = 0
    for row in range(at, end):
        first, last = shares.valid_from[row], shares.valid_to[row]
        held = _posts_of(shares, posts, row)
        if many + 2 + 2 * len(held) > len(cuts):
            wider = np.empty(2 * (many + 2 + 2 * len(held)), np.int32)
            for place in range(many):
                wider[place] = cuts[place]
            cuts = wider
        many = _with_day(cuts, many, first)
        many = _with_day(cuts, many, last)
        for one in held:
            if first < posts.valid_from[one] < last:
                many = _with_day(cuts, many, posts.valid_from[one])
            if first < posts.valid_to[one] < last:
                many = _with_day(cuts, many, posts.valid_to[one])
    return cuts, many


@njit(cache=True)
def _with_day(cuts: Small, many: int, day: int) -> int:
    """Put ``day`` among the first ``many`` days, once."""
    place = many
    while place > 0 and cuts[place - 1] > day:
        place -= 1
    if place > 0 and cuts[place - 1] == day:
        return many
    for later in range(many, place, -1):
        cuts[later] = cuts[later - 1]
    cuts[place] = day
    return many + 1


@njit(cache=True)
def _posts_of(shares: Shares, posts: Posts, row: int) -> range:
    """Rows of the posts that the RM of a share ever has."""
    key = shares.rm[row] * posts.places + shares.position[row]
    if key + 1 < len(posts.starts):
        return range(posts.starts[key], posts.starts[key + 1])
    return range(0)


@njit(cache=True)
def _post_of(shares: Shares, posts: Posts, row: int, day: int, until: int) -> tuple[int, int]:
    """Post and seat of a share's RM throughout.

    An RM who is not in post keeps the weight on the house account: nobody else inherits it silently.
    """
    for held in _posts_of(shares, posts, row):
        if posts.valid_from[held] <= day and posts.valid_to[held] >= until:
            return posts.post[held], posts.seat[held]
    return 0, shares.position[row]


@njit(cache=True)
def _seated(team: Whole, size: int, post: int, seat: int, weight: int) -> int:
    """Put a share among the first ``size`` members [post, seat, weight] in the order of posts.

    An RM's second role adds its weight to the first.
    """
    place = size
    while place > 0 and team[0, place - 1] > post:
        place -= 1
    if place > 0 and team[0, place - 1] == post:
        team[1, place - 1] = min(team[1, place - 1], seat)
        team[2, place - 1] += weight
        return size
    for later in range(size, place, -1):
        for row in range(3):
            team[row, later] = team[row, later - 1]
    team[0, place], team[1, place], team[2, place] = post, seat, weight
    return size + 1
