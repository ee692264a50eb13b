"""What differs between two packs, rule by rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy.formula.show import show_formula
from kejing.policy.literals import show_value
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels
from kejing.policy.source import show_scalar
from kejing.policy.tables import DecisionTable, TableRow


class RuleKind(StrEnum):
    """What kind of rule a change is of."""

    SECTION = "section"
    PARAMETER = "parameter"
    TABLE = "table"
    FORMULA = "formula"
    RATE_CARD = "rate_card"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that two packs say differently; None is a rule that one of them has not.

    ``rule_id`` is the row of a table, the first day of a value or version, or the path inside a section.
    """

    kind: RuleKind
    name: str
    rule_id: str
    before: str | None
    after: str | None
    labels: Labels
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


type _Rule = tuple[str, Labels, dt.date | None, dt.date | None]
"""Text of a rule, what it is called, and the days it holds."""


def diff_packs(before: Pack, after: Pack) -> list[RuleChange]:
    """Rules that ``after`` adds, takes away or changes, ordered by kind, name and rule."""
    changes = []
    for kind in RuleKind:
        old, new = dict(_rules(kind, before)), dict(_rules(kind, after))
        for key in sorted({*old, *new}):
            was, now = old.get(key), new.get(key)
            if (was and was[0]) == (now and now[0]) and _days(was) == _days(now):
                continue
            _, labels, valid_from, valid_to = now or was or ("", Labels("", ""), None, None)
            text = (was[0] if was else None, now[0] if now else None)
            changes.append(RuleChange(kind, *key, *text, labels, valid_from, valid_to))
    return changes


def _days(rule: _Rule | None) -> tuple[object, object]:
    return (None, None) if rule is None else (rule[2], rule[3])


type _Rules = Iterator[tuple[tuple[str, str], _Rule]]


def _rules(kind: RuleKind, pack: Pack) -> _Rules:
    """Every rule of one kind by name and rule id."""
    match kind:
        case RuleKind.SECTION:
            yield from _sections(pack)
        case RuleKind.PARAMETER:
            for parameter in pack.parameters.values():
                for dated in parameter.values:
                    rule = (show_value(dated.value), parameter.labels, dated.valid_from, None)
                    yield (parameter.name, dated.valid_from.isoformat()), rule
        case RuleKind.TABLE:
            yield from (
                ((table.name, row.rule_id), _row_rule(table, row))
                for table in pack.tables.values()
                for row in table.rows
            )
        case RuleKind.FORMULA:
            yield from _formulas(pack)
        case RuleKind.RATE_CARD:
            for card in pack.rate_cards.values():
                yield (card.name, ""), (f"{' × '.join(card.tables)} [{card.decimals}]", card.labels, None, None)
        case RuleKind.CASE:
            yield from _cases(pack)


def _cases(pack: Pack) -> _Rules:
    for case in pack.cases:
        for path, value in _leaves(case.raw, ()):
            yield (case.name, ".".join(path)), (value, Labels(case.name, case.name), None, None)


def _sections(pack: Pack) -> _Rules:
    keys = ("currency", "population", "calendar", "code_lists")
    head = {key: pack.layer.policy.data.get(key) for key in keys}
    for name, section in {**head, **pack.sections}.items():
        for path, value in _leaves(section, ()):
            yield (name, ".".join(path)), (value, Labels(name, name), None, None)


def _formulas(pack: Pack) -> _Rules:
    for formula in pack.formulas.values():
        how = f"{formula.type}, {formula.decimals}, {formula.rounding}"
        for version in formula.versions:
            rule = (f"{show_formula(version.node)} [{how}]", formula.labels, version.valid_from, None)
            yield (formula.name, version.valid_from.isoformat()), rule


def _row_rule(table: DecisionTable, row: TableRow) -> _Rule:
    inputs = ", ".join(f"{name} {row.cells[name]}" for name in table.inputs)
    outputs = ", ".join(f"{name} {show_value(row.outputs[name])}" for name in table.outputs)
    valid_from = None if row.valid_from == FIRST_DAY else row.valid_from
    valid_to = None if row.valid_to == LAST_DAY else row.valid_to
    dates = f" [{valid_from or '…'}..{valid_to})" if valid_to else ""
    return f"{inputs} → {outputs}{dates}", table.labels, valid_from, valid_to


def _leaves(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(place)))
    else:
        yield path, show_scalar(value)
