"""What is each RM's goal, how does it follow from the book, and does it sum to the goal of the unit?"""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars, scatter
from kejing.report.limits import CHART_BARS, CHART_POINTS, CHART_ROWS, TABLE_ROWS
from kejing.report.numbers import plain
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie, control_amount

_TOTALS = """
SELECT period, measure, COUNT(*) AS rms, SUM(stock) AS stock, SUM(increment_target) AS increment,
  SUM(total_target) AS total, MIN(growth) AS least, MAX(growth) AS most,
  SUM(CASE WHEN is_capped THEN 1 ELSE 0 END) AS capped, COUNT(contribution) AS contributions
FROM target GROUP BY period, measure ORDER BY period, measure
"""

_UNITS = """
SELECT unit_id, SUM(stock) AS stock, SUM(increment_target) AS increment, COUNT(*) AS rms
FROM target WHERE period = $$period AND measure = $$measure
GROUP BY unit_id ORDER BY SUM(increment_target) DESC, unit_id
"""

_RMS = f"""
SELECT rm_id, unit_id, stock, increment_target, growth FROM target
WHERE period = $$period AND measure = $$measure ORDER BY MD5(rm_id), rm_id LIMIT {CHART_POINTS}
"""

_ROWS = f"""
SELECT * FROM target ORDER BY period DESC, measure, growth DESC NULLS LAST, increment_target DESC, unit_id, rm_id
LIMIT {TABLE_ROWS}
"""


def build(run: Run, speech: Speech) -> Section:
    """Targets against stock for each measure of the latest period, and the sums."""
    title, question = speech.text("section.targets"), speech.text("targets.question")
    if not run.has("target"):
        return Section("targets", title, question, empty=speech.say("targets.empty"))
    totals = run.fetch(_TOTALS)
    period = max(str(row["period"]) for row in totals)
    latest = [row for row in totals if row["period"] == period]
    charts = []
    for row in latest:
        charts += _charts(run, speech, row)
    notes = [_tie(run, latest).said(speech)]
    if not any(whole(row["contributions"]) for row in latest):
        notes.append(speech.say("targets.no_stock"))
    return Section(
        "targets",
        title,
        question,
        answer=[_answer(speech, row) for row in latest],
        charts=charts,
        grids=[_sums(speech, totals), _rows(run, speech)],
        notes=notes,
    )


def _answer(speech: Speech, row: Row) -> Markup:
    numbers = speech.numbers
    said = speech.say(
        "targets.answer",
        period=str(row["period"]),
        measure=speech.of_code(row["measure"], "measure"),
        rms=numbers.count(whole(row["rms"])),
        increment=numbers.money(decimal(row["increment"])),
        total=numbers.money(decimal(row["total"])),
    )
    least, most = some(row["least"]), some(row["most"])
    if least is not None and most is not None:
        said += speech.say("targets.answer_growth", least=numbers.percent(least), most=numbers.percent(most))
    if whole(row["capped"]):
        said += speech.say("targets.answer_capped", n=numbers.count(whole(row["capped"])))
    return said


def _tie(run: Run, latest: list[Row]) -> Tie:
    goals = [control_amount(run, "target", f"goal.{row['measure']}", str(row["period"])) for row in latest]
    known = [goal for goal in goals if goal is not None]
    given = sum((decimal(row["increment"]) for row in latest), Decimal(0))
    return Tie("targets.tie", given, sum(known, Decimal(0)) if len(known) == len(goals) else None)


def _charts(run: Run, speech: Speech, total: Row) -> list[Chart]:
    """Growth asked of each book, and the sums by unit; without stock only the latter."""
    chosen = {"period": total["period"], "measure": total["measure"]}
    name = speech.of_code(total["measure"], "measure")
    charts = []
    if decimal(total["stock"]):
        charts.append(_scatter(speech, run.fetch(_RMS, chosen), str(total["measure"]), name))
    charts.append(_by_unit(speech, run.fetch(_UNITS, chosen), str(total["measure"]), name))
    return charts


