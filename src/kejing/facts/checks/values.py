"""Values that cannot be used, and values that were put right: found while they were converted."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.problems import CODES, Problem, severity_of
from kejing.facts.convert.sql import literal
from kejing.facts.convert.text_sql import trimmed_cells
from kejing.facts.feeds import Feed
from kejing.facts.schema import FactTable
from kejing.measure.findings import Severity

_SHOWN_TEXT = 80


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
            facts = {"codes": literal(_codes(table, name))} if problem is Problem.CODE_UNKNOWN else {}
            select = f"SELECT fn, rn, {noted(name, **facts)} FROM {relation} WHERE p_{name} = {number}"
            docket.add(CODES[problem], severity_of(problem), table.name, select)


def check_ragged(docket: Docket, feed: Feed) -> None:
    """Lines with more or fewer cells than the header cannot be read into columns."""
    for line in feed.sheet.ragged:
        found = noted(
            None,
            val=literal(",".join(line.cells)[:_SHOWN_TEXT]),
            cells=str(len(line.cells)),
            expected=str(len(feed.sheet.headers)),
        )
        select = f"SELECT {feed.number} AS fn, {line.row} AS rn, {found}"
        docket.add("facts.row_ragged", Severity.ERROR, feed.table.name, select)


def check_notices(docket: Docket, feed: Feed, condition: str, *, zh: str, en: str) -> None:
    """Rows the mapping wants a person to know of."""
    found = noted(None, val="''", zh=literal(zh), en=literal(en))
    select = (
        f"SELECT {feed.number} AS fn, row AS rn, {found} "
        f"FROM (SELECT *, {trimmed_cells(feed)} FROM {feed.sheet.relation}) WHERE {condition}"
    )
    docket.add("facts.mapping_notice", Severity.INFO, feed.table.name, select)


def _codes(table: FactTable, name: str) -> str:
    column = next((column for column in table.columns if column.name == name), None)
    return ", ".join(sorted(column.codes)) if column is not None and column.codes else "mapping.yaml: codes"
