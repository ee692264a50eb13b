"""Which pay is disputed, who must answer by when, and how much rests on it?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import CHART_BARS, TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech

_STATES = """
SELECT state, COUNT(*) AS disputes, MAX(days_late) AS days, SUM(amount) AS amount
FROM dispute GROUP BY state ORDER BY state
"""

_OWNERS = """
SELECT owner, SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END) AS waiting,
  SUM(CASE WHEN state = 'overdue' THEN 1 ELSE 0 END) AS overdue
FROM dispute WHERE state IN ('open', 'overdue') GROUP BY owner ORDER BY overdue DESC, waiting DESC, owner
"""

_ROWS = f"""
SELECT * FROM dispute
ORDER BY CASE WHEN state = 'overdue' THEN 0 WHEN state = 'open' THEN 1 ELSE 2 END, days_late DESC, due_on, dispute_id
LIMIT {TABLE_ROWS}
"""

_UNDECIDED = ("overdue", "open")
_ORDER = (*_UNDECIDED, "granted", "partly", "rejected", "withdrawn")


def build(run: Run, speech: Speech) -> Section:
    """Disputes by state, those not yet decided by owner, and the longest overdue."""
    title, question = speech.text("section.disputes"), speech.text("disputes.question")
    if not run.has("dispute"):
        return Section("disputes", title, question, empty=speech.say("disputes.empty"))
    states = {str(row["state"]): row for row in run.fetch(_STATES)}
    owners = run.fetch(_OWNERS)
    return Section(
        "disputes",
        title,
        question,
        answer=[_answer(speech, states)],
        charts=[_by_owner(speech, owners)] if owners else [],
        grids=[_rows(run, speech)],
    )


def _answer(speech: Speech, states: dict[str, Row]) -> Markup:
    numbers = speech.numbers
    parts = [
        speech.say(
            "disputes.part",
            state=speech.of_code(state, "state"),
            n=numbers.count(whole(states[state]["disputes"])),
        )
        for state in _ORDER
        if state in states
    ]
    undecided = sum((decimal(states[state]["amount"]) for state in _UNDECIDED if state in states), Decimal(0))
    said = speech.say(
        "disputes.answer",
        total=numbers.count(sum(whole(row["disputes"]) for row in states.values())),
        parts=speech.listed(parts),
        amount=numbers.money(undecided),
    )
    if "overdue" in states:
        said += speech.say("disputes.answer_late", days=numbers.count(whole(states["overdue"]["days"])))
    return said


def _by_owner(speech: Speech, owners: Sequence[Row]) -> Chart:
    drawn = owners[:CHART_BARS]
    names = [str(row["owner"]) for row in drawn]
    counts = {name: [whole(row[name]) for row in drawn] for name in ("overdue", "waiting")}
    labels = {"overdue": speech.of_code("overdue", "state"), "waiting": speech.of_code("open", "state")}
    series = [Series(labels[name], counts[name], colour=colour) for name, colour in (("overdue", 1), ("waiting", 0))]
    columns = [
        speech.column("dispute", "owner"),
        *(speech.heading(f"code.state.{state}", CellKind.COUNT) for state in _UNDECIDED),
    ]
    cells: list[tuple[Cell, ...]] = list(zip(names, counts["overdue"], counts["waiting"], strict=True))
    title = speech.text("disputes.chart")
    spec = bars(names, series, unit="count", stacked=True, across=True)
    grid = Grid(title, columns, cells, total_rows=len(owners), source="dispute")
    return Chart("disputes-owners", title, spec, grid, height=110 + 26 * len(names), is_wide=False)


def _rows(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.column("dispute", "dispute_id", kind=CellKind.CODE),
        speech.column("dispute", "state"),
        speech.column("dispute", "rm_id"),
        speech.column("dispute", "period"),
        speech.column("dispute", "line_id", kind=CellKind.CODE),
        speech.column("dispute", "claim", kind=CellKind.BRIEF),
        *(speech.column("dispute", name) for name in ("owner", "due_on", "days_late", "amount", "expected", "booked")),
    ]
    cells: list[tuple[Cell, ...]] = []
    for row in run.fetch(_ROWS):
        due_on = row["due_on"]
        assert isinstance(due_on, dt.date)
        cells.append(
            (
                str(row["dispute_id"]), speech.of_code(row["state"], "state"), speech.rm_and_id(row["rm_id"]),
                str(row["period"]), str(row["line_id"] or ""), str(row["claim"]), str(row["owner"]), due_on,
                whole(row["days_late"]), some(row["amount"]), some(row["expected"]), some(row["booked"]),
            )
        )  # fmt: skip
    return speech.first_rows(speech.text("disputes.rows"), columns, cells, of=run.rows("dispute"), source="dispute")
