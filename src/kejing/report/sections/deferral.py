"""What is deferred until when, what is withheld or taken back, and what is payable?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import TABLE_ROWS
from kejing.report.read_run import Row, Run, decimal, some, whole
from kejing.report.speech import Speech
from kejing.report.ties import Tie

_CALENDAR = """
SELECT year(vests_on) AS year, SUM(CASE WHEN state = 'unvested' THEN amount - cancelled ELSE 0 END) AS unvested,
  SUM(CASE WHEN state = 'vested' THEN amount - cancelled ELSE 0 END) AS vested, SUM(cancelled) AS cancelled,
  COUNT(DISTINCT rm_id) AS rms
FROM instalment GROUP BY year(vests_on) ORDER BY year
"""

_PERIODS = """
SELECT period, COUNT(*) AS rms, SUM(gross) AS gross, SUM(deferred) AS deferred, SUM(held) AS held,
  SUM(released) AS released, SUM(vested) AS vested, SUM(recovered) AS recovered, SUM(payable) AS payable,
  SUM(paid_out) AS paid_out
FROM settlement GROUP BY period ORDER BY period
"""

_OWED = """
SELECT SUM(receivable) AS amount, COUNT(*) AS rms FROM settlement
WHERE period = (SELECT MAX(period) FROM settlement) AND receivable > 0
"""

_HELD = f"""
SELECT period, rm_id, component, hold_id, SUM(amount) AS amount, MAX(until_event) AS until_event,
  MAX(release_on) AS release_on, MAX(released_in) AS released_in
