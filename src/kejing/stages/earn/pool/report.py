"""What a person should look at: pools not used, purses that could not be distributed, units that keep too much."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.measure.findings import Severity
from kejing.measure.money import from_minor
from kejing.stages.context import StageContext
from kejing.stages.earn.noted import note
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.stages.rule_file import day_literal

_STOPS = """
    SELECT period, pool, giver, amount, lows, highs, stop FROM pool_unit_stop WHERE stop <> ''
    UNION ALL
    SELECT period, pool, giver, amount, lows, highs, stop FROM spread_state WHERE stop <> ''
"""
_REACHED = """
    SELECT u.period, u.pool, u.giver, u.amount, u.amount - COALESCE(k.amount, 0) AS given, t.reach_micro
    FROM pool_part AS u
    JOIN pool_term AS t ON t.pool = u.pool AND t.period = u.period
    JOIN spread_state AS s ON s.period = u.period AND s.pool = u.pool AND s.giver = u.giver
    LEFT JOIN pool_kept AS k ON k.period = u.period AND k.pool = u.pool AND k.giver = u.giver
    WHERE s.stop = ''
      AND CAST(u.amount - COALESCE(k.amount, 0) AS $WIDE) * 1000000 < CAST(u.amount AS $WIDE) * t.reach_micro
    ORDER BY u.period, u.pool, u.giver
"""


def report(context: StageContext, settings: PoolSettings) -> None:
    """Findings of the stage; amounts in whole units of the policy's currency."""
    _unused(context, settings)
    for row in context.engine.fetch(f"SELECT * FROM ({_STOPS}) AS stopped ORDER BY period, pool, giver").to_pylist():
        _stopped(context, row)
    for row in context.engine.fetch(_REACHED).to_pylist():
        facts = {name: _said(context, row[name]) for name in ("given", "amount")}
        note(context, "pool.too_little_reaches", _whose(row) | facts | {"least": _percent(row["reach_micro"])})
    negative = context.engine.fetch(
        "SELECT pool, SUM(is_negative) AS rms FROM pool_person GROUP BY pool ORDER BY pool"
    ).to_pylist()
    for row in negative:
        if row["rms"]:
            note(context, "pool.negative_weight", {"pool": row["pool"], "count": row["rms"]})
    mixed = context.engine.fetch(
        "SELECT pool, COUNT(*) AS pools FROM pool_brought WHERE other_rms > 0 GROUP BY pool ORDER BY pool"
    ).to_pylist()
    for row in mixed:
        note(context, "pool.other_lines", {"pool": row["pool"], "count": row["pools"]}, severity=Severity.INFO)
    _scaled(context)


def _unused(context: StageContext, settings: PoolSettings) -> None:
    """Pools of the fiscal year that the run cannot use."""
    rows = context.engine.fetch(
        f"""
        SELECT p.pool_id, p.pool, p.unit_id, p.period_start, p.period_end, p.currency, p.amount,
          p.source_file, p.source_sheet, p.source_row, d.period
        FROM pools AS p
        LEFT JOIN period AS d ON d.period_start = p.period_start AND d.period_end = p.period_end
        WHERE p.period_end > {day_literal(context.year.start)} AND p.period_start <= {day_literal(context.as_of)}
        ORDER BY p.pool_id
        """
    ).to_pylist()
    unknown = sorted({row["pool"] for row in rows} - settings.pools.keys())
    for pool in unknown:
        note(context, "pool.unknown", {"pool": pool, "known": ", ".join(settings.pools)})
    for row in rows:
        if row["pool"] in unknown:
            continue
        facts = {"pool": row["pool"], "unit": row["unit_id"], "id": row["pool_id"]}
        if row["period"] is None:
            span = f"{row['period_start']}..{row['period_end']}"
            note(context, "pool.period_unmatched", facts | {"span": span}, row=row)
        elif row["currency"] != context.policy.currency:
            facts |= {"currency": row["currency"], "home": context.policy.currency}
            note(context, "pool.other_currency", facts, severity=Severity.ERROR, row=row)
        elif row["amount"] < 0:
            facts |= {"amount": _said(context, row["amount"])}
            note(context, "pool.negative", facts, severity=Severity.ERROR, row=row)


def _stopped(context: StageContext, row: Mapping[str, Any]) -> None:
    """A purse that stays whole, and by how much it cannot be distributed."""
    amount, lows, highs = (int(row[name]) for name in ("amount", "lows", "highs"))
    facts = _whose(row) | {"amount": _said(context, amount)}
    match row["stop"]:
        case "floors_exceed":
            facts |= {"floors": _said(context, lows), "missing": _said(context, lows - amount)}
        case "caps_below":
            facts |= {"caps": _said(context, highs), "left": _said(context, amount - highs)}
        case _:
            pass
    note(context, f"pool.{row['stop']}", facts, severity=Severity.ERROR)


def _scaled(context: StageContext) -> None:
    """The factor of a pool that limits, where it does (F15: publish the factor)."""
    rows = context.engine.fetch(
        "SELECT period, pool, giver, dues, handed FROM pool_part WHERE mode = 'limit' AND is_within = 0 AND dues > 0"
        " ORDER BY period, pool, giver"
    ).to_pylist()
    for row in rows:
        due, amount = _said(context, row["dues"]), _said(context, row["handed"])
        factor = _percent(Fraction(row["handed"] * 10**6, row["dues"]))
        facts = _whose(row) | {"due": due, "amount": amount, "factor": factor}
        note(context, "pool.scaled_down", facts, severity=Severity.INFO)


def _whose(row: Mapping[str, Any]) -> dict[str, object]:
    return {"period": row["period"], "pool": row["pool"], "unit": row["giver"]}


def _said(context: StageContext, minor: int) -> str:
    return f"{from_minor(int(minor), context.policy.currency)}"


def _percent(micro: Fraction | int) -> str:
    """Millionths as a percentage of at most four digits, cut off and never rounded up to a bound."""
    text = f"{int(micro) // 10_000}.{int(micro) % 10_000:04d}".rstrip("0").rstrip(".")
    return f"{text}%"
