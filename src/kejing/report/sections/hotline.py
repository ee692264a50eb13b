"""How many seats does the hotline need in each interval, are there enough people, how good is the forecast?"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, whole
from kejing.report.speech import Speech

_CENTRES = "SELECT * FROM hotline_centre ORDER BY expected_calls DESC, unit_id"

# The day that asks for most people; of several the first.
_BUSIEST = """
SELECT h.* FROM hotline AS h
JOIN (
  SELECT unit_id, day, ROW_NUMBER() OVER (PARTITION BY unit_id ORDER BY expected_calls DESC, day) AS place
  FROM hotline_day
) AS d ON d.unit_id = h.unit_id AND d.day = h.day
WHERE d.place = 1
ORDER BY h.unit_id, h.starts
"""

_DAYS = f"SELECT * FROM hotline_day ORDER BY day, unit_id LIMIT {TABLE_ROWS}"
_CHECK = "SELECT * FROM hotline_check ORDER BY unit_id, interval_error, method"
_SEATS = ("seats", "seats_erlang_c", "seats_p90")
_LARGEST = 3
"""Centres, the largest first, that have a chart."""


def build(run: Run, speech: Speech) -> Section:
    """What each centre needs, its busiest day by interval, the days ahead, the forecast against simple ones."""
    title, question = speech.text("section.hotline"), speech.text("hotline.question")
    if not run.has("hotline_centre"):
        return Section("hotline", title, question, empty=speech.say("hotline.empty"))
    centres, check = run.fetch(_CENTRES), run.fetch(_CHECK)
    busiest = run.fetch(_BUSIEST)
    return Section(
        "hotline",
        title,
        question,
        answer=[_answer(speech, centre, check) for centre in centres],
        charts=[
            _chart(speech, at, [row for row in busiest if row["unit_id"] == centre["unit_id"]])
            for at, centre in enumerate(centres[:_LARGEST])
            if any(row["unit_id"] == centre["unit_id"] for row in busiest)
        ],
        grids=[_days(run, speech), _check(speech, check)],
        notes=[speech.say("hotline.note")],
    )


def _answer(speech: Speech, centre: Row, check: list[Row]) -> Markup:
    numbers = speech.numbers
    said = speech.say(
        "hotline.answer",
        unit=speech.unit(centre["unit_id"]),
        days=numbers.count(whole(centre["days"])),
        calls=numbers.count(round(decimal(centre["expected_calls"]))),
        handle=numbers.count(round(decimal(centre["handle_seconds"]))),
        patience=numbers.count(round(decimal(centre["patience_seconds"]))),
        needed=numbers.count(whole(centre["required_heads"])),
        available=numbers.brief(decimal(centre["available_heads"]), 1),
    )
    errors = {
        str(row["method"]): decimal(row["interval_error"]) for row in check if row["unit_id"] == centre["unit_id"]
    }
    simple = [error for method, error in errors.items() if method != "forecast"]
    if "forecast" in errors and simple:
        said += speech.say(
            "hotline.error", error=numbers.percent(errors["forecast"]), simple=numbers.percent(min(simple))
        )
    return said


def _chart(speech: Speech, at: int, rows: list[Row]) -> Chart:
    day = rows[0]["day"]
    assert isinstance(day, dt.date)
    caption = speech.text("hotline.chart_day", unit=speech.unit(rows[0]["unit_id"]), day=day.isoformat())
    labels = [str(row["starts"]) for row in rows]
    series = [Series(speech.label_of("hotline", name), [whole(row[name]) for row in rows]) for name in _SEATS]
    names = ("starts", "expected_calls", "load", *_SEATS, "rostered_heads", "in_time", "abandoned", "occupancy")
    grid = Grid(
        caption,
        [speech.column("hotline", name, kind=_short(name)) for name in names],
        [tuple(_cell(row[name]) for name in names) for row in rows],
    )
    return Chart(f"hotline-day-{at}", caption, bars(labels, series, unit="heads"), grid)


def _days(run: Run, speech: Speech) -> Grid:
    names = (
        "unit_id", "day", "expected_calls", "peak_seats", "peak_seats_p90", "seat_hours", "rostered_hours", "in_time",
        "abandoned", "simulated_in_time", "simulated_abandoned",
    )  # fmt: skip
    columns = [speech.column("hotline_day", name, kind=_short(name)) for name in names]
    rows = [(speech.unit(row["unit_id"]), *(_cell(row[name]) for name in names[1:])) for row in run.fetch(_DAYS)]
    return speech.first_rows(
        speech.text("hotline.days"), columns, rows, of=run.rows("hotline_day"), source="hotline_day"
    )


def _check(speech: Speech, rows: list[Row]) -> Grid:
    names = ("unit_id", "method", "days", "calls", "interval_error", "day_error")
    columns = [speech.column("hotline_check", name) for name in names]
    cells = [
        (
            speech.unit(row["unit_id"]),
            speech.of_method(str(row["method"])),
            *(_cell(row[name]) for name in names[2:]),
        )
        for row in rows
    ]
    return Grid(speech.text("hotline.check"), columns, cells, source="hotline_check")


def _short(name: str) -> CellKind | None:
    return CellKind.SHORT if name in {"expected_calls", "load", "seat_hours", "rostered_hours"} else None


def _cell(value: object) -> str | int | Decimal | dt.date | None:
    assert value is None or isinstance(value, str | int | Decimal | dt.date)
    return value
