"""What the policy says of each pool, and of each pool in each period, as relations."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa

from kejing.measure.money import to_minor
from kejing.measure.period import Period
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.earn.pool.person import stored_digits
from kejing.stages.earn.pool.settings import PoolSettings, RuleSettings
from kejing.stages.output import MICRO_DIGITS

_RULE = pa.schema(
    [
        ("pool", pa.string()),
        ("mode", pa.string()),
        ("component", pa.string()),
        ("first_level", pa.string()),  # none, own (the RM's own unit) or level
        ("site_level", pa.int64()),
        ("weigh", pa.string()),
        ("unit_up", pa.int64()),  # with unit_down: what brings a unit's weight to millionths
        ("unit_down", pa.int64()),
    ]
)
_TERM = pa.schema(
    [
        ("pool", pa.string()),
        ("period", pa.string()),
        ("keep_micro", pa.int64()),
        ("cut_micro", pa.int64()),
        ("reach_micro", pa.int64()),
        ("floor_amount", pa.int64()),
        ("cap_amount", pa.int64()),
        ("clause", pa.string()),
    ]
)
_WEIGHT = pa.schema([("pool", pa.string()), ("period", pa.string()), ("unit_id", pa.string()), ("weight", pa.int64())])
_WHOLE = 10**MICRO_DIGITS


def attach_terms(context: StageContext, settings: PoolSettings) -> None:
    """Create ``pool_rule``, ``pool_term`` (parameters as in force on a period's last day) and ``pool_unit_weight``."""
    rules = [_rule(context, name, rule) for name, rule in settings.pools.items()]
    terms = [_term(context, name, rule, period) for name, rule in settings.pools.items() for period in context.periods]
    weights = [row for name, rule in settings.pools.items() for row in _unit_weights(context, name, rule)]
    for relation, rows, schema in (
        ("pool_rule", rules, _RULE),
        ("pool_term", terms, _TERM),
        ("pool_unit_weight", weights, _WEIGHT),
    ):
        context.engine.attach_arrow(relation, pa.Table.from_pylist(rows, schema=schema))


def _rule(context: StageContext, name: str, rule: RuleSettings) -> dict[str, object]:
    units = rule.units
    digits = 0
    if units is not None and units.weight is not None:
        digits = stored_digits(context, units.weight) if units.weigh == "formula" else MICRO_DIGITS
    return {
        "pool": name,
        "mode": rule.mode,
        "component": rule.component,
        "first_level": "none" if units is None else "own" if units.level is None else "level",
        "site_level": 0 if units is None or units.level is None else units.level,
        "weigh": "equal" if units is None else units.weigh,
        "unit_up": 10 ** max(0, MICRO_DIGITS - digits),
        "unit_down": 10 ** max(0, digits - MICRO_DIGITS),
    }


def _term(context: StageContext, name: str, rule: RuleSettings, period: tuple[str, Period]) -> dict[str, object]:
    last_day = period[1].last_day

    def number(parameter: str) -> Fraction:
        value = context.policy.parameter(parameter, last_day)
        assert isinstance(value, Fraction)
        return value

    def micro(parameter: str) -> int:
        return round_fraction(number(parameter), MICRO_DIGITS)

    def amount(bound: str | None) -> int | None:
        if bound is None or bound in context.policy.formulas:
            return None
        return to_minor(number(bound), context.policy.currency)

    since = context.policy.formulas[rule.persons.weight].on(last_day).valid_from
    return {
        "pool": name,
        "period": period[0],
        "keep_micro": 0 if rule.hand_out is None else _WHOLE - micro(rule.hand_out),
        "cut_micro": None if rule.late is None else micro(rule.late.cut_off),
        "reach_micro": None if rule.reach is None else micro(rule.reach),
        "floor_amount": amount(rule.persons.floor),
        "cap_amount": amount(rule.persons.cap),
        "clause": f"{rule.component}: {rule.persons.weight}@{since}",
    }


def _unit_weights(context: StageContext, name: str, rule: RuleSettings) -> list[dict[str, object]]:
    """What the policy's table weighs each unit, in millionths; a unit that it does not name weighs nothing."""
    if rule.units is None or rule.units.weigh != "table" or rule.units.weight is None:
        return []
    table = context.policy.table(rule.units.weight)
    units = context.engine.fetch("SELECT unit_id FROM unit_now ORDER BY unit_id").column(0).to_pylist()
    rows: list[dict[str, object]] = []
    for period_name, period in context.periods:
        for unit in units:
            weight = table.decide(period.last_day, {"unit_id": unit}).get("weight")
            if isinstance(weight, Fraction):
                micro = round_fraction(weight, MICRO_DIGITS)
                rows.append({"pool": name, "period": period_name, "unit_id": unit, "weight": micro})
    return rows
