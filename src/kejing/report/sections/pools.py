"""How is each pool shared between units and then persons, who is held by a floor or cap, and what is kept back?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie

_SUMS = """
SELECT u.period, u.pool, u.amount, u.units, u.stopped + COALESCE(r.kept, 0) AS kept,
  COALESCE(r.given, 0) AS given, COALESCE(r.rms, 0) AS rms,
  COALESCE(r.floors, 0) AS floors, COALESCE(r.caps, 0) AS caps, COALESCE(r.late, 0) AS late
FROM (
  SELECT period, pool, SUM(amount) AS amount, SUM(CASE WHEN taker = '' THEN amount ELSE 0 END) AS stopped,
    SUM(CASE WHEN taker = '' THEN 0 ELSE 1 END) AS units
  FROM pool WHERE level = 'unit' GROUP BY period, pool
) AS u
LEFT JOIN (
  SELECT period, pool, SUM(CASE WHEN taker = '' THEN amount ELSE 0 END) AS kept,
    SUM(CASE WHEN taker = '' THEN 0 ELSE amount END) AS given,
    SUM(CASE WHEN taker <> '' AND amount > 0 THEN 1 ELSE 0 END) AS rms,
    SUM(CASE WHEN bound = 'floor' THEN 1 ELSE 0 END) AS floors,
    SUM(CASE WHEN bound = 'cap' THEN 1 ELSE 0 END) AS caps,
    SUM(CASE WHEN bound = 'late' THEN 1 ELSE 0 END) AS late
  FROM pool WHERE level = 'rm' GROUP BY period, pool
) AS r ON r.period = u.period AND r.pool = u.pool
ORDER BY u.period, u.pool
"""

_UNITS = """
SELECT giver AS unit_id, SUM(CASE WHEN taker = '' THEN 0 ELSE amount END) AS given,
  SUM(CASE WHEN taker = '' THEN amount ELSE 0 END) AS kept
