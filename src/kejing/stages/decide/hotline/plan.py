"""The run of the stage: forecast, seats by interval, hours and heads by day and centre, error of the forecast."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.measure.workday import Standing
from kejing.policy.pack import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide.hotline.centre import Centre, Floats, Row, read_centre
from kejing.stages.decide.hotline.erlang import Counts, Service, Target, erlang_a, erlang_c, seats_needed
from kejing.stages.decide.hotline.forecast import BASELINES, ahead_of, days_after, errors, fit, forecast_by
from kejing.stages.decide.hotline.settings import HotlineSettings
from kejing.stages.decide.hotline.solve_queue import PlannedDay, seeded, simulate_day
from kejing.stages.decide.hotline.week import Days, KindOf, calendar_of, kinds_by, weekday
from kejing.stages.tables import OUT_TABLES, OutKind

WRITES = ("hotline", "hotline_day", "hotline_centre", "hotline_check")
"""Tables of the stage."""

_MICRO = 1_000_000
_P90 = 0.9
_CHECK_HORIZON = 7  # days: a roster is made a week ahead
_ARROW = {
    OutKind.TEXT: pa.string(),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.MICRO: pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the policy asks of the hotline: service, times where the facts have none, and people's time.

    ``shrinkage`` is the share of paid time not in a seat; ``year_hours`` are those of one person.
    """

    target: Target
    answer: float
    handle: float
    patience: float
    shrinkage: float
    year_hours: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Seats of a centre for the days ahead; arrays are ``[n_days, n_slots]``."""

    days: Days
    calls: Floats
    load: Floats
    seats: Counts
    seats_erlang_c: Counts
    seats_p90: Counts
    service: Service

    @property
    def open_days(self) -> list[int]:
        """Days on which anybody is expected to call."""
        return [int(day) for day in np.flatnonzero(self.calls.sum(axis=1))]


def run(context: StageContext) -> None:
    """Create relations ``hotline``, ``hotline_day``, ``hotline_centre`` and ``hotline_check``.

    Notes
    -----
    A centre with fewer days of calls than the policy asks for is left out, with a finding.
    """
    settings = HotlineSettings.model_validate(context.policy.section("hotline"))
    rules = read_rules(context.policy, context.as_of)
    found: dict[str, list[dict[str, object]]] = {name: [] for name in WRITES}
    calls = _calls(context)
    kind_of = _kinds(context, settings, calls)
    for unit_id, rows in calls.items():
        centre = read_centre(
            unit_id,
            rows,
            settings.interval_minutes,
            handle=rules.handle,
            prior_days=settings.forecast.prior_days,
            kind_of=kind_of,
        )
        days = 0 if centre is None else len(centre.history.days)
        if centre is None or days < settings.history_days:
            context.note("hotline.short_history", "hotline", unit=unit_id, days=days, needed=settings.history_days)
            continue
        ratio = _check(centre, settings, found["hotline_check"])
        plan = plan_seats(centre, settings, rules, context.as_of, ratio)
        found["hotline"] += _interval_rows(centre, plan, rules)
        found["hotline_day"] += _day_rows(centre, plan, rules, context.seed)
        found["hotline_centre"].append(_centre_row(context, centre, plan, rules, settings))
    if not found["hotline_centre"]:
        context.note("hotline.no_calls", "hotline", severity=Severity.INFO)
    for name, rows_of in found.items():
        context.engine.attach_arrow(name, _relation(name, rows_of))


def read_rules(policy: Pack, day: dt.date) -> Rules:
    """The parameters of the hotline in force on ``day``."""

    def of(name: str) -> float:
        value = policy.parameter(name, day)
        assert isinstance(value, Fraction), f"Expected a number in {name}."
        return float(value)

    return Rules(
        Target(
            in_time=of("hotline_service_level"),
            abandoned=of("hotline_abandonment"),
            occupancy=of("hotline_occupancy"),
        ),
        answer=of("hotline_answer_seconds"),
        handle=of("hotline_handle_seconds"),
        patience=of("hotline_patience_seconds"),
        shrinkage=of("hotline_shrinkage"),
        year_hours=of("staff_working_days") * of("staff_hours_per_day"),
    )


def plan_seats(centre: Centre, settings: HotlineSettings, rules: Rules, as_of: dt.date, ratio: float) -> Plan:
    """Calls and seats of the days after ``as_of``.

    ``ratio`` is the P90 of calls that came over calls that were forecast; seats for it stand beside those for the mean.
    """
    days = days_after(as_of, settings.days_ahead)
    calls = fit(centre.history, settings.forecast).calls(days)
    handle = np.broadcast_to(centre.handle, calls.shape)
    load = calls * handle / (centre.minutes * 60)
    patience = centre.patience or rules.patience

    def waits_or_leaves(load: Floats) -> Counts:
        return seats_needed(
            load,
            lambda seats: erlang_a(seats, load, answer=rules.answer, handle=handle, patience=patience),
            rules.target,
        )

    seats = waits_or_leaves(load)
    return Plan(
        days,
        calls,
        load,
        seats,
        seats_needed(load, lambda seats: erlang_c(seats, load, answer=rules.answer, handle=handle), rules.target),
        waits_or_leaves(load * ratio),
        erlang_a(seats, load, answer=rules.answer, handle=handle, patience=patience),
    )


def _kinds(context: StageContext, settings: HotlineSettings, calls: Mapping[str, Sequence[Row]]) -> KindOf:
    """Which day of the week each day of the past and of the plan behaves like."""
    starts = [row["starts_at"] for rows in calls.values() for row in rows]
    if settings.calendar is None or not starts:
        return weekday
    first = min(start.date() for start in starts if isinstance(start, dt.datetime))
    last = context.as_of + dt.timedelta(days=settings.days_ahead)
    calendar = calendar_of(settings.calendar, first, last)
    if calendar.standing(last.year) is Standing.PROVISIONAL:
        country = settings.calendar.country
        context.note("hotline.provisional_calendar", "hotline", severity=Severity.INFO, year=last.year, country=country)
    return kinds_by(calendar)


def _calls(context: StageContext) -> dict[str, list[Row]]:
    """Rows of ``calls`` before the end of the run's day, by centre."""
    end = dt.datetime.combine(context.as_of, dt.time.max)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in context.engine.fetch("SELECT * FROM calls ORDER BY unit_id, starts_at").to_pylist():
        if row["starts_at"] <= end:
            found[row["unit_id"]].append(row)
    return found


