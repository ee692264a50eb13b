"""Customers, RMs and rules of one run as columns, ready to be paired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from kejing.measure.period import add_months
from kejing.measure.rounding import round_fraction
from kejing.policy.pack import Pack
from kejing.stages.context import StageContext
from kejing.stages.deploy.assign.instance import Ints
from kejing.stages.deploy.assign.settings import AssignSettings
from kejing.stages.rule_file import day_literal, run_rules

type Flags = NDArray[np.bool_]
type Vectors = NDArray[np.float64]

BOOK_POINTS = 10_000
"""Value points of an average book: value rows count in ten-thousandths of it."""

SPAN_POINTS = 10_000
"""Count points of one full-time RM."""

_ONE = 1_000_000
_PACKAGE = "kejing.stages.deploy.assign"


@dataclass(frozen=True, slots=True)
class Customers:
    """Customers in order of id.

    ``today`` is the RM of today by number, `GONE` where that RM is not on the roll, `NOBODY` where there
    is none. ``minutes`` and ``span_points`` are what a customer takes of an RM, ``value`` minor units,
    ``points`` ten-thousandths of an average book. ``place`` are points on the unit sphere, NaN unknown.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    groups: tuple[str | None, ...]
    skills: tuple[str | None, ...]
    tiers: tuple[str, ...]
    is_served: Flags
    today: Ints
    today_ids: tuple[str | None, ...]
    leads: Ints
    minutes: Ints
    visits: Ints
    span_points: Ints
    value: Ints
    has_value: Flags
    points: Ints
    place: Vectors


NOBODY, GONE = -1, -2


@dataclass(frozen=True, slots=True)
class Roll:
    """RMs in order of id. ``fte`` in millionths; ``tier`` is set for made-up RMs only; ``is_remote`` never travel."""

    ids: tuple[str, ...]
    lines: tuple[str, ...]
    grades: tuple[str, ...]
    units: tuple[str, ...]
    tiers: tuple[str, ...]
    skills: tuple[frozenset[str], ...]
    fte: Ints
    place: Vectors
    is_remote: Flags


