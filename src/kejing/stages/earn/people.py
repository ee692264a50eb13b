"""What pay formulas may ask of an RM beside the last row of the period: tenure, averages by day, incidents, openings.

Writes ``rm_average``, ``rm_first_year``, ``incident_input``, ``rm_opening``, ``task_opening`` and ``rm_value``.
Rows: E1-21, E2-54, E4-70 (experience in post), E3-86 (simulated profit); guaranteed pay in the
first year of service only (商业银行稳健薪酬监管指引, 2010).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pyarrow as pa

from kejing.measure.period import LAST_DAY, Period, add_months
from kejing.policy.formula.binding import bind_pack
from kejing.stages.context import StageContext
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.rule_file import day_literal, run_rules

YEAR_MONTHS = 12
_VALUE = "SELECT period, id AS rm_id, profit, eva, capital FROM profit WHERE level = 'rm' AND id <> ''"
_NO_VALUE = pa.schema(
    [("period", pa.string()), ("rm_id", pa.string()), *((name, pa.int64()) for name in ("profit", "eva", "capital"))]
)
_TENURE = pa.schema(
    [
        ("period", pa.string()),
        ("first_day", pa.date32()),
        ("months_in_post", pa.int64()),
        ("anniversary", pa.date32()),
    ]
)


def prepare_people(context: StageContext) -> None:
    """Create the relations; opening balances that no formula reads are reported."""
    engine = context.engine
    engine.create("rm_first", "SELECT rm_id, MIN(valid_from) AS first_day FROM rms GROUP BY rm_id")
    days = engine.fetch("SELECT first_day FROM rm_first GROUP BY first_day ORDER BY first_day").to_pylist()
    engine.attach_arrow("tenure", _tenure([row["first_day"] for row in days], context.periods))
    start = context.year.start
    values = {"YEAR_START": day_literal(start), "LAST_YEAR_START": day_literal(add_months(start, -YEAR_MONTHS))}
    run_rules(engine, "kejing.stages.earn", "people.sql", values)
    _prepare_value(context)
    _report_unread(context)


def _prepare_value(context: StageContext) -> None:
    """``rm_value``: what an RM's customers earned the bank (E3-86), without rows where stage value did not run."""
    if "profit" in context.engine.relations():
        context.engine.create("rm_value", _VALUE)
    else:
        context.engine.attach_arrow("rm_value", _NO_VALUE.empty_table())


def _tenure(first_days: Iterable[dt.date], periods: list[tuple[str, Period]]) -> pa.Table:
    """Whole months in post at the end of each period and the first anniversary, by first day: dates need a calendar."""
    rows = [
        {
            "period": name,
            "first_day": day,
            "months_in_post": months_between(day, period.end),
            "anniversary": _anniversary(day),
        }
        for day in first_days
        for name, period in periods
    ]
    return pa.Table.from_pylist(rows, schema=_TENURE)


def months_between(start: dt.date, end: dt.date) -> int:
    """Whole months from ``start`` up to, not including, ``end``; zero where it lies before.

    Examples
    --------
    >>> import datetime as dt
    >>> [months_between(dt.date(2024, 10, day), dt.date(2025, 4, 1)) for day in (1, 2)]
    [6, 5]
    """
    months = (end.year - start.year) * YEAR_MONTHS + end.month - start.month
    return max(0, months - (end.day < start.day))


def _anniversary(day: dt.date) -> dt.date:
    """The day the second year begins; someone who starts on 29 February is a year older on 1 March."""
    if day.year >= LAST_DAY.year:
        return LAST_DAY
    later = add_months(day, YEAR_MONTHS)
    return later if later.day == day.day else later + dt.timedelta(days=1)


def _report_unread(context: StageContext) -> None:
    """An opening balance that no formula takes up is money that somebody thinks is there."""
    binding = bind_pack(context.policy, EARN_VOCABULARY)
    read = {name for formula in binding.bound for name in binding.earlier(formula)}
    rows = context.engine.fetch("SELECT item, COUNT(*) AS rows FROM openings GROUP BY item ORDER BY item").to_pylist()
    for row in rows:
        if row["item"] not in read:
            context.note("pay.opening_unread", "pay", item=row["item"], count=row["rows"])
