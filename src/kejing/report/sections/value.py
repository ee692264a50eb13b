"""What did the customers earn the bank after transfer price, losses and capital, by unit and RM, and who holds it?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some
from kejing.report.speech import Speech
from kejing.report.ties import Tie, control_amount

_FIGURES = ("profit", "eva", "capital", "raroc")
_ENDS = 5
"""Customers shown at each end."""

_TOTALS = """
SELECT t.period, t.profit, t.eva, t.capital, t.raroc, COALESCE(u.profit, 0) AS unassigned,
  r.profit AS of_rms, n.profit AS of_units
FROM profit AS t
LEFT JOIN profit AS u ON u.period = t.period AND u.level = 'rm' AND u.id = ''
LEFT JOIN (SELECT period, SUM(profit) AS profit FROM profit WHERE level = 'rm' GROUP BY period) AS r
  ON r.period = t.period
LEFT JOIN (SELECT period, SUM(profit) AS profit FROM profit WHERE level = 'unit' GROUP BY period) AS n
  ON n.period = t.period
WHERE t.level = 'total' ORDER BY t.period
"""

_LEVEL = "SELECT * FROM profit WHERE level = $$level AND period = $$period ORDER BY profit DESC, id"

_CUSTOMERS = f"""
SELECT c.customer_id, {{name}} AS name, c.profit, c.eva, c.capital, c.raroc
FROM (
  SELECT id AS customer_id, profit, eva, capital, raroc,
    ROW_NUMBER() OVER (ORDER BY profit DESC, id) AS place,
    ROW_NUMBER() OVER (ORDER BY profit, id DESC) AS from_below
  FROM profit WHERE level = 'customer' AND period = $$period
) AS c
{{join}}
WHERE c.place <= {_ENDS} OR c.from_below <= {_ENDS}
ORDER BY c.place
"""


def build(run: Run, speech: Speech) -> Section:
    """Profit of every period with what nobody holds; units, RMs and both ends of the customers of the latest one."""
    title, question = speech.text("section.value"), speech.text("value.question")
    totals = run.fetch(_TOTALS) if run.has("profit") and run.has("value") else []
    if not totals:
        return Section("value", title, question, empty=speech.say("value.empty"))
    latest = totals[-1]
    units, rms = (run.fetch(_LEVEL, {"level": level, "period": latest["period"]}) for level in ("unit", "rm"))
    accounts = decimal(run.value_of("SELECT SUM(profit) FROM value"))
    of_rms, of_units = (sum((decimal(row[name]) for row in totals), Decimal(0)) for name in ("of_rms", "of_units"))
    return Section(
        "value",
        title,
        question,
        answer=[_answer(speech, latest)],
        charts=[_money(speech, units, str(latest["period"])), *_rates(speech, units, str(latest["period"]))],
        grids=[_periods(speech, totals), _customers(run, speech, latest), _rms(speech, rms, str(latest["period"]))],
        notes=[
            *_tie_ledger(run, speech),
            Tie("value.tie_rms", of_rms, accounts).said(speech),
            Tie("value.tie_units", of_units, accounts).said(speech),
            speech.say("value.prices"),
        ],
    )


def _tie_ledger(run: Run, speech: Speech) -> list[Markup]:
    """Income of the accounts against that of the ledger, where the run controlled it."""
    income = control_amount(run, "value", "income")
    ledger = control_amount(run, "credit", "ledger")
    return [] if income is None else [Tie("value.tie_ledger", income, ledger).said(speech)]


def _share(row: Row) -> Fraction:
    """The part of the profit that nobody holds."""
    profit = Fraction(decimal(row["profit"]))
    return Fraction(decimal(row["unassigned"])) / profit if profit else Fraction(0)


def _answer(speech: Speech, row: Row) -> Markup:
    numbers = speech.numbers
    said = speech.say(
        "value.answer",
        period=str(row["period"]),
        profit=numbers.money(decimal(row["profit"])),
        eva=numbers.money(decimal(row["eva"])),
        unassigned=numbers.money(decimal(row["unassigned"])),
        share=numbers.percent(_share(row)),
    )
    if row["raroc"] is not None:
        capital = numbers.money(decimal(row["capital"]))
        said += speech.say("value.answer_raroc", capital=capital, raroc=numbers.percent(decimal(row["raroc"])))
    return said


def _money(speech: Speech, units: Sequence[Row], period: str) -> Chart:
    drawn = units[:CHART_BARS]
    names = [speech.unit(row["id"] or None) for row in drawn]
    series = [
        Series(speech.label_of("profit", name), [decimal(row[name]) for row in drawn], colour=colour)
        for name, colour in (("profit", 0), ("eva", 2))
    ]
    title = speech.text("value.chart_units", period=period)
    columns = [speech.heading("unit"), *(speech.column("profit", name) for name in _FIGURES)]
    cells: list[tuple[Cell, ...]] = [
        (name, *(some(row[one]) for one in _FIGURES)) for name, row in zip(names, drawn, strict=True)
    ]
    grid = Grid(title, columns, cells, total_rows=len(units), source="profit")
    spec = bars(names, series, unit="money", across=True)
    return Chart("value-units", title, spec, grid, height=120 + 40 * len(names), is_wide=False)


def _rates(speech: Speech, units: Sequence[Row], period: str) -> list[Chart]:
    known = sorted(
        (row for row in units if row["raroc"] is not None), key=lambda row: (-decimal(row["raroc"]), row["id"])
    )
    if not known:
        return []
    drawn = known[:CHART_BARS]
    names = [speech.unit(row["id"] or None) for row in drawn]
    values = [decimal(row["raroc"]) for row in drawn]
    title = speech.text("value.chart_raroc", period=period)
    columns = [speech.heading("unit"), speech.column("profit", "raroc")]
    grid = Grid(title, columns, list(zip(names, values, strict=True)), total_rows=len(known), source="profit")
    spec = bars(names, [Series(speech.label_of("profit", "raroc"), values, colour=4)], unit="percent", across=True)
    return [Chart("value-raroc", title, spec, grid, height=110 + 26 * len(names), is_wide=False)]


def _periods(speech: Speech, totals: Sequence[Row]) -> Grid:
    columns = [
        speech.column("profit", "period"),
        *(speech.column("profit", name) for name in _FIGURES),
        speech.heading("value.unassigned", CellKind.MONEY),
        speech.heading("value.unassigned_share", CellKind.PERCENT),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), *(some(row[name]) for name in _FIGURES), decimal(row["unassigned"]),
            Decimal(round(_share(row) * 10**6)).scaleb(-6),
        )
        for row in totals
    ]  # fmt: skip
    return Grid(speech.text("value.periods"), columns, cells)


def _customers(run: Run, speech: Speech, latest: Row) -> Grid:
    rows = run.fetch(run.with_customer_name(_CUSTOMERS, "c"), {"period": latest["period"]})
    columns = [
        speech.column("value", "customer_id", kind=CellKind.CODE),
        speech.heading("value.customer"),
        *(speech.column("profit", name) for name in _FIGURES),
    ]
    cells: list[tuple[Cell, ...]] = [
        (str(row["customer_id"]), str(row["name"] or ""), *(some(row[name]) for name in _FIGURES)) for row in rows
    ]
    return Grid(speech.text("value.customers", period=str(latest["period"])), columns, cells, source="profit")


def _rms(speech: Speech, rms: Sequence[Row], period: str) -> Grid:
    columns = [speech.heading("rm"), *(speech.column("profit", name) for name in _FIGURES)]
    cells: list[tuple[Cell, ...]] = [
        (speech.rm_and_id(row["id"]), *(some(row[name]) for name in _FIGURES)) for row in rms[:TABLE_ROWS]
    ]
    return speech.first_rows(speech.text("value.rms", period=period), columns, cells, of=len(rms), source="profit")
