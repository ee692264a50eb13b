"""What was paid from the funds, what is left, and which claims were refused, and why?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import steps
from kejing.report.limits import CHART_ROWS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie

_FUNDS = """
SELECT g.fund_id, g.kind, g.unit_id, g.amount AS granted, COALESCE(c.paid, 0) AS paid,
  COALESCE(c.claims, 0) AS claims,
  COALESCE(c.refused, 0) AS refused, COALESCE(c.waiting, 0) AS waiting, l.balance
FROM fund AS g
JOIN (
  SELECT fund_id, balance, ROW_NUMBER() OVER (PARTITION BY fund_id ORDER BY place DESC) AS back FROM fund
) AS l ON l.fund_id = g.fund_id AND l.back = 1
LEFT JOIN (
  SELECT fund_id, COUNT(*) AS claims, SUM(CASE WHEN state = 'paid' THEN amount ELSE 0 END) AS paid,
    SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS refused,
    SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END) AS waiting
  FROM fund WHERE place > 0 GROUP BY fund_id
) AS c ON c.fund_id = g.fund_id
WHERE g.place = 0
ORDER BY CASE WHEN g.amount = 0 THEN 1 ELSE 0 END, l.balance / NULLIF(g.amount, 0), g.fund_id
"""

_BALANCES = """
SELECT fund_id, place, day, amount, balance, state FROM fund WHERE state IN ('grant', 'paid') ORDER BY fund_id, place
"""

_REFUSED = f"""
SELECT * FROM fund WHERE state = 'refused' ORDER BY day DESC, fund_id, place LIMIT {TABLE_ROWS}
"""

_REFUSED_ROWS = "SELECT COUNT(*) AS claims FROM fund WHERE state = 'refused'"

_CHART_FUNDS = 6
"""Funds drawn in one chart: beyond it lines cannot be told apart."""


def build(run: Run, speech: Speech) -> Section:
    """Balance of the funds payment by payment, what is left of each, and the claims refused."""
    title, question = speech.text("section.funds"), speech.text("funds.question")
    if not run.has("fund"):
        return Section("funds", title, question, empty=speech.say("funds.empty"))
    funds = run.fetch(_FUNDS)
    granted, paid, left = (sum((decimal(row[n]) for row in funds), Decimal(0)) for n in ("granted", "paid", "balance"))
    numbers = speech.numbers
    counts = {n: numbers.count(sum(whole(row[n]) for row in funds)) for n in ("claims", "refused", "waiting")}
    answer = speech.say(
        "funds.answer",
        funds=numbers.count(len(funds)),
        granted=numbers.money(granted),
        paid=numbers.money(paid),
        share=numbers.percent(Fraction(paid) / Fraction(granted) if granted else Fraction(0)),
        left=numbers.money(left),
        claims=counts["claims"],
        refused=counts["refused"],
        open=counts["waiting"],
    )
    return Section(
        "funds",
        title,
        question,
        answer=[answer],
        charts=[_burn_down(run, speech, funds)],
        grids=[_grants(speech, funds), _refused(run, speech)],
        notes=[Tie("funds.tie", paid + left, granted).said(speech)],
    )


def _burn_down(run: Run, speech: Speech, funds: Sequence[Row]) -> Chart:
    """One stepped line a fund, from the grant on; the funds with the smallest share left."""
    drawn = [str(row["fund_id"]) for row in funds[:_CHART_FUNDS]]
    names = {str(row["fund_id"]): _name(speech, row) for row in funds}
    points: dict[str, list[tuple[dt.date, Decimal]]] = {fund: [] for fund in drawn}
    cells: list[tuple[Cell, ...]] = []
    for row in run.fetch(_BALANCES):
        fund, day = str(row["fund_id"]), row["day"]
        assert isinstance(day, dt.date)
        if fund in points:
            points[fund].append((day, decimal(row["balance"])))
            cells.append((names[fund], day, decimal(row["amount"]), decimal(row["balance"])))
    end = run.manifest.as_of
    for line in points.values():
        if line[-1][0] < end:
            line.append((end, line[-1][1]))
    columns = [
        speech.column("fund", "fund_id", kind=CellKind.TEXT),
        *(speech.column("fund", name) for name in ("day", "amount", "balance")),
    ]
    title = speech.text("funds.chart")
    note = speech.text("funds.chart_note", shown=len(drawn), total=len(funds)) if len(funds) > len(drawn) else ""
    grid = Grid(title, columns, cells[:CHART_ROWS], total_rows=len(cells), source="fund")
    spec = steps([(names[fund], line) for fund, line in points.items()], unit="money")
    return Chart("funds-balance", title, spec, grid, note=note, height=340)


def _name(speech: Speech, row: Row) -> str:
    return f"{row['fund_id']} {speech.unit(row['unit_id'])} {speech.of_code(row['kind'], 'fund_kind')}"


def _grants(speech: Speech, funds: Sequence[Row]) -> Grid:
    columns = [
        speech.column("fund", "fund_id", kind=CellKind.CODE),
        speech.column("fund", "unit_id"),
        speech.column("fund", "kind"),
        *(speech.heading(f"funds.{name}", CellKind.MONEY) for name in ("granted", "paid", "left")),
        speech.heading("funds.left_share", CellKind.PERCENT),
        *(speech.heading(f"funds.{name}", CellKind.COUNT) for name in ("refused", "open")),
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["fund_id"]), speech.unit(row["unit_id"]), speech.of_code(row["kind"], "fund_kind"),
            *(decimal(row[name]) for name in ("granted", "paid", "balance")),
            decimal(row["balance"]) / decimal(row["granted"]) if decimal(row["granted"]) else None,
            whole(row["refused"]), whole(row["waiting"]),
        )
        for row in funds
    ]  # fmt: skip
    return speech.first_rows(speech.text("funds.grants"), columns, cells, of=len(cells), source="fund")


def _refused(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.column("fund", "fund_id", kind=CellKind.CODE),
        speech.column("fund", "claim_id", kind=CellKind.CODE),
        *(speech.column("fund", name) for name in ("applicant", "approver")),
        speech.heading("funds.day", CellKind.DATE),
        *(speech.column("fund", name) for name in ("amount", "balance", "reason")),
    ]
    cells: list[tuple[Cell, ...]] = []
    for row in run.fetch(_REFUSED):
        day = row["day"]
        assert isinstance(day, dt.date)
        cells.append(
            (
                str(row["fund_id"]), str(row["claim_id"]), str(row["applicant"]), str(row["approver"]), day,
                decimal(row["amount"]), decimal(row["balance"]), speech.of_code(row["reason"], "reason"),
            )
        )  # fmt: skip
    total = whole(run.value_of(_REFUSED_ROWS))
    return speech.first_rows(speech.text("funds.rows"), columns, cells, of=total, source="fund")