def _scatter(speech: Speech, rows: list[Row], measure: str, name: str) -> Chart:
    rows = sorted(rows, key=lambda row: (str(row["unit_id"]), str(row["rm_id"])))
    stock, increment = speech.column("target", "stock"), speech.column("target", "increment_target")
    points = [
        [
            plain(decimal(row["stock"])),
            plain(decimal(row["increment_target"])),
            f"{speech.rm(row['rm_id'])} · {speech.unit(row['unit_id'])}",
        ]
        for row in rows
        if row["stock"] is not None
    ]
    columns = [
        speech.column("target", "rm_id"),
        speech.column("target", "unit_id"),
        stock,
        increment,
        speech.column("target", "growth"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            speech.rm(row["rm_id"]),
            speech.unit(row["unit_id"]),
            some(row["stock"]),
            some(row["increment_target"]),
            some(row["growth"]),
        )
        for row in rows
    ]
    title = speech.text("targets.chart_growth", measure=name)
    grid = Grid(title, columns, cells[:CHART_ROWS], total_rows=len(cells), source="target")
    spec = scatter([(name, points)], x=(stock.label, "money"), y=(increment.label, "money"))
    return Chart(f"targets-growth-{measure}", title, spec, grid, is_wide=False)


def _by_unit(speech: Speech, rows: list[Row], measure: str, name: str) -> Chart:
    shown, rest = rows[:CHART_BARS], rows[CHART_BARS:]
    table = [
        (speech.unit(row["unit_id"]), whole(row["rms"]), decimal(row["stock"]), decimal(row["increment"]))
        for row in shown
    ]
    if rest:
        table.append(
            (
                speech.text("others", n=speech.numbers.count(len(rest))),
                sum(whole(row["rms"]) for row in rest),
                sum((decimal(row["stock"]) for row in rest), Decimal(0)),
                sum((decimal(row["increment"]) for row in rest), Decimal(0)),
            )
        )
    stock, increment = speech.column("target", "stock"), speech.column("target", "increment_target")
    series = [Series(increment.label, [row[3] for row in table], colour=1)]
    columns = [speech.column("target", "unit_id"), speech.heading("rms", CellKind.COUNT), stock, increment]
    title = speech.text("targets.chart_units", measure=name)
    spec = bars([row[0] for row in table], series, unit="money", across=True)
    return Chart(
        f"targets-units-{measure}", title, spec, Grid(title, columns, table), height=90 + 26 * len(table), is_wide=False
    )


def _sums(speech: Speech, totals: list[Row]) -> Grid:
    columns = [
        speech.column("target", "period"),
        speech.column("target", "measure"),
        speech.heading("rms", CellKind.COUNT),
        speech.column("target", "stock"),
        speech.column("target", "increment_target"),
        speech.column("target", "total_target"),
        speech.heading("targets.capped", CellKind.COUNT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.of_code(row["measure"], "measure"), whole(row["rms"]), some(row["stock"]),
            some(row["increment"]), some(row["total"]), whole(row["capped"]),
        )
        for row in totals
    ]  # fmt: skip
    return Grid(speech.text("targets.sums"), columns, rows)


def _rows(run: Run, speech: Speech) -> Grid:
    figures = ("stock", "contribution", "increment_target", "total_target", "growth")
    names = ("period", "rm_id", "unit_id", "measure", *figures, "is_capped")
    rows: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.rm_and_id(row["rm_id"]), speech.unit(row["unit_id"]),
            speech.of_code(row["measure"], "measure"),
            *(some(row[name]) for name in figures), bool(row["is_capped"]),
        )
        for row in run.fetch(_ROWS)
    ]  # fmt: skip
    columns = [speech.column("target", name) for name in names]
    return speech.first_rows(speech.text("targets.rows"), columns, rows, of=run.rows("target"), source="target")
