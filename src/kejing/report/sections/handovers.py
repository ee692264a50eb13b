"""Who changes hands in which wave, is anybody asked for too much, who is without an RM, who covers whom?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, GridColumn, Section
from kejing.report.charts import Series, bars, heat
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, whole
from kejing.report.speech import Speech

_WAVES = "SELECT * FROM handover_wave WHERE rm_id = '' ORDER BY wave"

_REASONS = "SELECT wave, reason, COUNT(*) AS customers FROM handover GROUP BY wave, reason ORDER BY wave, reason"

_RMS = """
SELECT rm_id, wave, given + received AS customers FROM handover_wave
WHERE rm_id <> '' ORDER BY rm_id, wave
"""

_MOVES = f"""
SELECT * FROM handover
ORDER BY wave, effective_on, value DESC, customer_id LIMIT {TABLE_ROWS}
"""

_VACANT = f"""
SELECT * FROM vacant_book ORDER BY CASE WHEN days IS NULL THEN 1 ELSE 0 END, days DESC, customer_id LIMIT {TABLE_ROWS}
"""

_COVER = f"""
SELECT * FROM leave_cover
ORDER BY CASE WHEN status = 'covered' THEN 1 ELSE 0 END, valid_from, rm_id LIMIT {TABLE_ROWS}
"""

_FOLLOW = f"""
SELECT * FROM unit_move
ORDER BY CASE WHEN status = 'follows' THEN 1 ELSE 0 END, moves_on, rm_id LIMIT {TABLE_ROWS}
"""

_ORDER = ("leaver", "vacant", "new", "pinned", "moved")


def build(run: Run, speech: Speech) -> Section:
    """Waves by reason, what each RM is asked for, the moves themselves, vacant books, absences, people who follow."""
    title, question = speech.text("section.handovers"), speech.text("handovers.question")
    if not run.has("handover"):
        return Section("handovers", title, question, empty=speech.say("handovers.empty"))
    waves = run.fetch(_WAVES)
    grids = [_moves(run, speech), _vacant(run, speech), _cover(run, speech), _follow(run, speech)]
    shown = [grid for grid in grids if grid.rows]
    if not waves and not shown:
        return Section("handovers", title, question, empty=speech.say("handovers.nothing"))
    return Section(
        "handovers",
        title,
        question,
        answer=[*_answer(run, speech, waves), *_missing(run, speech)],
        charts=[_by_reason(run, speech, waves), _by_rm(run, speech, waves)] if waves else [],
        grids=shown,
        notes=[speech.say("handovers.note_shares"), speech.say("handovers.note_import")] if waves else [],
    )


def _answer(run: Run, speech: Speech, waves: Sequence[Row]) -> list[Markup]:
    if not waves:
        return []
    numbers = speech.numbers
    forced = run.value_of("SELECT COUNT(*) FROM handover WHERE reason IN ('leaver', 'vacant', 'new')")
    over = run.value_of("SELECT COUNT(*) FROM handover WHERE is_over_budget")
    last = max(day for day in (row["ends_on"] for row in waves) if isinstance(day, dt.date))
    return [
        speech.say(
            "handovers.answer",
            customers=numbers.count(sum(whole(row["received"]) for row in waves)),
            waves=numbers.count(len(waves)),
            first=str(waves[0]["starts_on"]),
            last=last.isoformat(),
            forced=numbers.count(whole(forced)),
            over=numbers.count(whole(over)),
        )
    ]


def _missing(run: Run, speech: Speech) -> list[Markup]:
    """Vacant books and absences that nobody covers, if there are any."""
    numbers, said = speech.numbers, []
    vacant = run.rows("vacant_book")
    if vacant:
        long = whole(run.value_of("SELECT COUNT(*) FROM vacant_book WHERE is_long"))
        unfilled = whole(run.value_of("SELECT COUNT(*) FROM vacant_book WHERE to_rm_id IS NULL"))
        counts = {"vacant": vacant, "long": long, "unfilled": unfilled}
        said.append(speech.say("handovers.vacant", **{name: numbers.count(count) for name, count in counts.items()}))
    open_ = whole(run.value_of("SELECT COUNT(*) FROM leave_cover WHERE status <> 'covered' AND customers > 0"))
    if open_:
        said.append(speech.say("handovers.uncovered", count=numbers.count(open_)))
    return said


def _label(speech: Speech, row: Row) -> str:
    day = row["starts_on"]
    assert isinstance(day, dt.date)
    return speech.text("handovers.wave", wave=whole(row["wave"]), day=day.isoformat())


def _by_reason(run: Run, speech: Speech, waves: Sequence[Row]) -> Chart:
    """Customers of each wave, by why they change hands."""
    found = {(whole(row["wave"]), str(row["reason"])): whole(row["customers"]) for row in run.fetch(_REASONS)}
    reasons = [reason for reason in _ORDER if any(why == reason for _, why in found)]
    labels = [_label(speech, row) for row in waves]
    series = [
        Series(speech.of_code(reason, "reason"), [found.get((whole(row["wave"]), reason), 0) for row in waves])
        for reason in reasons
    ]
    names = ("starts_on", "ends_on", "given", "received", "hours", "value")
    columns = [speech.heading("handovers.wave_heading"), *(speech.column("handover_wave", name) for name in names)]
    rows = [(label, *(_cell(row[name]) for name in names)) for label, row in zip(labels, waves, strict=True)]
    title = speech.text("handovers.by_reason")
    grid = Grid(title, columns, rows, source="handover_wave")
    return Chart("handovers-waves", title, bars(labels, series, unit="count", stacked=True), grid)


def _by_rm(run: Run, speech: Speech, waves: Sequence[Row]) -> Chart:
    """Customers that each RM gives and takes, wave by wave; the busiest RMs."""
    found = {(str(row["rm_id"]), whole(row["wave"])): whole(row["customers"]) for row in run.fetch(_RMS)}
    totals: dict[str, int] = {}
    for (rm, _), customers in found.items():
        totals[rm] = totals.get(rm, 0) + customers
    rms = sorted(totals, key=lambda rm: (-totals[rm], rm))[:CHART_BARS]
    values = [[found.get((rm, whole(row["wave"]))) for row in waves] for rm in rms]
    labels = [_label(speech, row) for row in waves]
    names = [speech.rm_and_id(rm) for rm in rms]
    title = speech.text("handovers.by_rm")
    columns = [speech.column("handover_wave", "rm_id"), *(GridColumn(label, CellKind.COUNT) for label in labels)]
    rows: list[tuple[Cell, ...]] = [(name, *line) for name, line in zip(names, values, strict=True)]
    grid = Grid(title, columns, rows, total_rows=len(totals), source="handover_wave")
    return Chart("handovers-rms", title, heat(names, labels, values, unit="count"), grid, height=90 + 30 * len(rms))


def _moves(run: Run, speech: Speech) -> Grid:
    names = (
        "customer_id", "wave", "reason", "tier", "from_rm_id", "to_rm_id", "starts_on", "effective_on", "joint_visits",
        "hours", "is_over_budget",
    )  # fmt: skip
    return _grid(run, speech, "handover", names, _MOVES, "handovers.moves")


def _vacant(run: Run, speech: Speech) -> Grid:
    names = (
        "customer_id",
        "unit_id",
        "tier",
        "last_rm_id",
        "vacant_since",
        "days",
        "is_long",
        "to_rm_id",
        "effective_on",
    )
    return _grid(run, speech, "vacant_book", names, _VACANT, "handovers.vacant_books")


def _cover(run: Run, speech: Speech) -> Grid:
    names = ("rm_id", "valid_from", "valid_to", "customers", "cover_rm_id", "status", "proposed_rm_id")
    return _grid(run, speech, "leave_cover", names, _COVER, "handovers.cover")


def _follow(run: Run, speech: Speech) -> Grid:
    names = ("rm_id", "from_unit_id", "to_unit_id", "customers", "moves_on", "rm_moves_on", "gap_days", "status")
    return _grid(run, speech, "unit_move", names, _FOLLOW, "handovers.follow")


def _grid(run: Run, speech: Speech, table: str, names: Sequence[str], query: str, caption: str) -> Grid:
    """Columns ``names`` of ``table``: RMs and units by name, codes in words."""
    columns = [speech.column(table, name) for name in names]
    rows = [tuple(_said(speech, name, row[name]) for name in names) for row in run.fetch(query)]
    return speech.first_rows(speech.text(caption), columns, rows, of=run.rows(table), source=table)


def _said(speech: Speech, name: str, value: object) -> Cell:
    if value is None:
        return None
    if name.endswith("rm_id"):
        return speech.rm_and_id(value)
    if name.endswith("unit_id"):
        return speech.unit(value)
    if name in {"reason", "status", "tier"}:
        return speech.of_code(value, name)
    return _cell(value)


def _cell(value: object) -> Cell:
    assert value is None or isinstance(value, str | int | Decimal | dt.date)
    return value
