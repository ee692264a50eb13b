"""How far did each RM get, and who ranks where?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bins, ranked
from kejing.report.limits import CHART_ROWS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech

_SCORES = """
SELECT period, rm_id, unit_id, measure, actual, target, completion, points, rank
FROM score WHERE period = $$period AND measure = $$measure
ORDER BY CASE WHEN rank IS NULL THEN 1 ELSE 0 END, rank, completion DESC NULLS LAST, rm_id
"""

_MEASURES = """
SELECT period, measure, COUNT(*) AS rms, SUM(actual) AS actual, SUM(target) AS target,
  SUM(CASE WHEN completion >= 1 THEN 1 ELSE 0 END) AS reached
FROM score GROUP BY period, measure ORDER BY period DESC, measure
"""

_STEP = Decimal("0.2")
_BINS = 10  # up to twice the target; what lies beyond shares the last bin


def build(run: Run, speech: Speech) -> Section:
    """Completion of the latest period: distribution, sorted curve, ranks."""
    title, question = speech.text("section.completion"), speech.text("completion.question")
    if not run.has("score"):
        return Section("completion", title, question, empty=speech.say("completion.empty"))
    totals = run.fetch(_MEASURES)
    period = str(totals[0]["period"])
    measures = [str(row["measure"]) for row in totals if row["period"] == period]
    measure = "" if "" in measures else measures[0]
    rows = run.fetch(_SCORES, {"period": period, "measure": measure})
    known = [row for row in rows if row["completion"] is not None]
    charts = [_histogram(speech, known), _curve(speech, known)] if known else []
    notes = (
        [speech.say("completion.no_target", n=speech.numbers.count(len(rows) - len(known)))]
        if len(rows) > len(known)
        else []
    )
    return Section(
        "completion",
        title,
        question,
        answer=[_answer(speech, period, measure, rows, known)],
        charts=charts,
        grids=[_ranks(run, speech, rows), _totals(speech, totals)],
        notes=notes,
    )


def _answer(speech: Speech, period: str, measure: str, rows: Sequence[Row], known: Sequence[Row]) -> Markup:
    numbers = speech.numbers
    values = sorted(decimal(row["completion"]) for row in known)
    if not values:
        return speech.say("completion.answer_none", period=period, rms=numbers.count(len(rows)))
    reached = sum(value >= 1 for value in values)
    return speech.say(
        "completion.answer",
        period=period,
        measure=speech.of_code(measure, "measure"),
        rms=numbers.count(len(values)),
        reached=numbers.count(reached),
        share=numbers.percent(Fraction(reached, len(values))),
        middle=numbers.percent(_median(values)),
        least=numbers.percent(values[0]),
        most=numbers.percent(values[-1]),
    )


def _median(values: Sequence[Decimal]) -> Fraction:
    half = len(values) // 2
    if len(values) % 2:
        return Fraction(values[half])
    return (Fraction(values[half - 1]) + Fraction(values[half])) / 2


def _histogram(speech: Speech, known: Sequence[Row]) -> Chart:
    counts = [0] * (_BINS + 2)  # below zero, ten bins, beyond
    for row in known:
        at = int(decimal(row["completion"]) // _STEP) if decimal(row["completion"]) >= 0 else -1
        counts[min(at, _BINS) + 1] += 1
    edges = [speech.numbers.percent(_STEP * at, 0) for at in range(_BINS + 1)]
    labels = [
        f"< {edges[0]}",
        *(f"{low}–{high}" for low, high in pairwise(edges)),
        f"≥ {edges[-1]}",
    ]
    if counts[0] == 0:
        labels, counts = labels[1:], counts[1:]
    title = speech.text("completion.chart_bins")
    spec = bins(labels, Series(speech.text("rms"), counts, colour=0))
    columns = [speech.column("score", "completion", kind=CellKind.TEXT), speech.heading("rms", CellKind.COUNT)]
    return Chart(
        "completion-bins", title, spec, Grid(title, columns, list(zip(labels, counts, strict=True))), is_wide=False
    )


def _curve(speech: Speech, known: Sequence[Row]) -> Chart:
    ordered = sorted(known, key=lambda row: (-decimal(row["completion"]), str(row["rm_id"])))
    title = speech.text("completion.chart_ranks")
    series = [
        Series(speech.column("score", "completion").label, [decimal(row["completion"]) for row in ordered], colour=0)
    ]
    columns = [
        speech.heading("rank", CellKind.COUNT),
        speech.column("score", "rm_id"),
        speech.column("score", "completion"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (at, speech.rm(row["rm_id"]), decimal(row["completion"]))
        for at, row in enumerate(ordered[:CHART_ROWS], start=1)
    ]
    grid = Grid(title, columns, cells, total_rows=len(ordered), source="score")
    spec = {**ranked(series, unit="percent", rank_label=speech.text("books.rank")), "line": "1"}
    return Chart("completion-ranks", title, spec, grid, is_wide=False)


def _ranks(run: Run, speech: Speech, rows: Sequence[Row]) -> Grid:
    names = ("rank", "rm_id", "unit_id", "actual", "target", "completion", "points")
    short = {"points": CellKind.SHORT, "rank": CellKind.TEXT}
    columns = [speech.column("score", name, kind=short.get(name)) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            None if row["rank"] is None else whole(row["rank"]), speech.rm_and_id(row["rm_id"]),
            speech.unit(row["unit_id"]),
            *(some(row[name]) for name in names[3:]),
        )
        for row in rows[:TABLE_ROWS]
    ]  # fmt: skip
    return speech.first_rows(speech.text("completion.rows"), columns, cells, of=run.rows("score"), source="score")


def _totals(speech: Speech, totals: Sequence[Row]) -> Grid:
    columns = [
        speech.column("score", "period"),
        speech.column("score", "measure"),
        speech.heading("rms", CellKind.COUNT),
        speech.column("score", "actual"),
        speech.column("score", "target"),
        speech.column("score", "completion"),
        speech.heading("completion.reached", CellKind.COUNT),
    ]
    cells: list[tuple[Cell, ...]] = []
    for row in totals:
        actual, target = some(row["actual"]), some(row["target"])
        ratio = actual / target if actual is not None and target else None
        measure = speech.of_code(row["measure"], "measure")
        cells.append((str(row["period"]), measure, whole(row["rms"]), actual, target, ratio, whole(row["reached"])))
    return speech.first_rows(speech.text("completion.totals"), columns, cells, of=len(cells), source="score")
