"""Values that cannot be used, and values that were put right: found while they were converted."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, nothing_more
from kejing.facts.convert.problems import CODES, Problem, severity_of
from kejing.facts.convert.sql import literal
from kejing.facts.convert.text_sql import trimmed_cells
from kejing.facts.feeds import Feed
from kejing.facts.schema import FactTable
from kejing.measure.findings import Severity


def check_values(docket: Docket, table: FactTable) -> None:
    """Every problem noted beside a value becomes a finding of its row and column."""
    relation = f"in_{table.name}"
    names = [name.removeprefix("p_") for name in docket.engine.columns(relation) if name.startswith("p_")]
    largest = ", ".join(f"MAX(p_{name}) AS p_{name}" for name in names)
    worst = docket.engine.fetch(f"SELECT {largest} FROM {relation}").to_pylist()[0]
    for name in names:
        if not worst[f"p_{name}"]:
            continue
        here = docket.engine.fetch(f"SELECT DISTINCT p_{name} AS p FROM {relation} WHERE p_{name} > 0 ORDER BY p")
        for number in here["p"].to_pylist():
            problem = Problem(number)
            facts = f"CAST(['codes', {literal(_codes(table, name))}] AS VARCHAR[]) AS facts"
            more = nothing_more()
            if problem is Problem.CODE_UNKNOWN:
                more = more.replace("CAST([] AS VARCHAR[]) AS facts", facts)
            select = f"SELECT fn, rn, {literal(name)} AS col, {more} FROM {relation} WHERE p_{name} = {number}"
            docket.add(CODES[problem], severity_of(problem), table.name, select)


def check_ragged(docket: Docket, feed: Feed) -> None:
    """Lines with more or fewer cells than the header cannot be read into columns."""
    for line in feed.sheet.ragged:
        select = (
            f"SELECT {feed.number} AS fn, {line.row} AS rn, CAST(NULL AS VARCHAR) AS col, "
            f"{literal(','.join(line.cells)[:80])} AS val, "
            f"CAST(['cells', '{len(line.cells)}', 'expected', '{len(feed.sheet.headers)}'] AS VARCHAR[]) AS facts, true AS shown"
        )
        docket.add("facts.row_ragged", Severity.ERROR, feed.table.name, select)


def check_notices(docket: Docket, feed: Feed, condition: str, *, zh: str, en: str) -> None:
    """Rows the mapping wants a person to know of."""
    select = (
        f"SELECT {feed.number} AS fn, row AS rn, CAST(NULL AS VARCHAR) AS col, '' AS val, "
        f"CAST(['zh', {literal(zh)}, 'en', {literal(en)}] AS VARCHAR[]) AS facts, true AS shown "
        f"FROM (SELECT *, {trimmed_cells(feed)} FROM {feed.sheet.relation}) WHERE {condition}"
    )
    docket.add("facts.mapping_notice", Severity.INFO, feed.table.name, select)


def _codes(table: FactTable, name: str) -> str:
    column = next((column for column in table.columns if column.name == name), None)
    return ", ".join(sorted(column.codes)) if column is not None and column.codes else "mapping.yaml: codes"
