"""Gaps, overlaps and dead rows of one table, by walking the product of its inputs' stretches.

Rows are bits. At each input the rows that still hold are narrowed by one stretch; the same rows at the
same input are walked once, so that the work follows the structure of the table and not the size of the
product.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kejing.measure.findings import Finding, Place
from kejing.measure.period import LAST_DAY
from kejing.policy.check.domain import Stretch, show_stretches, stretches_of
from kejing.policy.literals import show_value
from kejing.policy.parts import Labels
from kejing.policy.problems import problem
from kejing.policy.tables import DecisionTable, Hit, TableRow

_BOUND = re.compile(r"[^=<>(){},.\[\]]+(?:\.[0-9]+)?")
"""A bound inside an interval in cell notation."""

type CodeLists = Mapping[str, Mapping[str, Labels]]


@dataclass(slots=True)
class Coverage:
    """What a walk over one slice of days found: a gap (a stretch for each input), rows that meet, rows that count."""

    gap: list[int] | None = None
    pairs: set[tuple[int, int]] = field(default_factory=set)
    reached: int = 0


def cover(axes: Sequence[Sequence[Stretch]], rows: int) -> Coverage:
    """Walk the product of ``axes`` over ``rows`` rows."""
    coverage = Coverage()
    seen: set[tuple[int, int]] = set()

    def walk(depth: int, holding: int, path: list[int]) -> None:
        if (depth, holding) in seen:
            return
        seen.add((depth, holding))
        if not holding:
            if coverage.gap is None:
                coverage.gap = [*path, *[0] * (len(axes) - depth)]
            return
        if depth == len(axes):
            first = holding & -holding
            coverage.reached |= first
            _meet(coverage, holding)
            return
        for place, stretch in enumerate(axes[depth]):
            walk(depth + 1, holding & stretch.rows, [*path, place])

    walk(0, (1 << rows) - 1, [])
    return coverage


def holding_sets(axes: Sequence[Sequence[Stretch]], rows: int) -> list[list[int]]:
    """Which rows hold together somewhere on the product of ``axes``: their places, each set once."""
    found: set[int] = set()
    seen: set[tuple[int, int]] = set()

    def walk(depth: int, holding: int) -> None:
        if (depth, holding) in seen or not holding:
            return
        seen.add((depth, holding))
        if depth == len(axes):
            found.add(holding)
            return
        for stretch in axes[depth]:
            walk(depth + 1, holding & stretch.rows)

    walk(0, (1 << rows) - 1)
    return [[place for place in range(rows) if holding >> place & 1] for holding in sorted(found)]


def _meet(coverage: Coverage, holding: int) -> None:
    places = [place for place in range(holding.bit_length()) if holding >> place & 1]
    coverage.pairs.update((places[0], other) for other in places[1:])


def check_table(table: DecisionTable, code_lists: CodeLists) -> list[Finding]:
    """Gaps, overlaps and dead rows of ``table``, slice by slice of its dates, each told once."""
    found: list[Finding] = []
    told_pairs: set[tuple[str, str]] = set()
    alive: set[str] = set()
    last_gap = ""
    starts = table.slice_starts()
    if not starts:
        return []
    for start, end in zip(starts, [*starts[1:], LAST_DAY], strict=True):
        rows = table.rows_on(start)
        if not rows:
            found += _no_rules(table, start, end)
            continue
        axes = [stretches_of(column, rows, code_lists) for column in table.inputs.values()]
        coverage = cover(axes, len(rows))
        counts = {place for place in range(len(rows)) if coverage.reached >> place & 1}
        if table.hit in {Hit.SUM, Hit.MIN, Hit.MAX}:
            counts |= {place for pair in coverage.pairs for place in pair}
        alive |= {rows[place].rule_id for place in counts}
        if table.hit is Hit.UNIQUE:
            for first, second in sorted(coverage.pairs):
                alive.add(rows[second].rule_id)
                found += _overlap(table, rows[first], rows[second], start, told_pairs)
        gap = "" if coverage.gap is None else _shown_gap(table, axes, coverage.gap)
        if gap and gap != last_gap and table.hit is not Hit.SUM and not table.partial:
            assert coverage.gap is not None
            found.append(_gap(table, rows, axes, coverage.gap, (gap, start, end)))
        last_gap = gap
    found += _dead_rows(table, alive)
    return found


def _no_rules(table: DecisionTable, start: dt.date, end: dt.date) -> list[Finding]:
    if table.partial or table.hit is Hit.SUM:
        return []
    last = max((row for row in table.rows if row.valid_to <= start), key=lambda row: row.valid_to)
    until = "…" if end == LAST_DAY else end
    return [problem("table_no_rules", last.place("valid_to"), table=table.name, valid_from=start, valid_to=until)]


def _overlap(
    table: DecisionTable, first: TableRow, second: TableRow, start: dt.date, told: set[tuple[str, str]]
) -> list[Finding]:
    pair = (first.rule_id, second.rule_id)
    if pair in told:
        return []
    told.add(pair)
    narrowed = [name for name, cell in second.cells.items() if str(cell) != "-"]
    column = narrowed[0] if narrowed else next(iter(second.cells))
    facts = {"table": table.name, "rule": second.rule_id, "other": first.rule_id, "other_row": first.row, "day": start}
    return [problem("table_overlap", second.place(column), **facts)]


def _gap(
    table: DecisionTable,
    rows: Sequence[TableRow],
    axes: Sequence[Sequence[Stretch]],
    gap: Sequence[int],
    shown: tuple[str, dt.date, dt.date],
) -> Finding:
    """A gap at the row that comes nearest, in the first column where it does not hold."""
    samples = {name: axis[place].sample for name, axis, place in zip(table.inputs, axes, gap, strict=True)}

    def held(row: TableRow) -> int:
        return sum(cell.holds(samples[name]) for name, cell in row.cells.items())

    boxes = dict(zip(table.inputs, _box(axes, gap), strict=True))

    def fails_at(row: TableRow) -> str:
        return next(name for name, cell in row.cells.items() if not cell.holds(samples[name]))

    def touches(row: TableRow) -> bool:
        cell = row.cells[fails_at(row)]
        ends = [end for part in getattr(cell, "intervals", ()) for end in (part.low, part.high) if end is not None]
        return any(show_value(end) in _BOUND.findall(boxes[fails_at(row)]) for end in ends)

    near = max(rows, key=lambda row: (held(row), touches(row)))
    column = fails_at(near)
    place = Place(file=near.file, row=near.row, column=column, value=boxes[column])
    text, start, end = shown
    until = "…" if end == LAST_DAY else end
    return problem("table_gap", place, table=table.name, gap=text, valid_from=start, valid_to=until)


def _shown_gap(table: DecisionTable, axes: Sequence[Sequence[Stretch]], gap: Sequence[int]) -> str:
    boxes = zip(table.inputs, _box(axes, gap), strict=True)
    return ", ".join(f"{name} {box}" for name, box in boxes if box != "-") or "-"


def _box(axes: Sequence[Sequence[Stretch]], gap: Sequence[int]) -> list[str]:
    """The gap widened along each input in turn as far as no row begins to hold."""
    chosen = [[place] for place in gap]

    def is_free(at: int, place: int) -> bool:
        held = -1
        for index, (axis, places) in enumerate(zip(axes, chosen, strict=True)):
            union = 0
            for one in [place] if index == at else places:
                union |= axis[one].rows
            held &= union
        return held == 0

    boxes = []
    for at, axis in enumerate(axes):
        if axis[0].interval is None:
            chosen[at] = [place for place in range(len(axis)) if is_free(at, place)]
        else:
            low = high = chosen[at][0]
            while low > 0 and is_free(at, low - 1):
                low -= 1
            while high + 1 < len(axis) and is_free(at, high + 1):
                high += 1
            chosen[at] = list(range(low, high + 1))
        stretches = [axis[place] for place in chosen[at]]
        boxes.append(show_stretches(stretches, is_all=len(stretches) == len(axis)))
    return boxes


def _dead_rows(table: DecisionTable, alive: set[str]) -> list[Finding]:
    found = []
    for row in table.rows:
        if row.rule_id not in alive:
            column = next((name for name, cell in row.cells.items() if str(cell) != "-"), next(iter(row.cells)))
            facts = {"table": table.name, "rule": row.rule_id}
            found.append(problem("dead_rule", row.place(column), **facts))
    return found
