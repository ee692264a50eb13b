"""Whom to visit and call, on which day, is it done, and who is left out and why?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, GridColumn, Section
from kejing.report.charts import heat
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech

_LATEST = "quarter = (SELECT MAX(quarter) FROM visit_summary)"

_TOTALS = """
SELECT quarter, channel, SUM(standard) AS standard, SUM(done) AS done, SUM(booked) AS booked,
  SUM(planned) AS planned, SUM(left_out) AS left_out, SUM(no_time) AS no_time, SUM(breaches) AS breaches,
  SUM(ahead) AS ahead, SUM(required_hours) AS required, SUM(available_hours) AS available,
  SUM(CASE WHEN load > 1 THEN 1 ELSE 0 END) AS over_rms, COUNT(*) AS rms
FROM visit_summary GROUP BY quarter, channel ORDER BY quarter, channel DESC
"""

_DAYS = f"""
SELECT COALESCE(done_on, planned_on) AS day, COUNT(*) AS contacts
FROM visit WHERE {_LATEST} AND status <> 'left_out' GROUP BY COALESCE(done_on, planned_on) ORDER BY day
"""

_MET = f"""
SELECT s.unit_id, v.tier, COUNT(*) AS standard, SUM(CASE WHEN v.status <> 'left_out' THEN 1 ELSE 0 END) AS met
FROM visit AS v
JOIN (SELECT DISTINCT rm_id, unit_id FROM visit_summary) AS s ON s.rm_id = v.rm_id
WHERE v.{_LATEST}
GROUP BY s.unit_id, v.tier ORDER BY s.unit_id, v.tier
"""

_RMS = f"""
SELECT * FROM visit_summary WHERE {_LATEST} AND channel = ''
ORDER BY no_time DESC, load DESC, unit_id, rm_id LIMIT {TABLE_ROWS}
"""

_LEFT = f"""
SELECT tier, channel, reason, COUNT(*) AS contacts, COUNT(DISTINCT customer_id) AS customers,
  COUNT(DISTINCT rm_id) AS rms
