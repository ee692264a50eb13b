"""Who would be promoted, watched, demoted or asked to leave, on what evidence, and who is praised?"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, GridColumn, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, whole
from kejing.report.speech import Speech
from kejing.text.evidence import tell_evidence

_COUNTS = """
SELECT period, verdict, COUNT(*) AS rms FROM grade_review GROUP BY period, verdict ORDER BY period, verdict
"""

_MOVES = """
SELECT grade, CASE WHEN verdict IN ('exit', 'not_reviewed') THEN verdict ELSE proposed_grade END AS to_grade,
  COUNT(*) AS rms
FROM grade_review WHERE period = (SELECT MAX(period) FROM grade_review)
GROUP BY grade, CASE WHEN verdict IN ('exit', 'not_reviewed') THEN verdict ELSE proposed_grade END
ORDER BY grade, to_grade
"""

_ROWS = f"""
SELECT * FROM grade_review WHERE verdict NOT IN ('keep', 'not_reviewed')
ORDER BY period DESC, CASE verdict WHEN 'exit' THEN 1 WHEN 'demote' THEN 2 WHEN 'promote' THEN 3 ELSE 4 END,
  unit_id, rm_id
LIMIT {TABLE_ROWS}
"""

_PRAISE = f"""
SELECT * FROM praise WHERE period = (SELECT MAX(period) FROM praise)
ORDER BY board, peers, place, rm_id LIMIT {TABLE_ROWS}
"""

VERDICTS = ("promote", "watch", "demote", "exit")
_OUTSIDE = ("exit", "not_reviewed")
_ACTS = "SELECT COUNT(*) AS n FROM grade_review WHERE verdict NOT IN ('keep', 'not_reviewed')"


def build(run: Run, speech: Speech) -> Section:
    """Proposals of every closed period, the moves of the latest, the evidence, and the boards of praise."""
    title, question = speech.text("section.grades"), speech.text("grades.question")
    if not run.has("grade_review"):
        return Section("grades", title, question, empty=speech.say("grades.empty"))
    counts = run.fetch(_COUNTS)
    latest = max(str(row["period"]) for row in counts)
    grids = [_proposals(run, speech)]
    if run.has("praise"):
        grids.append(_praise(run, speech))
    return Section(
        "grades",
        title,
        question,
        answer=[_answer(speech, latest, counts)],
        charts=[_periods(speech, counts), _moves(speech, latest, run.fetch(_MOVES))],
        grids=grids,
        notes=[speech.say("grades.note")],
    )


def _count(counts: Sequence[Row], period: str, verdict: str) -> int:
    return sum(whole(row["rms"]) for row in counts if (row["period"], row["verdict"]) == (period, verdict))


def _answer(speech: Speech, latest: str, counts: Sequence[Row]) -> Markup:
    numbers = speech.numbers
    found = {verdict: numbers.count(_count(counts, latest, verdict)) for verdict in VERDICTS}
    everybody = sum(whole(row["rms"]) for row in counts if row["period"] == latest)
    return speech.say("grades.answer", period=latest, rms=numbers.count(everybody), **found)


def _periods(speech: Speech, counts: Sequence[Row]) -> Chart:
    """The shadow-run on history: what each period would have brought."""
    periods = sorted({str(row["period"]) for row in counts})
    series = [
        Series(speech.of_code(verdict, "verdict"), [_count(counts, period, verdict) for period in periods], colour=at)
        for at, verdict in enumerate(VERDICTS)
    ]
    shown = (*VERDICTS, "keep", "not_reviewed")
    columns = [
        speech.column("grade_review", "period"),
        *(GridColumn(speech.of_code(verdict, "verdict"), CellKind.COUNT) for verdict in shown),
    ]
    cells: list[tuple[Cell, ...]] = [
        (period, *(_count(counts, period, verdict) for verdict in shown)) for period in periods
    ]
    title = speech.text("grades.chart_periods")
    spec = bars(periods, series, unit="count", stacked=True)
    return Chart("grades-periods", title, spec, Grid(title, columns, cells, source="grade_review"), is_wide=False)


def _moves(speech: Speech, latest: str, moves: Sequence[Row]) -> Chart:
    """Present grades against proposed ones; the grid is the matrix of moves."""
    codes = sorted({str(row["grade"]) for row in moves}, key=lambda code: speech.codes.rank(code, "grade"))
    reached = {str(row["to_grade"]) for row in moves}
    targets = sorted(reached - set(_OUTSIDE), key=lambda code: speech.codes.rank(code, "grade"))
    targets += [code for code in _OUTSIDE if code in reached]
    cell = {(str(row["grade"]), str(row["to_grade"])): whole(row["rms"]) for row in moves}
    labels = [speech.of_code(code, "verdict" if code in _OUTSIDE else "grade") for code in targets]
    series = [
        Series(label, [cell.get((grade, target), 0) for grade in codes], colour=at)
        for at, (label, target) in enumerate(zip(labels, targets, strict=True))
    ]
    columns = [speech.column("grade_review", "grade"), *(GridColumn(label, CellKind.COUNT) for label in labels)]
    cells: list[tuple[Cell, ...]] = [
        (speech.of_code(grade, "grade"), *(cell.get((grade, target), 0) for target in targets)) for grade in codes
    ]
    title = speech.text("grades.chart_moves", period=latest)
    spec = bars([speech.of_code(grade, "grade") for grade in codes], series, unit="count", stacked=True, across=True)
    height = 120 + 34 * len(codes)
    return Chart("grades-moves", title, spec, Grid(title, columns, cells), height=height, is_wide=False)


def _proposals(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.column("grade_review", "period"),
        speech.column("grade_review", "rm_id"),
        speech.column("grade_review", "verdict"),
        speech.heading("grades.move"),
        speech.column("grade_review", "effective_on"),
        speech.column("grade_review", "evidence", kind=CellKind.PROSE),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]),
            speech.rm_and_id(row["rm_id"]),
            speech.of_code(row["verdict"], "verdict"),
            _move(speech, row),
            _when(speech, row),
            tell_evidence(str(row["evidence"] or ""), speech.words, speech.of_code),
        )
        for row in run.fetch(_ROWS)
    ]
    total = whole(run.fetch(_ACTS)[0]["n"])
    return speech.first_rows(speech.text("grades.rows"), columns, cells, of=total, source="grade_review")


def _move(speech: Speech, row: Row) -> str:
    present, proposed = speech.of_code(row["grade"], "grade"), row["proposed_grade"]
    if proposed == row["grade"]:
        return present
    return f"{present} → {speech.of_code(proposed, 'grade') if proposed else '–'}"


def _when(speech: Speech, row: Row) -> str:
    """The day a proposal takes effect, and how an appeal stands."""
    day = "" if row["effective_on"] is None else str(row["effective_on"])
    appeal = speech.of_code(row["appeal"], "appeal") if row["appeal"] else ""
    return " ".join(filter(None, (day, appeal)))


def _praise(run: Run, speech: Speech) -> Grid:
    names = ("period", "board", "peers", "place", "rm_id", "unit_id", "value", "cut_off")
    columns = [speech.column("praise", name, kind=CellKind.SHORT if name == "value" else None) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.of_code(row["board"], "board"), _peers(speech, str(row["peers"] or "")),
            whole(row["place"]), speech.rm_and_id(row["rm_id"]), speech.unit(row["unit_id"]), decimal(row["value"]),
            str(row["cut_off"]),
        )
        for row in run.fetch(_PRAISE)
    ]  # fmt: skip
    return speech.first_rows(speech.text("grades.praise"), columns, cells, of=run.rows("praise"), source="praise")


def _peers(speech: Speech, code: str) -> str:
    """The group of a board: a unit, a line or a grade."""
    if not code:
        return ""
    if code in speech.run.names["unit"]:
        return speech.unit(code)
    labelled = speech.of_code(code, "line")
    return labelled if labelled != code else speech.of_code(code, "grade")
