"""The bulletin: boards of a period as they stood on their cut-off day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.stages.context import StageContext
from kejing.stages.earn.grade.attach import closed_periods
from kejing.stages.earn.grade.settings import BoardSettings, PraiseSettings
from kejing.stages.output import MICRO_DIGITS
from kejing.stages.rule_file import day_literal, run_rules

_BOARD = pa.schema(
    [
        ("board", pa.string()),
        ("period", pa.string()),
        ("figure", pa.string()),
        ("measure", pa.string()),
        ("peers_by", pa.string()),
        ("top", pa.int64()),
        ("least", pa.int64()),
        ("cut_off", pa.date32()),
    ]
)


def attach_praise(context: StageContext, settings: PraiseSettings | None) -> None:
    """Create relation ``praise``: boards of every period whose cut-off day has come.

    Notes
    -----
    A figure is one of the scorecard's that is stored in millionths: points or completion.
    A run knows what was known on its own day. Where facts of the period came in after the cut-off, the boards may
    differ from those that were published: a finding says how many and how to see the boards of that day.
    """
    rows = []
    for name, period in closed_periods(context) if settings is not None else ():
        assert settings is not None
        cut_off = period.last_day + dt.timedelta(days=settings.cut_off_days)
        if cut_off > context.as_of:
            continue
        rows += [
            {
                "board": board.board,
                "period": name,
                "figure": board.figure,
                "measure": board.measure,
                "peers_by": board.within,
                "top": board.top,
                "least": _least(context, board, period.last_day),
                "cut_off": cut_off,
            }
            for board in settings.boards
        ]
        if settings.boards:
            _report_late(context, name, cut_off)
    context.engine.attach_arrow("praise_board", pa.Table.from_pylist(rows, schema=_BOARD))
    run_rules(context.engine, "kejing.stages.earn.grade", "praise.sql")


def _least(context: StageContext, board: BoardSettings, day: dt.date) -> int:
    """The least stored figure that is praised: millionths, rounded up."""
    if board.at_least is None:
        return 0
    value = context.policy.parameter(board.at_least, day)
    assert isinstance(value, Fraction)
    exact = value * 10**MICRO_DIGITS
    stored: int = -(-exact.numerator // exact.denominator)
    return stored


def _report_late(context: StageContext, period: str, cut_off: dt.date) -> None:
    """Facts of the period that became known after its boards were cut off."""
    late = context.engine.value(
        "SELECT COUNT(*) FROM income AS i"
        " JOIN period AS p ON i.booked_on >= p.period_start AND i.booked_on < p.period_end"
        " JOIN (SELECT customer_id FROM customer_scope GROUP BY customer_id) AS c ON c.customer_id = i.customer_id"
        f" WHERE p.period = '{period}' AND i.known_at > {day_literal(cut_off)}"
    )
    if late:
        context.note(
            "grade.known_after_cut_off", "grade", severity=Severity.INFO, period=period, cut_off=cut_off, count=late
        )