@dataclass(frozen=True, slots=True)
class Weights:
    """Parameters of the policy on the day of the run; points unless said otherwise.

    ``repair_cost`` is what a move costs beside ``switch_cost`` where books are mended, 0 where they are made anew;
    ``load_cost`` is per hour outside ``load_band``, both 0 where loads are not levelled.
    """

    km_cost: Fraction
    unknown_metres: int
    travel_kmh: Fraction
    switch_cost: int
    repair_cost: int
    switch_cost_book: Fraction
    capacity_minutes: Fraction
    count_factor: Fraction
    max_moved_customers: Fraction
    max_moved_value: Fraction
    value_band: Fraction
    band_cost: Fraction
    load_band: Fraction
    load_cost: Fraction
    fair_floor: Fraction


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the pairs are made of.

    ``pins`` and ``bans`` are (customer, RM) by number; ``hours`` hours a year by tier in millionths.
    """

    customers: Customers
    roll: Roll
    weights: Weights
    pins: tuple[tuple[int, int], ...]
    bans: tuple[tuple[int, int], ...]
    unknown_pins: tuple[tuple[str, str], ...]
    hours: Mapping[str, int]


def read_book(context: StageContext, settings: AssignSettings) -> Book:
    """Read customers, RMs, pins and weights of the run."""
    _run_rules(context, settings)
    standard = {
        str(row["tier"]): row for row in context.engine.fetch("SELECT * FROM staff_standard ORDER BY tier").to_pylist()
    }
    selling = int(str(context.engine.value("SELECT selling_hours FROM staff_time")))
    weights = _weights(context.policy, context.as_of, selling, settings)
    roll = _roll(context, settings.remote_lines)
    number = {rm: index for index, rm in enumerate(roll.ids)}
    customers = _customers(context, standard, number)
    at = {customer: index for index, customer in enumerate(customers.ids)}
    rows = context.engine.fetch(
        "SELECT customer_id, rm_id, rule FROM assign_pin ORDER BY customer_id, rm_id"
    ).to_pylist()
    known = [row for row in rows if row["rm_id"] in number]
    return Book(
        customers=customers,
        roll=roll,
        weights=weights,
        pins=tuple((at[row["customer_id"]], number[row["rm_id"]]) for row in known if row["rule"] == "pin"),
        bans=tuple((at[row["customer_id"]], number[row["rm_id"]]) for row in known if row["rule"] == "forbid"),
        unknown_pins=tuple(
            (row["customer_id"], row["rm_id"]) for row in rows if row["rm_id"] not in number and row["rule"] == "pin"
        ),
        hours={tier: int(row["hours"]) for tier, row in standard.items()},
    )


def _run_rules(context: StageContext, settings: AssignSettings) -> None:
    values = {
        "AS_OF": day_literal(context.as_of),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "VALUE_START": day_literal(add_months(context.as_of, -settings.value.months)),
        "VALUE_SOURCE": settings.value.source,
        "MEASURE": f"'{settings.value.measure}'",
        "SCHEME": f"'{settings.scheme}'",
        "CURRENCY": f"'{context.policy.currency}'",
        "MINOR": str(context.minor),
        "LINES": ", ".join(f"'{line}'" for line in settings.lines),
    }
    run_rules(context.engine, _PACKAGE, "inputs.sql", values)
    run_rules(context.engine, _PACKAGE, "roster.sql" if "roster" in context.engine.relations() else "roll.sql", values)


def _customers(
    context: StageContext, standard: Mapping[str, Mapping[str, object]], number: Mapping[str, int]
) -> Customers:
    table = context.engine.fetch("SELECT * FROM assign_customer ORDER BY customer_id")
    rows = table.to_pylist()
    tiers = tuple(str(row["tier"]) for row in rows)
    nothing: Mapping[str, object] = {"hours": 0, "visits": 0, "is_served": False, "span": None}
    rules = [standard.get(tier, nothing) for tier in tiers]
    value = [int(row["value"]) for row in rows]
    known = np.array([bool(row["has_value"]) for row in rows], dtype=bool)
    return Customers(
        ids=tuple(row["customer_id"] for row in rows),
        names=tuple(row["name"] for row in rows),
        units=tuple(row["unit_id"] for row in rows),
        groups=tuple(row["group_id"] for row in rows),
        skills=tuple(row["required_skill"] for row in rows),
        tiers=tiers,
        is_served=np.array([bool(rule["is_served"]) for rule in rules], dtype=bool),
        today=_ints(NOBODY if row["today_rm_id"] is None else number.get(row["today_rm_id"], GONE) for row in rows),
        today_ids=tuple(row["today_rm_id"] for row in rows),
        leads=_ints(row["leads"] for row in rows),
        minutes=_minutes(context, [str(row["customer_id"]) for row in rows], rules),
        visits=_ints(int(str(rule["visits"])) for rule in rules),
        span_points=_ints(_span_points(rule["span"]) for rule in rules),
        value=_ints(value),
        has_value=known,
        points=value_points(value, rms=max(1, len(number))),
        place=_sphere([row["lat"] for row in rows], [row["lon"] for row in rows]),
    )


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _minutes(context: StageContext, ids: Iterable[str], rules: Iterable[Mapping[str, object]]) -> Ints:
    """Minutes a year each customer takes, more where the tier loses customers (E4-92), rounded up [customers]."""
    hours = [int(str(rule["hours"])) for rule in rules]
    factors: dict[str, int] = {}
    if "staff_hours_factor" in context.engine.relations():
        rows = context.engine.fetch("SELECT customer_id, factor FROM staff_hours_factor ORDER BY customer_id")
        factors = dict(zip(rows["customer_id"].to_pylist(), rows["factor"].to_pylist(), strict=True))
    return _ints(
        ceil(Fraction(one * 60 * factors.get(customer, _ONE), _ONE * _ONE))
        for customer, one in zip(ids, hours, strict=True)
    )


def _span_points(span: object) -> int:
    return 0 if span is None else ceil(Fraction(SPAN_POINTS * 1_000_000, int(str(span))))


def value_points(value: list[int], *, rms: int) -> Ints:
    """Values [minor units] in ten-thousandths of an average book, each rounded half up.

    Examples
    --------
    >>> value_points([300, 100], rms=2)
    array([15000,  5000])
    """
    total = sum(value)
    if total == 0:
        return np.zeros(len(value), dtype=np.int64)
    return _ints((2 * one * BOOK_POINTS * rms + total) // (2 * total) for one in value)


def _roll(context: StageContext, remote: Iterable[str]) -> Roll:
    rows = context.engine.fetch("SELECT * FROM assign_rm ORDER BY rm_id").to_pylist()
    return Roll(
        ids=tuple(row["rm_id"] for row in rows),
        lines=tuple(row["line"] for row in rows),
        grades=tuple(row["grade"] for row in rows),
        units=tuple(row["unit_id"] for row in rows),
        tiers=tuple(row["tier"] for row in rows),
        skills=tuple(frozenset(split_skills(row["skills"])) for row in rows),
        fte=_ints(row["fte"] for row in rows),
        place=_sphere([_degrees(row, "lat") for row in rows], [_degrees(row, "lon") for row in rows]),
        is_remote=np.array([row["line"] in set(remote) for row in rows], dtype=bool),
    )


def _degrees(row: Mapping[str, object], name: str) -> float | None:
    """A made-up place in millionths of a degree, else the place of the RM or the unit."""
    micro, plain = row[f"micro_{name}"], row[name]
    if micro is not None:
        return int(str(micro)) / 1_000_000
    return None if plain is None else float(str(plain))


def split_skills(text: str | None) -> list[str]:
    """Skills as people list them.

    Examples
    --------
    >>> split_skills("trade; 跨境、FX")
    ['trade', '跨境', 'FX']
    """
    for mark in ("；", "、", "，", ",", "|", "/"):
        text = (text or "").replace(mark, ";")
    return [skill.strip() for skill in (text or "").split(";") if skill.strip()]


def _sphere(lat: list[float | None], lon: list[float | None]) -> Vectors:
    """Points on the unit sphere [n, 3]; NaN where a coordinate is missing."""
    north = np.radians(np.array([np.nan if one is None else one for one in lat], dtype=np.float64))
    east = np.radians(np.array([np.nan if one is None else one for one in lon], dtype=np.float64))
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)


def _weights(policy: Pack, day: dt.date, selling_hours: int, settings: AssignSettings) -> Weights:
    def of(name: str) -> Fraction:
        value = policy.parameter(name, day)
        assert isinstance(value, Fraction), f"Expected a number in {name}."
        return value

    return Weights(
        km_cost=of("assign_km_cost"),
        unknown_metres=round_fraction(of("assign_unknown_km") * 1000, 0),
        travel_kmh=of("assign_travel_kmh"),
        switch_cost=round_fraction(of("assign_switch_cost"), 0),
        repair_cost=round_fraction(of("assign_repair_cost"), 0) if settings.mode == "repair" else 0,
        switch_cost_book=of("assign_switch_cost_book"),
        capacity_minutes=Fraction(selling_hours * 60, 1_000_000) * of("assign_capacity_factor"),
        count_factor=of("assign_count_factor"),
        max_moved_customers=of("assign_max_moved_customers"),
        max_moved_value=of("assign_max_moved_value"),
        value_band=of("assign_value_band"),
        band_cost=of("assign_band_cost"),
        load_band=of("assign_load_band") if settings.load_band else Fraction(0),
        load_cost=of("assign_load_cost") if settings.load_band else Fraction(0),
        fair_floor=of("assign_fair_floor"),
    )
