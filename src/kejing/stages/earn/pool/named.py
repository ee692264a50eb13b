"""Does the ``pool`` section name what the policy has? Asked when the policy is checked, before anybody is paid."""

from __future__ import annotations

from collections.abc import Iterator

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack, Type
from kejing.policy.vocabulary import NUMERIC
from kejing.stages.earn.pool.settings import PoolSettings, RuleSettings
from kejing.stages.sound_section import sound_section

_GRAIN = "rm"
_UNIT_INPUT, _UNIT_OUTPUT = "unit_id", "weight"


def check_pool(pack: Pack) -> list[Finding]:
    """Formulas over another grain, parameters of the wrong kind and tables of the wrong shape that the pools name."""
    settings = sound_section(pack, "pool", PoolSettings)
    if settings is None:
        return []
    return [finding for name, rule in settings.pools.items() for finding in _check_rule(pack, name, rule)]


def _check_rule(pack: Pack, name: str, rule: RuleSettings) -> Iterator[Finding]:
    path = f"pool.pools.{name}"
    for place, formula in rule.formulas(frozenset(pack.formulas)):
        found = pack.formulas.get(formula)
        if found is None:
            yield _finding("policy.unknown_formula", f"{path}.{place}", formula)
        elif found.over != _GRAIN or found.type not in NUMERIC:
            yield _finding("policy.pool_formula", f"{path}.{place}", formula, over=found.over)
    money = ((f"persons.{key}", getattr(rule.persons, key), Type.MONEY) for key in ("floor", "cap"))
    shares = (("hand_out", rule.hand_out, Type.NUMBER), ("reach", rule.reach, Type.NUMBER))
    cut_off = (("late.cut_off", rule.late.cut_off if rule.late else None, Type.NUMBER),)
    for place, parameter, type_ in (*money, *shares, *cut_off):
        if parameter is None or (type_ is Type.MONEY and parameter in pack.formulas):
            continue
        known = pack.parameters.get(parameter)
        if known is None or known.type is not type_:
            yield _finding("policy.pool_parameter", f"{path}.{place}", parameter, type=type_)
    if rule.units is not None and rule.units.weigh == "table":
        table = pack.tables.get(str(rule.units.weight))
        if table is None or list(table.inputs) != [_UNIT_INPUT] or _UNIT_OUTPUT not in table.outputs:
            yield _finding("policy.pool_table", f"{path}.units.weight", str(rule.units.weight))


def _finding(code: str, path: str, name: str, **facts: object) -> Finding:
    return Finding(
        code=code,
        severity=Severity.ERROR,
        place=Place(file="policy.yaml", column=path, value=name),
        stage="policy",
        facts={key: str(fact) for key, fact in facts.items()},
    )
