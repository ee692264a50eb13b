"""Do the figures of a run keep what the regulator asks? Each limit is held against every RM of its post."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from kejing.measure.period import FIRST_DAY, add_months
from kejing.measure.rounding import round_fraction
from kejing.policy.literals import show_value
from kejing.stages.context import StageContext
from kejing.stages.earn.settle.regulation import Limit, limits_on
from kejing.stages.earn.settle.settings import RegulationSettings

_FIGURES = {
    "deferral_share": ("deferred", "performance"),
    "base_share": ("base", "gross"),
    "performance_multiple": ("performance", "base"),
}
"""Check → (above the line, below the line), each a sum over the fiscal year of one RM."""
_MONTHS = 12
_SHOWN_DIGITS = 4


def watch_regulation(context: StageContext, settings: RegulationSettings) -> None:
    """Report limits that figures of the fiscal year so far do not keep, by post."""
    engine = context.engine
    engine.attach_arrow("base_component", pa.table({"component": pa.array(sorted(settings.base), pa.string())}))
    engine.create(
        "settle_year",
        """
        SELECT
          d.rm_id, d.post, COUNT(*) AS periods, CAST(SUM(d.gross) AS $BIGINT) AS gross,
          CAST(SUM(d.performance) AS $BIGINT) AS performance, CAST(SUM(d.deferred) AS $BIGINT) AS deferred,
          CAST(SUM(COALESCE(b.amount, 0)) AS $BIGINT) AS base
        FROM settle_due AS d
        LEFT JOIN (
          SELECT y.period, y.rm_id, SUM(y.amount) AS amount
          FROM pay AS y JOIN base_component AS c ON c.component = y.component
          GROUP BY y.period, y.rm_id
        ) AS b ON b.period = d.period AND b.rm_id = d.rm_id
        GROUP BY d.rm_id, d.post
        """,
    )
    rows = engine.fetch("SELECT * FROM settle_year ORDER BY rm_id, post").to_pylist()
    for limit in limits_on(context.policy, settings, context.as_of):
        if limit.check in _FIGURES:
            _watch_ratio(context, settings, limit, [row for row in rows if row["post"] == limit.post])
        elif limit.check == "guarantee_years":
            _watch_guarantee(context, settings, limit)


def _watch_ratio(context: StageContext, settings: RegulationSettings, limit: Limit, rows: list[dict[str, int]]) -> None:
    above, below = _FIGURES[limit.check]
    figures = {row["rm_id"]: Fraction(row[above], row[below]) for row in rows if row[below] > 0}
    broken = {
        row["rm_id"]: figures[row["rm_id"]]
        for row in rows
        if row["rm_id"] in figures and not _is_kept(limit, row[above], row[below], row["periods"])
    }
    if not broken:
        return
    worst = max(broken, key=lambda rm: (abs(broken[rm] - limit.limit), str(rm)))
    context.note(
        f"settle.breaks_{limit.check}",
        "settle",
        severity=settings.severity,
        post=limit.post,
        count=len(broken),
        of=len(figures),
        example=worst,
        figure=_shown(broken[worst]),
        comparison=limit.comparison,
        limit=show_value(limit.limit),
        source=limit.source,
    )


def _is_kept(limit: Limit, above: int, below: int, periods: int) -> bool:
    """Whether a limit is kept; one that is met to the rounding of a minor unit in each period is met."""
    if limit.is_kept(Fraction(above, below)):
        return True
    return "=" in limit.comparison and abs(above - limit.limit * below) < periods


def _shown(figure: Fraction) -> str:
    """A ratio to four digits, for reading only."""
    return f"{Decimal(round_fraction(figure, _SHOWN_DIGITS)).scaleb(-_SHOWN_DIGITS):f}"


def _watch_guarantee(context: StageContext, settings: RegulationSettings, limit: Limit) -> None:
    """Guaranteed pay in a period that begins after the years of service allowed."""
    if not settings.guaranteed:
        return
    post = limit.post.replace("'", "''")
    names = pa.array(sorted(settings.guaranteed), pa.string())
    context.engine.attach_arrow("guaranteed_component", pa.table({"component": names}))
    rows = context.engine.fetch(
        "SELECT y.rm_id, p.period_start, s.since FROM pay AS y"
        " JOIN guaranteed_component AS c ON c.component = y.component"
        " JOIN period AS p ON p.period = y.period"
        " JOIN settle_rule AS t ON t.period = y.period AND t.rm_id = y.rm_id"
        " JOIN (SELECT rm_id, MIN(valid_from) AS since FROM rms GROUP BY rm_id) AS s ON s.rm_id = y.rm_id"
        f" WHERE y.amount > 0 AND t.post = '{post}' ORDER BY y.rm_id, p.period_start"
    ).to_pylist()
    late = sorted({row["rm_id"] for row in rows if row["period_start"] >= _last_day(row["since"], limit)})
    if late:
        context.note(
            "settle.breaks_guarantee_years",
            "settle",
            severity=settings.severity,
            post=limit.post,
            count=len(late),
            example=late[0],
            limit=show_value(limit.limit),
            source=limit.source,
        )


def _last_day(since: dt.date, limit: Limit) -> dt.date:
    """The first day on which nothing may be guaranteed any more; an RM whose first day is not known has none."""
    return dt.date.max if since == FIRST_DAY else add_months(since, int(limit.limit * _MONTHS))
