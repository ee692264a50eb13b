"""Dates that contradict each other: empty, reversed and overlapping intervals."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.schema import FactTable
from kejing.measure.findings import Severity

_PAIRS = (("valid_from", "valid_to"), ("period_start", "period_end"))


def check_intervals(docket: Docket, table: FactTable) -> None:
    """Find intervals that hold no day: the end is not inside, so it must lie after the start."""
    names = {column.name for column in table.columns}
    for start, end in _PAIRS:
        if start not in names:
            continue
        for code, claim in (("facts.interval_empty", "="), ("facts.interval_reversed", ">")):
            select = (
                f"SELECT fn, rn, {noted(end, start=start, end=end)} FROM ok_{table.name} "
                f"WHERE {start} {claim} {end} AND NOT voided"
            )
            docket.add(code, Severity.ERROR, table.name, select)


def check_overlaps(docket: Docket, table: FactTable) -> None:
    """Find rows of one ``exclusive`` group that hold at the same time, among the facts as known after the import."""
    if table.dated and table.exclusive:
        add_overlaps(
            docket, table, relation=f"cur_{table.name}", within=table.exclusive, code="facts.intervals_overlap"
        )


def add_overlaps(docket: Docket, table: FactTable, *, relation: str, within: tuple[str, ...], code: str) -> None:
    """Reject the new rows of ``relation`` that overlap another of the same ``within``; one finding a group.

    ``relation`` has ``fn`` 0 for rows already stored: those stay as they are.
    """
    engine, name = docket.engine, f"overlap_{table.name}"
    group = ", ".join(within)
    engine.create(
        name,
        f"SELECT {group}, fn, rn, valid_from, valid_to, "
        f"MAX(valid_to) OVER (PARTITION BY {group} ORDER BY valid_from, valid_to, fn, rn "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_end, "
        f"MIN(valid_from) OVER (PARTITION BY {group} ORDER BY valid_from, valid_to, fn, rn "
        f"ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS later_start FROM {relation}",
    )
    engine.create(f"{name}_rows", f"SELECT * FROM {name} WHERE earlier_end > valid_from OR later_start < valid_to")
    if not docket.count(f"{name}_rows"):
        return
    engine.create(
        f"{name}_groups",
        f"SELECT {group}, COUNT(*) AS n, MIN(CASE WHEN earlier_end > valid_from THEN valid_from END) AS since, "
        f"array_to_string(list_sort(list(rn) FILTER (fn > 0))[1:5], ', ') AS first_rows "
        f"FROM {name}_rows GROUP BY {group}",
    )
    same = " AND ".join(f"r.{column} = g.{column}" for column in within)
    of_group = ", ".join(f"r.{column}" for column in within)
    named = " || ' · ' || ".join(f"r.{column}" for column in within)
    found = noted(
        "valid_from",
        val="CAST(valid_from AS VARCHAR)",
        shown="nth = 1",
        group="named",
        since="since",
        count="n",
        rows="COALESCE(first_rows, '')",
    )
    select = (
        f"SELECT fn, rn, {found} FROM (SELECT r.fn, r.rn, r.valid_from, {named} AS named, g.since, g.n, g.first_rows, "
        f"ROW_NUMBER() OVER (PARTITION BY {of_group} "
        "ORDER BY r.valid_from DESC, r.valid_to DESC, r.fn DESC, r.rn DESC) AS nth "
        f"FROM {name}_rows AS r JOIN {name}_groups AS g ON {same} WHERE r.fn > 0)"
    )
    docket.add(code, Severity.ERROR, table.name, select)