def _check(centre: Centre, settings: HotlineSettings, rows: list[dict[str, object]]) -> float:
    """How far each method was off in the later half of the past; returns the P90 of happened over forecast."""
    history = centre.history
    start = max(len(history.days) // 2, settings.history_days // 2)
    ratio = 1.0
    for name, method in {"forecast": forecast_by(settings.forecast), **BASELINES}.items():
        by_slot, by_day, ratios = errors(ahead_of(history, method, start=start, horizon=_CHECK_HORIZON))
        if name == "forecast":
            ratio = max(1.0, float(np.quantile(ratios, _P90)))
        rows.append(
            {
                "unit_id": centre.unit_id,
                "method": name,
                "days": len(history.days) - start,
                "calls": round(history.calls[start:].sum()),
                "interval_error": _micro(by_slot),
                "day_error": _micro(by_day),
            }
        )
    return ratio


def _interval_rows(centre: Centre, plan: Plan, rules: Rules) -> Iterator[dict[str, object]]:
    for day in plan.open_days:
        for slot in range(plan.calls.shape[1]):
            seats = int(plan.seats[day, slot])
            yield {
                "unit_id": centre.unit_id,
                "day": plan.days[day].item(),
                "starts": centre.starts(slot),
                "minutes": centre.minutes,
                "expected_calls": _micro(plan.calls[day, slot]),
                "handle_seconds": _micro(centre.handle[slot]),
                "load": _micro(plan.load[day, slot]),
                "seats": seats,
                "seats_erlang_c": int(plan.seats_erlang_c[day, slot]),
                "seats_p90": int(plan.seats_p90[day, slot]),
                "rostered_heads": int(np.ceil(seats / (1 - rules.shrinkage))),
                "in_time": _micro(plan.service.in_time[day, slot]),
                "abandoned": _micro(plan.service.abandoned[day, slot]),
                "occupancy": _micro(plan.service.occupancy[day, slot]),
            }


def _day_rows(centre: Centre, plan: Plan, rules: Rules, seed: int) -> Iterator[dict[str, object]]:
    chance = seeded(seed, centre.unit_id)
    for day in plan.open_days:
        calls, seats = plan.calls[day], plan.seats[day]
        met = simulate_day(
            PlannedDay(calls=calls, seats=seats, handle=centre.handle, interval=centre.minutes * 60),
            answer=rules.answer,
            patience=centre.patience or rules.patience,
            chance=chance,
        )
        seat_hours = seats.sum() * centre.minutes / 60
        yield {
            "unit_id": centre.unit_id,
            "day": plan.days[day].item(),
            "expected_calls": _micro(calls.sum()),
            "peak_seats": int(seats.max()),
            "peak_seats_p90": int(plan.seats_p90[day].max()),
            "seat_hours": _micro(seat_hours),
            "rostered_hours": _micro(seat_hours / (1 - rules.shrinkage)),
            "in_time": _micro(np.average(plan.service.in_time[day], weights=calls)),
            "abandoned": _micro(np.average(plan.service.abandoned[day], weights=calls)),
            "simulated_in_time": _micro(met.in_time / met.calls) if met.calls else None,
            "simulated_abandoned": _micro(met.abandoned / met.calls) if met.calls else None,
        }


def _centre_row(
    context: StageContext, centre: Centre, plan: Plan, rules: Rules, settings: HotlineSettings
) -> dict[str, object]:
    """People the seats of the days ahead take, beside those in post; a finding where they are too few."""
    paid = plan.seats.sum() * centre.minutes / 60 / (1 - rules.shrinkage)
    hours_each = rules.year_hours * len(plan.days) / 365.25
    needed = int(np.ceil(paid / hours_each))
    people = _people(context, centre.unit_id, settings.line)
    if needed * _MICRO > people:
        context.note(
            "hotline.shortage",
            "hotline",
            unit=centre.unit_id,
            needed=needed,
            available=f"{people / _MICRO:.1f}",
            hours=f"{paid:,.0f}",
            days=len(plan.days),
        )
    return {
        "unit_id": centre.unit_id,
        "line": settings.line,
        "days": len(plan.days),
        "expected_calls": _micro(plan.calls.sum()),
        "handle_seconds": _micro(np.average(np.broadcast_to(centre.handle, plan.calls.shape), weights=plan.calls)),
        "patience_seconds": _micro(centre.patience or rules.patience),
        "rostered_hours": _micro(paid),
        "required_heads": needed,
        "available_heads": people,
        "gap": needed * _MICRO - people,
    }


def _people(context: StageContext, unit_id: str, line: str) -> int:
    """Full-time equivalents of ``line`` in the centre and the units under it, in millionths."""
    text = """
        SELECT t.ancestor_id AS unit_id, r.line, SUM(r.fte) AS fte
        FROM rm_now AS r JOIN unit_tree AS t ON t.unit_id = r.unit_id
        GROUP BY t.ancestor_id, r.line
    """
    rows = context.engine.fetch(text).to_pylist()
    return sum(int(row["fte"]) for row in rows if (row["unit_id"], row["line"]) == (unit_id, line))


def _relation(name: str, rows: list[dict[str, object]]) -> pa.Table:
    columns = OUT_TABLES[name].columns
    return pa.Table.from_pylist(rows, schema=pa.schema([(column.name, _ARROW[column.kind]) for column in columns]))


def _micro(value: float) -> int:
    """A figure in millionths."""
    return round(float(value) * _MICRO)
