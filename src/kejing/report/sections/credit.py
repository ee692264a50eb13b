"""Who produced what, who shares the credit, and does it tie to the ledger?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import POOL, Row, Run, decimal, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie, control_amount

INCOME = "income"
ELIMINATION = "~elimination"
UNASSIGNED = "unassigned"

_PARTS = f"""
SELECT view, part, COUNT(*) AS lines, SUM(amount) AS amount
FROM (
  SELECT view, amount,
    CASE WHEN rm_id = '{POOL}' THEN '{UNASSIGNED}' WHEN rm_id = '{ELIMINATION}' THEN 'elimination' ELSE role END AS part
  FROM credit WHERE measure = '{INCOME}'
) AS parted
GROUP BY view, part ORDER BY view, part
"""

_UNITS = f"""
SELECT unit_id, part, SUM(amount) AS amount
FROM (
  SELECT unit_id, amount, CASE WHEN rm_id = '{POOL}' THEN '{UNASSIGNED}' ELSE role END AS part
  FROM credit WHERE measure = '{INCOME}' AND view = 'ledger'
) AS parted
GROUP BY unit_id, part ORDER BY unit_id, part
"""

_MEASURES = """
SELECT measure, period, view, COUNT(*) AS lines, SUM(amount) AS amount
FROM credit GROUP BY measure, period, view ORDER BY measure, period, view
"""

_LARGEST = f"""
SELECT line_id, period, rm_id, unit_id, customer_id, role, share, amount
FROM credit WHERE measure = '{INCOME}' AND view = 'ledger'
ORDER BY ABS(amount) DESC, line_id, rm_id LIMIT {TABLE_ROWS}
"""


def build(run: Run, speech: Speech) -> Section:
    """Credit by unit and role, the ledger view against the shadow view, the tie to the ledger."""
    title, question = speech.text("section.credit"), speech.text("credit.question")
    if not run.has("credit"):
        return Section("credit", title, question, empty=speech.say("credit.empty"))
    parts = run.fetch(_PARTS)
    ledger = {str(row["part"]): decimal(row["amount"]) for row in parts if row["view"] == "ledger"}
    shadow = {str(row["part"]): decimal(row["amount"]) for row in parts if row["view"] == "shadow"}
    notes = [Tie("credit.tie", _sum(ledger), control_amount(run, "credit", "ledger")).said(speech)]
    if shadow:
        notes.append(Tie("credit.tie_shadow", _sum(shadow), _sum(ledger)).said(speech))
    charts = [_by_unit(speech, run.fetch(_UNITS))]
    charts.append(_views(speech, ledger, shadow))
    grids = [_measures(speech, run.fetch(_MEASURES)), _largest(run, speech)]
    return Section("credit", title, question, answer=[_answer(speech, ledger)], charts=charts, grids=grids, notes=notes)


def _sum(parts: dict[str, Decimal]) -> Decimal:
    return sum(parts.values(), Decimal(0))


def _answer(speech: Speech, ledger: dict[str, Decimal]) -> Markup:
    numbers, whole_sum = speech.numbers, _sum(ledger)
    said = speech.listed(
        [
            speech.say(
                "credit.part",
                part=speech.of_code(part, "role"),
                amount=numbers.money(amount),
                share=numbers.percent(Fraction(amount) / Fraction(whole_sum) if whole_sum else Fraction(0)),
            )
            for part, amount in sorted(ledger.items(), key=lambda item: (_order(item[0]), item[0]))
        ]
    )
    return speech.say("credit.answer", periods=speech.periods("credit"), total=numbers.money(whole_sum), parts=said)


def _order(part: str) -> int:
    known = ("lead", "assist", "treasury", "lending", UNASSIGNED, "elimination")
    return known.index(part) if part in known else len(known)


def _by_unit(speech: Speech, rows: Sequence[Row]) -> Chart:
    amounts: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        amounts.setdefault(str(row["unit_id"]), {})[str(row["part"])] = decimal(row["amount"])
    order = sorted(amounts, key=lambda unit: (-_sum(amounts[unit]), unit))
    parts = sorted({part for of in amounts.values() for part in of}, key=lambda part: (_order(part), part))
    lines = [(speech.unit(unit), amounts[unit]) for unit in order[:CHART_BARS]]
    rest = order[CHART_BARS:]
    if rest:
        together = {part: sum((amounts[unit].get(part, Decimal(0)) for unit in rest), Decimal(0)) for part in parts}
        lines.append((speech.text("others", n=speech.numbers.count(len(rest))), together))
    series = [
        Series(
            speech.of_code(part, "role"),
            [of.get(part, Decimal(0)) for _, of in lines],
            colour=9 if part == UNASSIGNED else at,
        )
        for at, part in enumerate(parts)
    ]
    columns = [
        speech.column("credit", "unit_id"),
        *(speech.amounts_of(part, "role") for part in parts),
        speech.heading("total", CellKind.MONEY),
    ]
    cells: list[tuple[Cell, ...]] = [
        (name, *(of.get(part, Decimal(0)) for part in parts), _sum(of)) for name, of in lines
    ]
    title = speech.text("credit.chart_units")
    spec = bars([name for name, _ in lines], series, unit="money", stacked=True, across=True)
    return Chart("credit-units", title, spec, Grid(title, columns, cells), height=110 + 26 * len(lines), is_wide=False)


def _views(speech: Speech, ledger: dict[str, Decimal], shadow: dict[str, Decimal]) -> Chart:
    """Shares by role in both views; the elimination brings the shadow view back to the ledger."""
    parts = sorted(ledger.keys() | shadow.keys(), key=lambda part: (_order(part), part))
    labels = [speech.of_code(part, "role") for part in parts]
    views = [("ledger", ledger), *([("shadow", shadow)] if shadow else [])]
    series = [
        Series(speech.of_code(view, "view"), [of.get(part) for part in parts], colour=at)
        for at, (view, of) in enumerate(views)
    ]
    columns = [
        speech.column("credit", "role"),
        *(speech.amounts_of(view, "view") for view, _ in views),
    ]
    cells: list[tuple[Cell, ...]] = [
        (label, *(of.get(part) for _, of in views)) for part, label in zip(parts, labels, strict=True)
    ]
    cells.append((speech.text("total"), *(_sum(of) for _, of in views)))
    title = speech.text("credit.chart_views")
    spec = bars(labels, series, unit="money", across=True)
    return Chart("credit-views", title, spec, Grid(title, columns, cells), height=110 + 44 * len(parts), is_wide=False)


def _measures(speech: Speech, rows: Sequence[Row]) -> Grid:
    columns = [
        speech.column("credit", "measure"),
        speech.column("credit", "period"),
        speech.column("credit", "view"),
        speech.heading("lines", CellKind.COUNT),
        speech.column("credit", "amount"),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            speech.of_code(row["measure"], "measure"), str(row["period"]), speech.of_code(row["view"], "view"),
            whole(row["lines"]), decimal(row["amount"]),
        )
        for row in rows
    ]  # fmt: skip
    return speech.first_rows(speech.text("credit.measures"), columns, cells, of=len(cells), source="credit")


def _largest(run: Run, speech: Speech) -> Grid:
    names = ("line_id", "period", "rm_id", "unit_id", "customer_id", "role", "share", "amount")
    codes = {"line_id", "customer_id"}
    columns = [speech.column("credit", name, kind=CellKind.CODE if name in codes else None) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["line_id"]), str(row["period"]), speech.rm_and_id(row["rm_id"]), speech.unit(row["unit_id"]),
            str(row["customer_id"]), speech.of_code(row["role"], "role"), decimal(row["share"]), decimal(row["amount"]),
        )
        for row in run.fetch(_LARGEST)
    ]  # fmt: skip
    return speech.first_rows(speech.text("credit.rows"), columns, cells, of=run.rows("credit"), source="credit")
