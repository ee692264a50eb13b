"""What is paid, for what, how much is deferred, and by which clause?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars, bins
from kejing.report.limits import CHART_BARS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie

_BY_UNIT = """
SELECT COALESCE(t.unit_id, '') AS key, p.component, SUM(p.amount) AS amount
FROM pay AS p LEFT JOIN pay_total AS t ON t.period = p.period AND t.rm_id = p.rm_id
GROUP BY COALESCE(t.unit_id, ''), p.component ORDER BY key, p.component
"""

_BY_RM = """
SELECT rm_id AS key, component, SUM(amount) AS amount FROM pay GROUP BY rm_id, component ORDER BY rm_id, component
"""

_COMPONENTS = """
SELECT component, COUNT(*) AS lines, COUNT(DISTINCT rm_id) AS rms, SUM(amount) AS amount
FROM pay GROUP BY component ORDER BY SUM(amount) DESC, component
"""

_TOTALS = """
SELECT rm_id, MAX(unit_id) AS unit_id, SUM(gross) AS gross, SUM(paid_now) AS paid_now, SUM(deferred) AS deferred
FROM pay_total GROUP BY rm_id ORDER BY SUM(gross) DESC, rm_id
"""

_LINES_OF_COMPONENT = 4
"""Pay lines shown of each component: the largest of all would be of one component only."""

_LARGEST = f"""
SELECT period, rm_id, component, measure, line_id, customer_id, basis, amount, policy_clause
FROM (
  SELECT *, ROW_NUMBER() OVER (
    PARTITION BY component ORDER BY ABS(amount) DESC, period, rm_id, measure, line_id
  ) AS place FROM pay
) AS placed
WHERE place <= {_LINES_OF_COMPONENT}
ORDER BY component, place
"""

_BIN_STEPS = (1, 2, 5)
_BINS_WANTED = 12


def build(run: Run, speech: Speech) -> Section:
    """Pay by component over units and RMs, its spread, what is deferred, the largest lines with their clause."""
    title, question = speech.text("section.pay"), speech.text("pay.question")
    if not run.has("pay") or not run.has("pay_total"):
        return Section("pay", title, question, empty=speech.say("pay.empty"))
    totals, components = run.fetch(_TOTALS), run.fetch(_COMPONENTS)
    lines = sum((decimal(row["amount"]) for row in components), Decimal(0))
    gross, paid, deferred = (
        sum((decimal(row[name]) for row in totals), Decimal(0)) for name in ("gross", "paid_now", "deferred")
    )
    order = [str(row["component"]) for row in components]
    charts = [
        _stacked(speech, "units", run.fetch(_BY_UNIT), order),
        _spread(speech, [decimal(row["gross"]) for row in totals]),
        _stacked(speech, "rms", run.fetch(_BY_RM), order),
    ]
    return Section(
        "pay",
        title,
        question,
        answer=[_answer(speech, len(totals), gross, paid, deferred), _parts(speech, components, lines)],
        charts=charts,
        grids=[_components(speech, components), _largest(run, speech), _totals_grid(speech, totals)],
        notes=[Tie("pay.tie", lines, gross).said(speech), Tie("pay.tie_deferred", paid + deferred, gross).said(speech)],
    )


def _answer(speech: Speech, rms: int, gross: Decimal, paid: Decimal, deferred: Decimal) -> Markup:
    numbers = speech.numbers
    return speech.say(
        "pay.answer",
        periods=speech.periods("pay_total"),
        rms=numbers.count(rms),
        gross=numbers.money(gross),
        paid=numbers.money(paid),
        deferred=numbers.money(deferred),
        share=numbers.percent(Fraction(deferred) / Fraction(gross) if gross else Fraction(0)),
    )


def _parts(speech: Speech, components: Sequence[Row], total: Decimal) -> Markup:
    numbers = speech.numbers
    parts = [
        speech.say(
            "credit.part",
            part=speech.of_code(row["component"], "component"),
            amount=numbers.money(decimal(row["amount"])),
            share=numbers.percent(Fraction(decimal(row["amount"])) / Fraction(total) if total else Fraction(0)),
        )
        for row in components
    ]
    return speech.say("pay.parts", parts=speech.listed(parts))


def _stacked(speech: Speech, what: str, rows: Sequence[Row], order: Sequence[str]) -> Chart:
    amounts: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        amounts.setdefault(str(row["key"]), {})[str(row["component"])] = decimal(row["amount"])
    name_of = speech.unit if what == "units" else speech.rm
    keys = sorted(amounts, key=lambda key: (-sum(amounts[key].values()), key))
    lines = [(name_of(key), amounts[key]) for key in keys[:CHART_BARS]]
    rest = keys[CHART_BARS:]
    grid_lines = list(lines)
    if rest:
        together = {part: sum((amounts[key].get(part, Decimal(0)) for key in rest), Decimal(0)) for part in order}
        grid_lines.append((speech.text("others", n=speech.numbers.count(len(rest))), together))
    drawn = grid_lines if what == "units" else lines  # all other RMs together would dwarf every one of them
    series = [
        Series(speech.of_code(part, "component"), [of.get(part, Decimal(0)) for _, of in drawn], colour=at)
        for at, part in enumerate(order)
    ]
    columns = [
        speech.heading(f"pay.{what}"),
        *(speech.amounts_of(part, "component") for part in order),
        speech.heading("total", CellKind.MONEY),
    ]
    cells: list[tuple[Cell, ...]] = [
        (name, *(of.get(part, Decimal(0)) for part in order), sum(of.values(), Decimal(0))) for name, of in grid_lines
    ]
    title = speech.text(f"pay.chart_{what}")
    spec = bars([name for name, _ in drawn], series, unit="money", stacked=True, across=True)
    grid = Grid(title, columns, cells)
    return Chart(f"pay-{what}", title, spec, grid, height=120 + 24 * len(drawn), is_wide=what == "rms")


def _width(values: Sequence[Decimal]) -> Decimal:
    """A round step (1, 2 or 5 times a power of ten) that gives about a dozen bins."""
    span = max(values) - min(values)
    power = Decimal(1).scaleb((span / _BINS_WANTED).adjusted()) if span > 0 else Decimal(1)
    return next((power * step for step in (*_BIN_STEPS, 10) if power * step * _BINS_WANTED >= span), power * 10)


def _spread(speech: Speech, values: Sequence[Decimal]) -> Chart:
    width = _width(values)
    first, last = int(min(values) // width), int(max(values) // width)
    counts = [0] * (last - first + 1)
    for value in values:
        counts[int(value // width) - first] += 1
    numbers = speech.numbers
    labels = [f"{numbers.axis(width * at)}–{numbers.axis(width * (at + 1))}" for at in range(first, last + 1)]
    title = speech.text("pay.chart_spread")
    spec = bins(labels, Series(speech.text("rms"), counts, colour=0))
    columns = [speech.column("pay_total", "gross", kind=CellKind.TEXT), speech.heading("rms", CellKind.COUNT)]
    return Chart("pay-spread", title, spec, Grid(title, columns, list(zip(labels, counts, strict=True))), is_wide=False)


def _components(speech: Speech, components: Sequence[Row]) -> Grid:
    columns = [
        speech.column("pay", "component"),
        speech.heading("lines", CellKind.COUNT),
        speech.heading("rms", CellKind.COUNT),
        speech.column("pay", "amount"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (speech.of_code(row["component"], "component"), whole(row["lines"]), whole(row["rms"]), decimal(row["amount"]))
        for row in components
    ]
    return Grid(speech.text("pay.components"), columns, cells)


def _largest(run: Run, speech: Speech) -> Grid:
    names = ("period", "rm_id", "component", "measure", "line_id", "customer_id", "basis", "amount", "policy_clause")
    codes = {"line_id", "customer_id", "policy_clause"}
    columns = [speech.column("pay", name, kind=CellKind.CODE if name in codes else None) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.rm_and_id(row["rm_id"]), speech.of_code(row["component"], "component"),
            speech.of_code(row["measure"], "measure"), str(row["line_id"] or ""), str(row["customer_id"] or ""),
            some(row["basis"]), decimal(row["amount"]), str(row["policy_clause"] or ""),
        )
        for row in run.fetch(_LARGEST)
    ]  # fmt: skip
    return Grid(speech.text("pay.rows"), columns, cells, total_rows=run.rows("pay"), source="pay")


def _totals_grid(speech: Speech, totals: Sequence[Row]) -> Grid:
    figures = ("gross", "paid_now", "deferred")
    columns = [speech.column("pay_total", name) for name in ("rm_id", "unit_id", *figures)]
    cells: list[tuple[Cell, ...]] = [
        (speech.rm_and_id(row["rm_id"]), speech.unit(row["unit_id"]), *(decimal(row[name]) for name in figures))
        for row in totals
    ]
    return speech.first_rows(speech.text("pay.totals"), columns, cells, of=len(cells), source="pay_total")