FROM held GROUP BY period, rm_id, component, hold_id
ORDER BY SUM(amount) DESC, period, rm_id, component, hold_id LIMIT {TABLE_ROWS}
"""

_MALUS = f"""
SELECT * FROM malus ORDER BY amount DESC, incident_id, period, number LIMIT {TABLE_ROWS}
"""

_INSTALMENTS = f"""
SELECT * FROM instalment ORDER BY amount DESC, rm_id, period, number LIMIT {TABLE_ROWS}
"""

_PARTS = ("gross", "deferred", "held", "released", "vested", "recovered", "payable", "paid_out")
_STATES = ("unvested", "vested", "cancelled")


def build(run: Run, speech: Speech) -> Section:
    """The vesting calendar, the way from gross pay to what is payable, holds and recoveries with their clauses."""
    title, question = speech.text("section.deferral"), speech.text("deferral.question")
    if not run.has("settlement"):
        return Section("deferral", title, question, empty=speech.say("deferral.empty"))
    calendar, periods = run.fetch(_CALENDAR), run.fetch(_PERIODS)
    charts = [_vesting(speech, calendar)] if calendar else []
    charts.append(_bridge(speech, periods))
    grids = [_instalments(run, speech)] if calendar else []
    if run.has("held"):
        grids.append(_held(run, speech))
    if run.has("malus"):
        grids.append(_malus(run, speech))
    return Section(
        "deferral",
        title,
        question,
        answer=_answer(run, speech, calendar, periods),
        charts=charts,
        grids=grids,
        notes=[_tie(periods).said(speech)],
    )


def _total(rows: Sequence[Row], name: str) -> Decimal:
    return sum((decimal(row[name]) for row in rows), Decimal(0))


def _answer(run: Run, speech: Speech, calendar: Sequence[Row], periods: Sequence[Row]) -> list[Markup]:
    numbers = speech.numbers
    answer = [
        speech.say(
            "deferral.answer",
            periods=speech.periods("settlement"),
            payable=numbers.money(_total(periods, "payable")),
            gross=numbers.money(_total(periods, "gross")),
            deferred=numbers.money(_total(periods, "deferred")),
            held=numbers.money(_total(periods, "held")),
            released=numbers.money(_total(periods, "released")),
            recovered=numbers.money(_total(periods, "recovered")),
        )
    ]
    if calendar:
        answer.append(
            speech.say(
                "deferral.answer_owed",
                unvested=numbers.money(_total(calendar, "unvested")),
                cancelled=numbers.money(_total(calendar, "cancelled")),
                first=str(calendar[0]["year"]),
                last=str(calendar[-1]["year"]),
            )
        )
    owed = run.fetch(_OWED)[0]
    if whole(owed["rms"]):
        amount = numbers.money(decimal(owed["amount"]))
        answer.append(speech.say("deferral.answer_receivable", rms=numbers.count(whole(owed["rms"])), amount=amount))
    return answer


def _tie(periods: Sequence[Row]) -> Tie:
    """What the parts of the settlement come to, against what is payable."""
    signs = {"gross": 1, "deferred": -1, "held": -1, "released": 1, "vested": 1, "recovered": -1}
    parts = sum((sign * _total(periods, name) for name, sign in signs.items()), Decimal(0))
    return Tie("deferral.tie", parts, _total(periods, "payable"))


def _vesting(speech: Speech, calendar: Sequence[Row]) -> Chart:
    years = [str(row["year"]) for row in calendar]
    series = [
        Series(speech.of_code(state, "instalment_state"), [decimal(row[state]) for row in calendar], colour=at)
        for at, state in enumerate(_STATES)
    ]
    columns = [
        speech.heading("deferral.year"),
        speech.heading("rms", CellKind.COUNT),
        *(speech.amounts_of(state, "instalment_state") for state in _STATES),
    ]
    cells: list[tuple[Cell, ...]] = [
        (str(row["year"]), whole(row["rms"]), *(decimal(row[state]) for state in _STATES)) for row in calendar
    ]
    title = speech.text("deferral.chart_vesting")
    spec = bars(years, series, unit="money", stacked=True)
    return Chart("deferral-vesting", title, spec, Grid(title, columns, cells), is_wide=False)


def _bridge(speech: Speech, periods: Sequence[Row]) -> Chart:
    """Pay that leaves now and pay that does not, period by period."""
    shown = ("paid_out", "deferred", "held")
    series = [
        Series(speech.label_of("settlement", name), [decimal(row[name]) for row in periods], colour=at)
        for at, name in enumerate(shown)
    ]
    columns = [
        speech.column("settlement", "period"),
        speech.heading("rms", CellKind.COUNT),
        *(speech.column("settlement", name) for name in _PARTS),
    ]
    cells: list[tuple[Cell, ...]] = [
        (str(row["period"]), whole(row["rms"]), *(decimal(row[name]) for name in _PARTS)) for row in periods
    ]
    title = speech.text("deferral.chart_periods")
    spec = bars([str(row["period"]) for row in periods], series, unit="money", stacked=True)
    return Chart("deferral-periods", title, spec, Grid(title, columns, cells, source="settlement"), is_wide=False)


def _instalments(run: Run, speech: Speech) -> Grid:
    names = ("period", "rm_id", "number", "vests_on", "amount", "cancelled", "state", "policy_clause")
    columns = [
        speech.column("instalment", name, kind=CellKind.CODE if name == "policy_clause" else None) for name in names
    ]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.rm_and_id(row["rm_id"]), whole(row["number"]), str(row["vests_on"]),
            decimal(row["amount"]), decimal(row["cancelled"]), speech.of_code(row["state"], "instalment_state"),
            str(row["policy_clause"] or ""),
        )
        for row in run.fetch(_INSTALMENTS)
    ]  # fmt: skip
    return speech.first_rows(
        speech.text("deferral.instalments"), columns, cells, of=run.rows("instalment"), source="instalment"
    )


def _held(run: Run, speech: Speech) -> Grid:
    names = ("period", "rm_id", "component", "hold_id", "amount", "until_event", "release_on", "released_in")
    columns = [speech.column("held", name, kind=CellKind.CODE if name == "hold_id" else None) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["period"]), speech.rm_and_id(row["rm_id"]), speech.of_code(row["component"], "component"),
            str(row["hold_id"]), decimal(row["amount"]), str(row["until_event"] or ""), _day(row["release_on"]),
            str(row["released_in"] or ""),
        )
        for row in run.fetch(_HELD)
    ]  # fmt: skip
    return speech.first_rows(speech.text("deferral.held"), columns, cells, of=run.rows("held"), source="held")


def _malus(run: Run, speech: Speech) -> Grid:
    names = ("incident_id", "rm_id", "cause", "period", "number", "basis", "share", "amount", "kind", "policy_clause")
    codes = {"incident_id", "policy_clause"}
    kinds = {"share": CellKind.PERCENT, **dict.fromkeys(codes, CellKind.CODE)}
    columns = [speech.column("malus", name, kind=kinds.get(name)) for name in names]
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["incident_id"]), speech.rm_and_id(row["rm_id"]), speech.of_code(row["cause"], "incident_cause"),
            str(row["period"]), whole(row["number"]), some(row["basis"]), some(row["share"]), decimal(row["amount"]),
            speech.of_code(row["kind"], "malus_kind"), str(row["policy_clause"] or ""),
        )
        for row in run.fetch(_MALUS)
    ]  # fmt: skip
    return speech.first_rows(speech.text("deferral.malus"), columns, cells, of=run.rows("malus"), source="malus")


def _day(value: object) -> str:
    return "" if value is None else str(value)
