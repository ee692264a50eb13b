"""Findings, made-up inputs and control totals of a whole run, from an earlier one and an island before and after.

What is counted over lines grows by what the island gives now less what it gave before; what was counted over
everything in both says the same thing by the same rule.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kejing.measure.findings import Finding, Place, Severity
from kejing.stages.context import Simulated
from kejing.stages.islands.whole import EverythingTouchedError
from kejing.warehouse.protocol import Engine

_ADDED = ("count", "minor")
"""Facts of a finding that are counts and sums of lines."""
_CHOSEN = "example"
"""A fact that is one of many: which one, only all lines can tell."""

type _Key = tuple[object, ...]


def finding_of(row: Mapping[str, Any]) -> Finding:
    """A row of the findings table as a finding."""
    place = Place(**{name: row[name] for name in ("file", "sheet", "row", "column", "value")})
    facts = json.loads(row["facts"])
    return Finding(code=row["code"], severity=Severity(row["severity"]), place=place, stage=row["stage"], facts=facts)


def add_findings(kept: Iterable[Finding], before: Iterable[Finding], after: Iterable[Finding]) -> list[Finding]:
    """Findings of the whole run.

    Raises
    ------
    EverythingTouchedError
        A finding names one line for many, or something is less often found than never.
    """
    was, now = list(before), list(after)
    if [one for one in was if _CHOSEN in one.facts] != [one for one in now if _CHOSEN in one.facts]:
        raise EverythingTouchedError("figures_of_lines", _CHOSEN)
    first: dict[_Key, Finding] = {}
    times: Counter[_Key] = Counter()
    sums: dict[_Key, Counter[str]] = {}
    for sign, side in ((1, kept), (-1, was), (1, now)):
        for finding in side:
            key = _key(finding)
            first.setdefault(key, finding)
            times[key] += sign
            added = sums.setdefault(key, Counter())
            for name in _ADDED:
                if name in finding.facts:
                    added[name] += sign * int(finding.facts[name])
    return [one for key, finding in first.items() for one in _summed(finding, times[key], sums[key])]


def _key(finding: Finding) -> _Key:
    facts = tuple(sorted((name, said) for name, said in finding.facts.items() if name not in (*_ADDED, _CHOSEN)))
    return (finding.code, finding.severity, finding.stage, finding.place, facts)


def _summed(finding: Finding, times: int, sums: Mapping[str, int]) -> list[Finding]:
    """None, one, or several of a finding that many say in the same words."""
    if "count" not in finding.facts:
        if times < 0:
            raise EverythingTouchedError("figures_of_lines", finding.code)
        return [finding] * times
    if sums["count"] < 0:
        raise EverythingTouchedError("figures_of_lines", finding.code)
    if not sums["count"]:
        return []
    added = {name: str(sums[name]) for name in _ADDED if name in finding.facts}
    return [replace(finding, facts={**finding.facts, **added})]


def add_simulations(
    kept: Sequence[Mapping[str, Any]], before: Sequence[Simulated], after: Sequence[Simulated]
) -> list[Simulated]:
    """Made-up inputs of the whole run, in their order.

    Raises
    ------
    EverythingTouchedError
        The island makes up other things than before.
    """
    was, now = ({(one.what, one.rule): one.count for one in side} for side in (before, after))
    if was.keys() != now.keys() or not was.keys() <= {(one["what"], one["rule"]) for one in kept}:
        raise EverythingTouchedError("figures_of_lines", "simulated")
    return [
        Simulated(
            one["what"],
            one["zh"],
            one["en"],
            one["count"] + now.get((one["what"], one["rule"]), 0) - was.get((one["what"], one["rule"]), 0),
            one["rule"],
        )
        for one in kept
    ]


def add_controls(engine: Engine, kept: str, before: str) -> None:
    """Relation ``control`` of the whole run, from its kept form and that of the island before and after."""
    engine.create("control_after", "SELECT stage, name, period, rows, amount FROM control")
    amount = "CAST(SUM(amount) AS $BIGINT) AS amount"
    engine.create(
        "control",
        f"SELECT stage, name, period, CAST(SUM(rows) AS $BIGINT) AS rows, {amount} FROM ("
        f"SELECT stage, name, period, rows, amount FROM {kept}"
        f" UNION ALL SELECT stage, name, period, -rows AS rows, -amount AS amount FROM {before}"
        " UNION ALL SELECT stage, name, period, rows, amount FROM control_after"
        ") AS gates GROUP BY stage, name, period HAVING SUM(rows) <> 0",
    )
