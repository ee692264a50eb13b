"""The SELECT that turns the rows of one feed into typed rows of its fact table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kejing.facts.convert.kinds import ColumnSteps, column_steps
from kejing.facts.convert.problems import Problem
from kejing.facts.convert.sql import identifier
from kejing.facts.convert.text_sql import condition_sql, text_steps, trimmed_cells
from kejing.facts.feeds import Feed
from kejing.facts.mapping import ColumnRule, ShareNotation
from kejing.facts.schema import Column, FactTable, Kind
from kejing.measure.period import parse_day
from kejing.warehouse.engine import DuckEngine

KNOWN_AT = Column("known_at", Kind.DATE, "获知日", "known at", required=False)
VOIDED = Column("voided", Kind.FLAG, "作废", "voided", required=False)

_ONE = 10**6
"""One, in the millionths that bare shares are compared in."""

_SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.INSTANT: "TIMESTAMP_S",
    Kind.DEGREE: "DOUBLE",
    Kind.FLAG: "BOOLEAN",
}


def stored_columns(table: FactTable) -> list[str]:
    """Names of the stored columns but the bookkeeping ones."""
    names = []
    for column in table.columns:
        names.append(column.name)
        if column.kind is Kind.QUANTITY:
            names.append(f"{column.name}_text")
    return names


def alike(feeds: Sequence[Feed]) -> list[list[Feed]]:
    """``feeds`` in groups that one SELECT can convert: sheets of one shape under the same rules, such as twelve months.

    Planning the conversion costs more than converting a small file, so it is done once for each group.
    """
    groups: list[list[Feed]] = []
    for feed in feeds:
        group = next((group for group in groups if _shape(group[0]) == _shape(feed)), None)
        if group is None or _guesses_notation(feed):
            groups.append([feed])
        else:
            group.append(feed)
    return groups


def _shape(feed: Feed) -> tuple[object, ...]:
    sheet = feed.sheet
    return (
        (len(sheet.headers), sheet.has_cells, feed.origin.is_quarantine),
        (dict(feed.index_of), dict(feed.rules), feed.known_at, feed.block),
    )


def _guesses_notation(feed: Feed) -> bool:
    """Whether the sheet itself must be asked how its shares are written."""
    shares = [column.name for column in feed.table.columns if column.kind is Kind.WEIGHT]
    return any(name in feed.rules and feed.rules[name].notation is None for name in shares)


def typed_sql(engine: DuckEngine, feeds: Sequence[Feed]) -> str:
    """SELECT of ``fn, rn``, the stored columns, ``known_at``, ``voided`` and ``p_<column>`` [`Problem`].

    ``feeds`` are one group of `alike`.
    """
    feed = feeds[0]
    columns = [*feed.table.columns, KNOWN_AT, VOIDED]
    extra = sorted(set(feed.rules) - {column.name for column in columns})
    origins, texts, steps = [], [], {}
    for column in columns:
        rule = feed.rules.get(column.name)
        if rule is None:
            steps[column.name] = _absent(column)
            texts.append(f"CAST(NULL AS VARCHAR) AS t_{column.name}, 0 AS q_{column.name}")
            continue
        text = text_steps(feed, column, rule)
        origins.append(f"{text.origin} AS o_{column.name}")
        texts.append(f"{text.text} AS t_{column.name}, {text.problem} AS q_{column.name}")
        notation = _notation(engine, feed, column, rule)
        steps[column.name] = column_steps(column, rule, cell=_cell(feed, column), notation=notation)
    for name in extra:
        text = text_steps(feed, Column(name, Kind.TEXT, name, name, required=False), feed.rules[name])
        origins.append(f"{text.origin} AS o_{name}")
        texts.append(f"{text.problem} AS q_{name}")
    cells = [f"k{index}" for index in range(len(feed.sheet.headers))] if feed.sheet.has_cells else []
    base = f"SELECT {', '.join(['fn', 'row AS rn', *origins, *cells])} FROM {_taken(feeds)}"
    base = f"SELECT {', '.join(['fn', 'rn', *texts, *cells])} FROM ({base})"
    for stage in ("grouped", "parsed", "scaled", "whole"):
        more = [f"{sql} AS {name}" for step in steps.values() for name, sql in getattr(step, stage).items()]
        if more:
            base = f"SELECT *, {', '.join(more)} FROM ({base})"
    return f"SELECT {', '.join(_final(feed, steps, extra))} FROM ({base})"


def _taken(feeds: Sequence[Feed]) -> str:
    """The rows of the sheets that the feeds take, with their cells trimmed."""
    feed = feeds[0]
    where = " AND ".join(condition_sql(feed, condition) for condition in feed.block.where)
    sheets = " UNION ALL ".join(f"SELECT {one.number} AS fn, * FROM {one.sheet.relation}" for one in feeds)
    rows = f"(SELECT *, {trimmed_cells(feed)} FROM ({sheets}))"
    return f"(SELECT * FROM {rows} WHERE {where})" if where else rows


def _final(feed: Feed, steps: dict[str, ColumnSteps], extra: Iterable[str]) -> list[str]:
    fallback = parse_day(feed.known_at or "0001-01-01")
    final = ["fn", "rn"]
    for column in feed.table.columns:
        step = steps[column.name]
        for name, sql in step.stored.items():
            final.append(f"CAST({sql} AS {_sql_type(column.kind, name, column.name)}) AS {identifier(name)}")
        final.append(f"CAST({_with_missing(feed.table, column, step)} AS UTINYINT) AS p_{column.name}")
    final += [
        f"COALESCE({steps['known_at'].stored['known_at']}, DATE '{fallback.isoformat()}') AS known_at",
        f"CAST({steps['known_at'].problem} AS UTINYINT) AS p_known_at",
        f"COALESCE({steps['voided'].stored['voided']}, false) AS voided",
        f"CAST({steps['voided'].problem} AS UTINYINT) AS p_voided",
    ]
    return final + [f"CAST(q_{name} AS UTINYINT) AS p_{name}" for name in extra]


def _sql_type(kind: Kind, name: str, column: str) -> str:
    return "VARCHAR" if name != column else _SQL_TYPES.get(kind, "BIGINT")


def _with_missing(table: FactTable, column: Column, step: ColumnSteps) -> str:
    """The problem of a value, or that a required one is missing. A row that takes a row away needs its key only."""
    is_key = column.name in table.key
    dependants = [money.name for money in table.columns if money.currency == column.name]
    if column.name in {"valid_from", "valid_to"} or not (column.required or dependants):
        return step.problem
    wanted = "TRUE" if column.required else " OR ".join(f"t_{name} IS NOT NULL" for name in dependants)
    unless_voided = "" if is_key else " AND NOT COALESCE(d_voided, false)"
    missing = f"t_{column.name} IS NULL AND ({wanted}){unless_voided}"
    return f"CASE WHEN {step.problem} = 0 AND {missing} THEN {int(Problem.MISSING_VALUE)} ELSE {step.problem} END"


def _absent(column: Column) -> ColumnSteps:
    """A column that nothing feeds."""
    stored = {column.name: "NULL"}
    if column.name == "valid_from":
        stored = {column.name: "DATE '0001-01-01'"}
    if column.name == "valid_to":
        stored = {column.name: "DATE '9999-12-31'"}
    if column.kind is Kind.QUANTITY:
        stored[f"{column.name}_text"] = "NULL"
    step = ColumnSteps(stored=stored)
    if column.kind is Kind.DEGREE:
        step.parsed = {f"d_{column.name}": "CAST(NULL AS DOUBLE)"}
    if column.name == "voided":
        step.parsed = {"d_voided": "false"}
        step.stored = {"voided": "d_voided"}
    if column.name == "known_at":
        step.stored = {"known_at": "CAST(NULL AS DATE)"}
    return step


def _cell(feed: Feed, column: Column) -> str | None:
    """What a workbook says of the cells. A sheet of ours writes everything as text, and that is no defect."""
    index = feed.source_column(column.name)
    if index is None or not feed.sheet.has_cells or feed.origin.is_quarantine:
        return None
    return f"k{index}"


def _notation(engine: DuckEngine, feed: Feed, column: Column, rule: ColumnRule) -> ShareNotation | None:
    """How bare numbers of a share column are meant: by the mapping, else by the largest of the column.

    Up to 1 they are fractions, up to 100 percent, above basis points. One column has one notation.
    """
    if column.kind is not Kind.WEIGHT or rule.notation is not None:
        return rule.notation
    origin = text_steps(feed, column, rule).origin
    largest = engine.fetch(
        f"SELECT MAX(kj_scaled(TRY_CAST(n.m AS HUGEINT), n.e + 6)) AS largest FROM ("
        f"SELECT kj_number(o, kj_number_groups(o)) AS n FROM (SELECT {origin} AS o FROM {_taken([feed])}) "
        "WHERE NOT contains(kj_half(COALESCE(o, '')), '%'))"
    )["largest"][0].as_py()
    if largest is None or largest <= _ONE:
        return ShareNotation.FRACTION
    return ShareNotation.PERCENT if largest <= 100 * _ONE else ShareNotation.BASIS_POINTS
