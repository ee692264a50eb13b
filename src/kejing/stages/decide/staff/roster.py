"""A made-up roster: as many RMs as a method asks for, placed where their customers are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.share import largest_remainder
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads
from kejing.stages.decide.staff.settings import RosterSettings
from kejing.stages.decide.staff.solve_places import Place, place_centres
from kejing.stages.decide.staff.standard import Standard

_ROSTER = pa.schema(
    [
        ("rm_id", pa.string()),
        ("line", pa.string()),
        ("tier", pa.string()),
        ("unit_id", pa.string()),
        ("lat", pa.int64()),
        ("lon", pa.int64()),
    ]
)

MICRODEGREES = 1_000_000


@dataclass(frozen=True, slots=True)
class Post:
    """One made-up RM before it has a number."""

    line: str
    tier: str
    unit_id: str
    place: Place | None


def simulate_roster(
    context: StageContext, settings: RosterSettings, standard: Standard, heads: Sequence[Heads]
) -> None:
    """Create relation ``roster`` and declare it as made up.

    Notes
    -----
    Heads of a site and tier are split over its units by largest remainder of required hours. Places
    are the centres of a capacitated clustering of the tier's customers by great-circle distance; the
    seed turns the order in which it starts. Each place gets the nearest unit that still has a post.
    """
    customers = _customers(context)
    posts: list[Post] = []
    for row in heads:
        if row.method == settings.method and row.tier != ALL_TIERS and row.needed:
            posts += _posts_of(row, customers[row.site, row.tier], standard, context.seed)
    posts.sort(key=lambda post: (post.tier, post.line, post.unit_id, post.place or Place(math.inf, math.inf)))
    numbers: dict[str, int] = defaultdict(int)
    rows = []
    for post in posts:
        numbers[post.tier] += 1
        rows.append(_row(post, f"{settings.prefix}{post.tier}_{numbers[post.tier]:03d}"))
    context.engine.attach_arrow("roster", pa.Table.from_pylist(rows, schema=_ROSTER))
    context.simulated(
        "roster",
        "客户经理名册",
        "roster of RMs",
        len(rows),
        f"staff/{settings.method}; prefix {settings.prefix}; seed {context.seed}",
    )


@dataclass(frozen=True, slots=True)
class _Seat:
    """A customer as the roster sees it."""

    unit_id: str
    place: Place | None


def _customers(context: StageContext) -> dict[tuple[str, str], list[_Seat]]:
    text = """
        SELECT s.site_id, s.tier, s.unit_id, c.lat, c.lon
        FROM staff_customer AS s JOIN customer_now AS c ON c.customer_id = s.customer_id
        ORDER BY s.customer_id
    """
    found: dict[tuple[str, str], list[_Seat]] = defaultdict(list)
    for row in context.engine.fetch(text).to_pylist():
        place = None if row["lat"] is None or row["lon"] is None else Place(row["lat"], row["lon"])
        found[row["site_id"], row["tier"]].append(_Seat(row["unit_id"], place))
    return found


def _posts_of(row: Heads, seats: Sequence[_Seat], standard: Standard, seed: int) -> list[Post]:
    """The posts of one site, line and tier, each in a unit and at a place."""
    hours = standard.hours.get(row.tier, (Fraction(0), ""))[0] or Fraction(1)
    load: dict[str, Fraction] = defaultdict(Fraction)
    for seat in seats:
        load[seat.unit_id] += hours
    quota = largest_remainder(row.needed, load)
    placed = [seat.place for seat in seats if seat.place is not None]
    centres = place_centres(placed, row.needed, seed=seed) if placed else []
    middles = {unit: _middle(seat.place for seat in seats if seat.unit_id == unit) for unit in quota if quota[unit]}
    return [Post(row.line, row.tier, unit, place) for unit, place in _seated(centres, quota, middles)]


def _seated(
    centres: Sequence[Place], quota: dict[str, int], middles: dict[str, Place | None]
) -> list[tuple[str, Place | None]]:
    """Units and places matched, nearest first, each unit as often as its quota says."""
    left = {unit: count for unit, count in quota.items() if count}
    wanted = sorted(
        (middle.distance(centre), unit, number)
        for unit, middle in middles.items()
        if middle is not None
        for number, centre in enumerate(centres)
    )
    taken: set[int] = set()
    seated: list[tuple[str, Place | None]] = []
    for _, unit, number in wanted:
        if left.get(unit, 0) and number not in taken:
            taken.add(number)
            left[unit] -= 1
            seated.append((unit, centres[number]))
    free = [centre for number, centre in enumerate(centres) if number not in taken]
    for unit, count in sorted(left.items()):
        seated += [(unit, free.pop(0) if free else middles.get(unit)) for _ in range(count)]
    return seated


def _middle(places: Iterable[Place | None]) -> Place | None:
    """Mean of the places that are known."""
    known = [place for place in places if place is not None]
    return Place.middle(known) if known else None


def _row(post: Post, rm_id: str) -> dict[str, object]:
    lat, lon = (
        (None, None)
        if post.place is None
        else (round(post.place.lat * MICRODEGREES), round(post.place.lon * MICRODEGREES))
    )
    return {"rm_id": rm_id, "line": post.line, "tier": post.tier, "unit_id": post.unit_id, "lat": lat, "lon": lon}