FROM visit WHERE {_LATEST} AND status = 'left_out' GROUP BY tier, channel, reason
ORDER BY contacts DESC, tier, channel, reason
"""

_LEVERS = f"""
SELECT * FROM visit_lever WHERE {_LATEST}
ORDER BY short_hours DESC, unit_id, CASE WHEN lever = 'one_more_rm' THEN 0 ELSE 1 END, hours DESC LIMIT {TABLE_ROWS}
"""


def build(run: Run, speech: Speech) -> Section:
    """Pace by channel, the calendar of the quarter, where the standard is met, who is left out and what would help."""
    title, question = speech.text("section.visits"), speech.text("visits.question")
    if not run.has("visit"):
        return Section("visits", title, question, empty=speech.say("visits.empty"))
    totals = run.fetch(_TOTALS)
    if not totals:
        return Section("visits", title, question, empty=speech.say("visits.nothing"))
    latest = str(totals[-1]["quarter"])
    charts = [_calendar(run, speech, latest)]
    met = run.fetch(_MET)
    if met:
        charts.append(_met(speech, met))
    return Section(
        "visits",
        title,
        question,
        answer=[*(_pace(speech, row) for row in totals if row["channel"]), *_time(speech, totals, latest)],
        charts=charts,
        grids=[_rms(run, speech), _left(run, speech), _levers(run, speech)],
        notes=[speech.say("visits.note_own"), speech.say("visits.note_order")],
    )


def _pace(speech: Speech, row: Row) -> Markup:
    numbers = speech.numbers
    ahead = whole(row["ahead"])
    pace = speech.say(
        "visits.ahead" if ahead > 0 else "visits.behind" if ahead < 0 else "visits.even",
        count=numbers.count(abs(ahead)),
    )
    counts = {name: numbers.count(whole(row[name])) for name in ("standard", "done", "booked", "planned", "left_out")}
    channel = speech.of_code(row["channel"], "channel")
    return speech.say("visits.answer", quarter=row["quarter"], channel=channel, pace=pace, **counts)


def _time(speech: Speech, totals: Sequence[Row], quarter: str) -> list[Markup]:
    """Hours asked for against hours there are; RMs who have too few."""
    numbers = speech.numbers
    return [
        speech.say(
            "visits.time",
            required=numbers.brief(decimal(row["required"]), 1),
            available=numbers.brief(decimal(row["available"]), 1),
            load=numbers.percent(Fraction(decimal(row["required"])) / Fraction(decimal(row["available"]))),
            over=numbers.count(whole(row["over_rms"])),
            rms=numbers.count(whole(row["rms"])),
            no_time=numbers.count(whole(row["no_time"])),
            breaches=numbers.count(whole(row["breaches"])),
        )
        for row in totals
        if row["quarter"] == quarter and not row["channel"] and some(row["available"])
    ]


def _calendar(run: Run, speech: Speech, quarter: str) -> Chart:
    """Contacts of every day: weeks from left to right, days of the week from top to bottom."""
    contacts: dict[dt.date, int] = {}
    for row in run.fetch(_DAYS):
        assert isinstance(row["day"], dt.date)
        contacts[row["day"]] = whole(row["contacts"])
    mondays = [day - dt.timedelta(days=day.weekday()) for day in contacts]
    count = (max(mondays) - min(mondays)).days // 7 + 1 if mondays else 0
    weeks = [min(mondays) + dt.timedelta(weeks=week) for week in range(count)]  # a week off is shown empty
    shown = sorted({day.weekday() for day in contacts})
    values = [[contacts.get(week + dt.timedelta(days=weekday)) for week in weeks] for weekday in shown]
    title = speech.text("visits.calendar", quarter=quarter)
    spec = heat(
        [speech.text(f"visits.weekday_{weekday + 1}") for weekday in shown],
        [f"{week.month}-{week.day:02d}" for week in weeks],
        values,
        unit="count",
    )
    columns = [speech.heading("visits.day", CellKind.DATE), speech.heading("visits.contacts", CellKind.COUNT)]
    cells: list[tuple[Cell, ...]] = [(day, count) for day, count in sorted(contacts.items())]
    grid = Grid(title, columns, cells, source="visit")
    return Chart("visits-calendar", title, spec, grid, height=90 + 34 * len(shown))


def _met(speech: Speech, rows: Sequence[Row]) -> Chart:
    """Share of the standard that is done, booked or planned, by unit and tier; the worst units first."""
    found = {(str(row["unit_id"]), str(row["tier"])): (whole(row["met"]), whole(row["standard"])) for row in rows}
    tiers = sorted({tier for _, tier in found}, key=lambda tier: speech.codes.rank(tier, "tier"))
    units = sorted({unit for unit, _ in found}, key=lambda unit: (_share_of(found, unit), unit))[:CHART_BARS]
    values = [[_share(found.get((unit, tier))) for tier in tiers] for unit in units]
    title = speech.text("visits.met")
    labels = [speech.of_code(tier, "tier") for tier in tiers]
    spec = heat([speech.unit(unit) for unit in units], labels, values, unit="percent")
    columns = [speech.column("visit_summary", "unit_id"), *(GridColumn(label, CellKind.PERCENT) for label in labels)]
    cells: list[tuple[Cell, ...]] = [(speech.unit(unit), *shares) for unit, shares in zip(units, values, strict=True)]
    all_units = len({unit for unit, _ in found})
    grid = Grid(title, columns, cells, total_rows=all_units, source="visit")
    return Chart("visits-met", title, spec, grid, height=90 + 30 * len(units))


def _share(part: tuple[int, int] | None) -> Decimal | None:
    return None if part is None else (Decimal(part[0]) / Decimal(part[1])).quantize(Decimal("0.0001"))


def _share_of(found: dict[tuple[str, str], tuple[int, int]], unit: str) -> Fraction:
    own = [part for (other, _), part in found.items() if other == unit]
    return Fraction(sum(met for met, _ in own), sum(standard for _, standard in own))


def _rms(run: Run, speech: Speech) -> Grid:
    counts = ("standard", "done", "done_by_all", "booked", "planned", "left_out", "remaining", "ahead")
    columns = [
        speech.column("visit_summary", "rm_id"),
        speech.column("visit_summary", "unit_id"),
        *(speech.column("visit_summary", name) for name in counts),
        speech.column("visit_summary", "need_per_day", kind=CellKind.SHORT),
        speech.column("visit_summary", "load"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            speech.rm_and_id(row["rm_id"]),
            speech.unit(row["unit_id"]),
            *(whole(row[name]) for name in counts),
            some(row["need_per_day"]),
            some(row["load"]),
        )
        for row in run.fetch(_RMS)
    ]
    total = whole(run.value_of(f"SELECT COUNT(*) FROM visit_summary WHERE {_LATEST} AND channel = ''"))
    return speech.first_rows(speech.text("visits.rms"), columns, cells, of=total, source="visit_summary")


def _left(run: Run, speech: Speech) -> Grid:
    columns = [
        *(speech.column("visit", name) for name in ("tier", "channel", "reason")),
        *(speech.heading(f"visits.{name}", CellKind.COUNT) for name in ("contacts", "customers", "rm_count")),
    ]
    rows = run.fetch(_LEFT)
    cells: list[tuple[Cell, ...]] = [
        (
            speech.of_code(row["tier"], "tier"), speech.of_code(row["channel"], "channel"),
            speech.of_code(row["reason"], "reason"),
            whole(row["contacts"]), whole(row["customers"]), whole(row["rms"]),
        )
        for row in rows
    ]  # fmt: skip
    return speech.first_rows(speech.text("visits.left"), columns, cells, of=len(rows), source="visit")


def _levers(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.column("visit_lever", "unit_id"),
        speech.column("visit_lever", "short_contacts"),
        speech.column("visit_lever", "short_hours", kind=CellKind.SHORT),
        speech.column("visit_lever", "lever"),
        speech.column("visit_lever", "hours", kind=CellKind.SHORT),
        speech.column("visit_lever", "heads"),
        speech.column("visit_lever", "cost"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            speech.unit(row["unit_id"]),
            whole(row["short_contacts"]),
            decimal(row["short_hours"]),
            _lever(speech, row),
            decimal(row["hours"]),
            None if row["heads"] is None else whole(row["heads"]),
            some(row["cost"]),
        )
        for row in run.fetch(_LEVERS)
    ]
    total = whole(run.value_of(f"SELECT COUNT(*) FROM visit_lever WHERE {_LATEST}"))
    return speech.first_rows(speech.text("visits.levers"), columns, cells, of=total, source="visit_lever")


def _lever(speech: Speech, row: Row) -> str:
    if row["lever"] == "one_more_rm":
        return speech.text("visits.one_more_rm")
    tier, channel = speech.of_code(row["tier"], "tier"), speech.of_code(row["channel"], "channel")
    return speech.text("visits.one_contact_less", tier=tier, channel=channel)
