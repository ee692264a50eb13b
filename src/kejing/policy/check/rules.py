"""Checks of names, units, dates and use across the parts of a pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from kejing.measure.findings import Finding, Severity
from kejing.policy.formula.binding import Binding
from kejing.policy.formula.names import Source
from kejing.policy.pack import Pack
from kejing.policy.problems import nearest, problem
from kejing.policy.source import Path_, Tree
from kejing.policy.units import BadUnitError, dims_of
from kejing.policy.vocabulary import Type


def check_sections(pack: Pack, sections: Collection[str]) -> list[Finding]:
    """Keys of ``policy.yaml`` that no stage owns."""
    return [
        problem("unknown_section", pack.layer.policy.place((name,), name), name=name, nearest=nearest(name, sections))
        for name in pack.sections
        if name not in sections
    ]


def check_units(pack: Pack) -> list[Finding]:
    """Units that are no units."""
    found = []
    for tree, path, type_, unit in _units(pack):
        try:
            dims_of(type_, unit, pack.currency)
        except BadUnitError:
            found.append(problem("bad_unit", tree.place((*path, "unit"), unit), name=path[-1]))
    return found


def _units(pack: Pack) -> Iterator[tuple[Tree, Path_, Type, str]]:
    for parameter in pack.parameters.values():
        yield pack.layer.parameters, (parameter.name,), parameter.type, parameter.unit
    for formula in pack.formulas.values():
        yield pack.layer.formulas, (formula.name,), formula.type, formula.unit
    for table in pack.tables.values():
        for side, columns in (("inputs", table.inputs), ("outputs", table.outputs)):
            for column in columns.values():
                # The unit of a code (`grade`) is a word for people; only numbers are reckoned with.
                if column.type not in {Type.TEXT, Type.FLAG, Type.DATE}:
                    yield pack.layer.tables, (table.name, side, column.name), column.type, column.unit


def check_beginnings(binding: Binding) -> list[Finding]:
    """Formulas in force before something they read is."""
    found = []
    for name in binding.order:
        formula = binding.pack.formulas[name]
        versions = binding.versions(name)
        ends = [version.valid_from for version, _ in versions[1:]] + [dt.date.max]
        for (version, bound), end in zip(versions, ends, strict=True):
            read = [(one.name, one.source) for one in bound.all_targets() if one.source is not Source.VARIABLE]
            beginnings = {one: _begins(binding.pack, one, source) for one, source in read}
            for lookup in bound.lookups.values():
                beginnings[lookup.name] = _table_begins(binding.pack, lookup.name)
            for one, begins in sorted(beginnings.items()):
                if version.valid_from < begins and version.valid_from < end:
                    facts = {"name": name, "valid_from": version.valid_from, "reads": one, "begins": begins}
                    found.append(problem("begins_later", version.place, **facts))
        if not versions:
            found.append(problem("no_versions", formula.place, name=name))
    return found


def _begins(pack: Pack, name: str, source: Source) -> dt.date:
    if source is Source.PARAMETER:
        return pack.parameters[name].values[0].valid_from
    return pack.formulas[name].versions[0].valid_from


def _table_begins(pack: Pack, name: str) -> dt.date:
    names = pack.rate_cards[name].tables if name in pack.rate_cards else (name,)
    starts = [min((row.valid_from for row in pack.tables[one].rows), default=dt.date.max) for one in names]
    return max(starts)


def check_unused(binding: Binding, stage_tables: Collection[str]) -> list[Finding]:
    """Tables that no formula, card, section or stage names."""
    pack = binding.pack
    used = {lookup.name for bounds in binding.bound.values() for bound in bounds for lookup in bound.lookups.values()}
    used |= {table for card in pack.rate_cards.values() for table in card.tables}
    used |= {*_texts(pack.sections), *stage_tables}
    return [
        problem("unused_table", table.place, Severity.INFO, name=name)
        for name, table in pack.tables.items()
        if name not in used
    ]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def check_empty_tables(pack: Pack) -> list[Finding]:
    """Tables without a single rule."""
    return [
        problem("table_empty", table.place, name=name)
        for name, table in pack.tables.items()
        if not table.rows and not table.partial
    ]
