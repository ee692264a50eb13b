"""Curves: keys without points, two points at one place, and lines that need a second point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from kejing.measure.findings import Finding
from kejing.policy.check.coverage import CodeLists, check_table, holding_sets
from kejing.policy.check.domain import stretches_of
from kejing.policy.problems import problem
from kejing.policy.tables import DecisionTable, Hit, Outside, TableRow
from kejing.policy.tiers import point_of


def check_curve(table: DecisionTable, code_lists: CodeLists) -> list[Finding]:
    """What is wrong with the points of a curve, slice by slice of its dates, each mistake told once."""
    keys = {name: column for name, column in table.inputs.items() if name != table.axis.name}
    rows = tuple(
        replace(row, cells={name: cell for name, cell in row.cells.items() if name in keys}) for row in table.rows
    )
    found = check_table(replace(table, inputs=keys, hit=Hit.MAX, rows=rows), code_lists) if keys else []
    told: set[tuple[str, str]] = set()
    for start in table.slice_starts():
        in_force = table.rows_on(start)
        axes = [stretches_of(column, in_force, code_lists) for column in keys.values()]
        for places in holding_sets(axes, len(in_force)):
            points = [in_force[place] for place in places]
            for pair, finding in _mistakes(table, points):
                if pair not in told:
                    told.add(pair)
                    found.append(finding)
    return found


def _mistakes(table: DecisionTable, points: Sequence[TableRow]) -> Iterator[tuple[tuple[str, str], Finding]]:
    placed = [(interval.low, row) for row in points if (interval := point_of(table, row)) is not None]
    ordered = sorted(placed, key=lambda one: one[0])  # type: ignore[arg-type,return-value]  # numbers: the reader saw to it
    for (low, first), (high, second) in pairwise(ordered):
        if low == high:
            facts = {"table": table.name, "rule": second.rule_id, "other": first.rule_id, "other_row": first.row}
            place = second.place(table.axis.name)
            yield (first.rule_id, second.rule_id), problem("doubled_point", place, **facts)
    if len(ordered) == 1 and Outside.EXTEND in {table.below, table.above}:
        only = ordered[0][1]
        yield (only.rule_id, ""), problem("lonely_point", only.place(table.axis.name), table=table.name)
