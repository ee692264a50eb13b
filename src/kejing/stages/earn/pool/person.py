"""Persons and their weights in each pool, read from the policy's formulas over rm."""

from __future__ import annotations

from kejing.policy import Formula, Type
from kejing.stages.context import StageContext
from kejing.stages.earn.digits import at_digits
from kejing.stages.earn.pool.settings import LateSettings, PoolSettings, RuleSettings
from kejing.stages.output import MICRO_DIGITS
from kejing.stages.rule_file import run_rules

_PARTS = {"prorate": ("s.service_days", "s.period_days"), "leave_out": ("0", "1")}
"""What of a late joiner's weight counts, as a fraction of two columns."""


def read_persons(context: StageContext, settings: PoolSettings) -> None:
    """Create ``pool_person``: one row per pool, period and RM who may take from it."""
    parts = []
    for number, (name, rule) in enumerate(settings.pools.items(), start=1):
        seen, person = f"pool_seen_{number}", f"pool_person_{number}"
        values = {"SEEN": seen, "PERSON": person, "POOL": _literal(name), **_values(context, rule)}
        run_rules(context.engine, "kejing.stages.earn.pool", "person.sql", values)
        parts.append(f"SELECT * FROM {person}")
    context.engine.create("pool_person", " UNION ALL ".join(parts))


def stored_digits(context: StageContext, formula: str) -> int:
    """Digits after the point that the sheet keeps of ``formula``."""
    found = context.policy.formulas[formula]
    return _digits(found, context.policy.minor_digits)


def _digits(formula: Formula, minor_digits: int) -> int:
    match formula.type:
        case Type.MONEY:
            return max(minor_digits, formula.decimals)
        case Type.NUMBER:
            return formula.decimals
        case _:
            return 0


def weight_digits(context: StageContext, rule: RuleSettings) -> int:
    """Digits of the persons' weights: those of the formula, or the minor unit's where the policy rounds first."""
    held = stored_digits(context, rule.persons.weight)
    return held if rule.persons.weights == "unrounded" else min(held, context.policy.minor_digits)


def _values(context: StageContext, rule: RuleSettings) -> dict[str, str]:
    """The tokens of ``person.sql`` for one pool."""
    weight = rule.persons.weight
    digits = weight_digits(context, rule)
    units = rule.units
    part_num, part_den = _part(rule.late)
    return {
        "WEIGHT": at_digits(f"s.{weight}", held=stored_digits(context, weight), wanted=digits),
        "UNIT_WEIGHT": f"s.{units.weight}" if units is not None and units.weigh == "formula" else "1",
        "PART_NUM": part_num,
        "PART_DEN": part_den,
        "LEAVES_OUT": "1" if rule.late is not None and rule.late.rule == "leave_out" else "0",
        "FLOOR": _bound(context, rule.persons.floor, "t.floor_amount"),
        "CAP": _bound(context, rule.persons.cap, "t.cap_amount"),
        "DUE": "0" if rule.due is None else _money(context, rule.due),
        "UP": str(10 ** max(0, MICRO_DIGITS - digits)),
        "DOWN": str(10 ** max(0, digits - MICRO_DIGITS)),
    }


def _part(late: LateSettings | None) -> tuple[str, str]:
    return ("1", "1") if late is None else _PARTS[late.rule]


def _bound(context: StageContext, name: str | None, parameter_column: str) -> str:
    """A floor or cap in minor units: a formula's column, the parameter of the period, or none."""
    if name is None:
        return "CAST(NULL AS $BIGINT)"
    return _money(context, name) if name in context.policy.formulas else parameter_column


def _money(context: StageContext, formula: str) -> str:
    minor = context.policy.minor_digits
    return at_digits(f"s.{formula}", held=stored_digits(context, formula), wanted=minor)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