FROM pool WHERE period = $$period AND pool = $$pool AND level = 'rm'
GROUP BY giver ORDER BY SUM(amount) DESC, giver
"""

_RMS = f"""
SELECT giver, taker, weight, floor, cap, amount, bound FROM pool
WHERE period = $$period AND pool = $$pool AND level = 'rm' AND taker <> ''
ORDER BY amount DESC, giver, taker LIMIT {CHART_BARS}
"""

_ROWS = f"""
SELECT * FROM pool WHERE level = 'rm' AND taker <> ''
ORDER BY period DESC, amount DESC, pool, giver, taker LIMIT {TABLE_ROWS}
"""


def build(run: Run, speech: Speech) -> Section:
    """Pools of the latest period by unit and person, sums of every period, the largest parts."""
    title, question = speech.text("section.pools"), speech.text("pools.question")
    if not run.has("pool"):
        return Section("pools", title, question, empty=speech.say("pools.empty"))
    sums = run.fetch(_SUMS)
    period = max(str(row["period"]) for row in sums)
    latest = [row for row in sums if row["period"] == period]
    charts = [chart for row in latest for chart in _charts(run, speech, row)]
    given, kept, brought = (sum((decimal(row[n]) for row in sums), Decimal(0)) for n in ("given", "kept", "amount"))
    return Section(
        "pools",
        title,
        question,
        answer=[_answer(speech, row) for row in latest],
        charts=charts,
        grids=[_sums(speech, sums), _rows(run, speech)],
        notes=[Tie("pools.tie", given + kept, brought).said(speech)],
    )


def _answer(speech: Speech, row: Row) -> Markup:
    numbers = speech.numbers
    amount, given = decimal(row["amount"]), decimal(row["given"])
    said = speech.say(
        "pools.answer",
        period=str(row["period"]),
        pool=speech.of_code(row["pool"], "pool"),
        amount=numbers.money(amount),
        units=numbers.count(whole(row["units"])),
        rms=numbers.count(whole(row["rms"])),
        given=numbers.money(given),
        share=numbers.percent(Fraction(given) / Fraction(amount) if amount else Fraction(0)),
        kept=numbers.money(decimal(row["kept"])),
    )
    bounds = {key: whole(row[name]) for key, name in (("floor", "floors"), ("cap", "caps"), ("late", "late"))}
    if any(bounds.values()):
        said += speech.say("pools.answer_bound", **{key: numbers.count(count) for key, count in bounds.items()})
    return said


def _charts(run: Run, speech: Speech, total: Row) -> list[Chart]:
    chosen = {"period": total["period"], "pool": total["pool"]}
    units, rms = run.fetch(_UNITS, chosen), run.fetch(_RMS, chosen)
    pool = speech.of_code(total["pool"], "pool")
    return [
        *([_by_unit(speech, units, str(total["pool"]), pool)] if units else []),
        *([_by_rm(speech, rms, str(total["pool"]), pool)] if rms else []),
    ]


def _by_unit(speech: Speech, rows: Sequence[Row], code: str, pool: str) -> Chart:
    names = [speech.unit(row["unit_id"]) for row in rows[:CHART_BARS]]
    parts = {part: [decimal(row[part]) for row in rows[:CHART_BARS]] for part in ("given", "kept")}
    series = [
        Series(speech.text("pools.given"), parts["given"], colour=0),
        Series(speech.text("pools.kept"), parts["kept"], colour=5),
    ]
    columns = [
        speech.heading("unit"),
        speech.heading("pools.given", CellKind.MONEY),
        speech.heading("pools.kept", CellKind.MONEY),
    ]
    title = speech.text("pools.chart_units", pool=pool)
    cells: list[tuple[Cell, ...]] = list(zip(names, parts["given"], parts["kept"], strict=True))
    grid = Grid(title, columns, cells, total_rows=len(rows), source="pool")
    spec = bars(names, series, unit="money", stacked=True, across=True)
    return Chart(f"pools-units-{code}", title, spec, grid, height=110 + 24 * len(names), is_wide=False)


def _by_rm(speech: Speech, rows: Sequence[Row], code: str, pool: str) -> Chart:
    names = [speech.rm_and_id(row["taker"]) for row in rows]
    floors, caps = ([some(row[name]) for row in rows] for name in ("floor", "cap"))
    series = [Series(speech.label_of("pool", "amount"), [decimal(row["amount"]) for row in rows], colour=0)]
    for name, values, colour in (("floor", floors, 2), ("cap", caps, 6)):
        if any(value is not None for value in values):
            series.append(Series(speech.label_of("pool", name), values, colour=colour, is_marker=True))
    title = speech.text("pools.chart_rms", pool=pool)
    names_of = ("weight", "floor", "cap", "amount")
    columns = [speech.heading("rm"), speech.heading("unit"), *(speech.column("pool", name) for name in names_of)]
    cells: list[tuple[Cell, ...]] = [
        (name, speech.unit(row["giver"]), *(some(row[one]) for one in names_of))
        for name, row in zip(names, rows, strict=True)
    ]
    spec = bars(names, series, unit="money", across=True)
    grid = Grid(title, columns, cells, source="pool")
    return Chart(f"pools-rms-{code}", title, spec, grid, height=110 + 24 * len(names), is_wide=False)


def _sums(speech: Speech, sums: Sequence[Row]) -> Grid:
    columns = [
        speech.column("pool", "period"),
        speech.column("pool", "pool"),
        speech.heading("total", CellKind.MONEY),
        speech.heading("pools.given", CellKind.MONEY),
        speech.heading("pools.kept", CellKind.MONEY),
        speech.heading("pools.units", CellKind.COUNT),
        speech.heading("rms", CellKind.COUNT),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.of_code(row["pool"], "pool"),
            *(decimal(row[name]) for name in ("amount", "given", "kept")), whole(row["units"]), whole(row["rms"]),
        )
        for row in sums
    ]  # fmt: skip
    return Grid(speech.text("pools.sums"), columns, cells)


def _rows(run: Run, speech: Speech) -> Grid:
    figures = ("weight", "floor", "cap", "amount")
    columns = [
        *(speech.column("pool", name) for name in ("period", "pool")),
        speech.heading("unit"),
        speech.heading("rm"),
        *(speech.column("pool", name) for name in (*figures, "bound")),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.of_code(row["pool"], "pool"), speech.unit(row["giver"]),
            speech.rm_and_id(row["taker"]), *(some(row[name]) for name in figures),
            speech.of_code(row["bound"], "bound") if row["bound"] else "",
        )
        for row in run.fetch(_ROWS)
    ]  # fmt: skip
    return speech.first_rows(speech.text("pools.rows"), columns, cells, of=run.rows("pool"), source="pool")
