"""The tree of units: no circle, and one root."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.sql import literal, literals
from kejing.measure.findings import Severity


def check_unit_cycles(docket: Docket) -> None:
    """Find units that are, through their parents, above themselves; every unit of a circle is put aside."""
    parents = _parents(docket)
    for cycle in _cycles(parents):
        path = " → ".join((*cycle, cycle[0]))
        found = noted("parent_id", shown="ROW_NUMBER() OVER (ORDER BY fn, rn) = 1", path=literal(path))
        select = f"SELECT fn, rn, {found} FROM cur_units WHERE unit_id IN ({literals(cycle)}) AND fn > 0"
        docket.add("facts.unit_cycle", Severity.ERROR, "units", select)


def check_unit_parents(docket: Docket) -> int:
    """Find units whose parent does not exist or was put aside; returns how many rows that rejected.

    Rejecting a unit may leave its children without a parent, so the caller asks again until none is left.
    """
    before = docket.count("found")
    for code, claim in (
        ("facts.reference_in_quarantine", "l.id IS NOT NULL"),
        ("facts.unknown_reference", "l.id IS NULL"),
    ):
        select = (
            f"SELECT o.fn, o.rn, {noted('parent_id', target=literal('units'))} FROM ok_units AS o "
            "LEFT JOIN ids_units AS i ON i.id = o.parent_id LEFT JOIN lost_units AS l ON l.id = o.parent_id "
            f"WHERE o.parent_id IS NOT NULL AND i.id IS NULL AND NOT o.voided AND {claim}"
        )
        docket.add(code, Severity.ERROR, "units", select)
    return docket.count("found") - before


def check_unit_roots(docket: Docket) -> None:
    """Find units beside the root that have no parent: perhaps one was forgotten. Said once."""
    roots = docket.engine.fetch(
        "SELECT DISTINCT unit_id, level FROM cur_units WHERE parent_id IS NULL ORDER BY level, unit_id"
    )["unit_id"].to_pylist()
    others = list(dict.fromkeys(roots))[1:]
    if not others:
        return
    named = "、".join(others[:5]) + (" …" if len(others) > len(others[:5]) else "")
    found = noted("parent_id", val="''", root=literal(roots[0]), units=literal(named))
    select = f"SELECT fn, rn, {found} FROM ok_units WHERE unit_id IN ({literals(others)}) AND parent_id IS NULL"
    docket.add("facts.units_without_parent", Severity.WARNING, "units", select)


def _parents(docket: Docket) -> dict[str, set[str]]:
    rows = docket.engine.fetch("SELECT DISTINCT unit_id, parent_id FROM cur_units WHERE parent_id IS NOT NULL")
    parents: dict[str, set[str]] = {}
    for unit, parent in zip(rows["unit_id"].to_pylist(), rows["parent_id"].to_pylist(), strict=True):
        parents.setdefault(unit, set()).add(parent)
    return parents


def _cycles(parents: dict[str, set[str]]) -> list[list[str]]:
    """Circles in the order of their smallest unit, each begun at it."""
    alive = dict(parents)
    while ends := [unit for unit in alive if not any(parent in alive for parent in alive[unit])]:
        for unit in ends:
            del alive[unit]
    cycles: list[list[str]] = []
    seen: set[str] = set()
    for start in sorted(alive):
        path: list[str] = []
        unit = start
        while unit not in seen and unit not in path:
            path.append(unit)
            unit = min(parent for parent in alive[unit] if parent in alive)
        if unit in path:
            circle = path[path.index(unit) :]
            first = circle.index(min(circle))
            cycles.append(circle[first:] + circle[:first])
        seen.update(path)
    return cycles
