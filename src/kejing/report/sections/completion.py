"""How far did each RM get, and who ranks where?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, GridColumn, Section
from kejing.report.charts import Series, bins, ranked
from kejing.report.limits import CHART_ROWS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech

ALL_MEASURES = ""
"""The row of an RM that holds all measures together: points and rank, and a completion only if the policy has one."""

_SCORES = """
SELECT rm_id, unit_id, measure, completion, points, rank
FROM score WHERE period = $$period ORDER BY measure, rm_id
"""

_MEASURES = """
SELECT period, measure, COUNT(*) AS rms, COUNT(completion) AS completions, SUM(actual) AS actual, SUM(target) AS target,
  SUM(CASE WHEN completion >= 1 THEN 1 ELSE 0 END) AS reached
FROM score GROUP BY period, measure ORDER BY period DESC, measure
"""

_STEP = Decimal("0.2")
_BINS = 10  # up to twice the target; what lies beyond shares the last bin


def build(run: Run, speech: Speech) -> Section:
    """Completion of the latest period, one measure after the other, and the ranks."""
    title, question = speech.text("section.completion"), speech.text("completion.question")
    if not run.has("score"):
        return Section("completion", title, question, empty=speech.say("completion.empty"))
    totals = run.fetch(_MEASURES)
    period = str(totals[0]["period"])
    scores = run.fetch(_SCORES, {"period": period})
    latest = [row for row in totals if row["period"] == period]
    measures = [str(row["measure"]) for row in latest if whole(row["completions"])]
    answer, charts = [], []
    for measure in measures:
        known = [row for row in scores if row["measure"] == measure and row["completion"] is not None]
        name = speech.of_code(measure, "measure")
        answer.append(_answer(speech, period, name, known))
        charts += [_histogram(speech, measure, name, known), _curve(speech, measure, name, known)]
    if not measures:
        rms = len({str(row["rm_id"]) for row in scores})
        answer.append(speech.say("completion.answer_none", period=period, rms=speech.numbers.count(rms)))
    return Section(
        "completion",
        title,
        question,
        answer=answer,
        charts=charts,
        grids=[_ranks(speech, period, scores, measures), _totals(speech, totals)],
        notes=_without_target(speech, latest),
    )


def _without_target(speech: Speech, latest: Sequence[Row]) -> list[Markup]:
    """Measures on which some RMs have no completion while others have one."""
    notes = []
    for row in latest:
        missing = whole(row["rms"]) - whole(row["completions"])
        if missing and whole(row["completions"]):
            measure = speech.of_code(row["measure"], "measure")
            notes.append(speech.say("completion.no_target", measure=measure, n=speech.numbers.count(missing)))
    return notes


def _answer(speech: Speech, period: str, name: str, known: Sequence[Row]) -> Markup:
    numbers = speech.numbers
    values = sorted(decimal(row["completion"]) for row in known)
    reached = sum(value >= 1 for value in values)
    return speech.say(
        "completion.answer",
        period=period,
        measure=name,
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


def _histogram(speech: Speech, measure: str, name: str, known: Sequence[Row]) -> Chart:
    counts = [0] * (_BINS + 2)  # below zero, ten bins, beyond
    for row in known:
        at = int(decimal(row["completion"]) // _STEP) if decimal(row["completion"]) >= 0 else -1
        counts[min(at, _BINS) + 1] += 1
    edges = [speech.numbers.percent(_STEP * at, 0) for at in range(_BINS + 1)]
    labels = [f"< {edges[0]}", *(f"{low}–{high}" for low, high in pairwise(edges)), f"≥ {edges[-1]}"]
    if counts[0] == 0:
        labels, counts = labels[1:], counts[1:]
    title = speech.text("completion.chart_bins", measure=name)
    spec = bins(labels, Series(speech.text("rms"), counts, colour=0))
    columns = [speech.column("score", "completion", kind=CellKind.TEXT), speech.heading("rms", CellKind.COUNT)]
    grid = Grid(title, columns, list(zip(labels, counts, strict=True)))
    return Chart(f"completion-bins-{measure}", title, spec, grid, height=260, is_wide=False)


def _curve(speech: Speech, measure: str, name: str, known: Sequence[Row]) -> Chart:
    ordered = sorted(known, key=lambda row: (-decimal(row["completion"]), str(row["rm_id"])))
    title = speech.text("completion.chart_ranks", measure=name)
    values = [decimal(row["completion"]) for row in ordered]
    series = [Series(speech.column("score", "completion").label, values, colour=0)]
    columns = [
        speech.heading("rank", CellKind.COUNT),
        speech.column("score", "rm_id"),
        speech.column("score", "completion"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (at, speech.rm_and_id(row["rm_id"]), decimal(row["completion"]))
        for at, row in enumerate(ordered[:CHART_ROWS], start=1)
    ]
    grid = Grid(title, columns, cells, total_rows=len(ordered), source="score")
    spec = {**ranked(series, unit="percent", rank_label=speech.text("books.rank")), "line": "1"}
    return Chart(f"completion-ranks-{measure}", title, spec, grid, height=260, is_wide=False)


def _ranks(speech: Speech, period: str, scores: Sequence[Row], measures: Sequence[str]) -> Grid:
    """RMs by rank: points of all measures together, completion of each."""
    by_rm: dict[str, dict[str, Row]] = {}
    for row in scores:
        by_rm.setdefault(str(row["rm_id"]), {})[str(row["measure"])] = row
    lines = [(_standing(of), rm_id, of) for rm_id, of in by_rm.items()]
    lines.sort(key=lambda line: (line[0]["rank"] is None, whole(line[0]["rank"]), -decimal(line[0]["points"]), line[1]))
    columns = [
        speech.column("score", "rank", kind=CellKind.TEXT),
        speech.column("score", "rm_id"),
        speech.column("score", "unit_id"),
        speech.column("score", "points", kind=CellKind.SHORT),
        *(GridColumn(speech.of_code(measure, "measure"), CellKind.PERCENT) for measure in measures),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            None if own["rank"] is None else whole(own["rank"]), speech.rm_and_id(rm_id), speech.unit(own["unit_id"]),
            some(own["points"]), *(some(of.get(measure, {}).get("completion")) for measure in measures),
        )
        for own, rm_id, of in lines[:TABLE_ROWS]
    ]  # fmt: skip
    return speech.first_rows(
        speech.text("completion.rows", period=period), columns, cells, of=len(lines), source="score"
    )


def _standing(of: dict[str, Row]) -> Row:
    """The row that ranks an RM: all measures together, or the only one there is."""
    return of.get(ALL_MEASURES) or next(iter(of.values()))


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
        if not whole(row["completions"]):
            continue
        actual, target = some(row["actual"]), some(row["target"])
        ratio = actual / target if actual is not None and target else None
        measure = speech.of_code(row["measure"], "measure")
        cells.append((str(row["period"]), measure, whole(row["rms"]), actual, target, ratio, whole(row["reached"])))
    return speech.first_rows(speech.text("completion.totals"), columns, cells, of=len(cells), source="score")
