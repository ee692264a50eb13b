"""Values that must be found in another table."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.sql import literal
from kejing.facts.schema import FACT_TABLES, Column, FactTable
from kejing.measure.findings import Severity

ID_TABLES = frozenset({"units", "rms", "customers", "products"})
"""Tables that many others refer to: their ids are listed once. Of others only the ids asked for are looked up."""


def note_ids(docket: Docket, table: FactTable, *, asked: str = "") -> None:
    """Make ``ids_<table>`` (first key column of accepted and stored rows) and ``lost_<table>`` (of rejected ones).

    ``asked`` is a SELECT of the ids that matter, leading zeros aside: a table of millions is then not made distinct.
    """
    engine, name, column = docket.engine, table.name, table.key[0]
    wanted = f" AND ltrim(id, '0') IN (SELECT ltrim(id, '0') FROM ({asked}))" if asked else ""
    engine.create(
        f"ids_{name}",
        f"SELECT DISTINCT id FROM (SELECT {column} AS id FROM ok_{name} WHERE NOT voided "
        f"UNION ALL SELECT {column} FROM st_{name} WHERE NOT voided) WHERE id IS NOT NULL{wanted}",
    )
    engine.create(
        f"lost_{name}",
        f"SELECT DISTINCT {column} AS id FROM in_{name} AS i JOIN bad_{name} AS b ON b.fn = i.fn AND b.rn = i.rn "
        f"WHERE {column} IS NOT NULL",
    )


def check_references(docket: Docket, table: FactTable) -> None:
    """Find references to nobody, told apart by why nobody is there."""
    for column in table.columns:
        if column.references is not None:
            target = column.references[0]
            if target not in ID_TABLES:
                asked = f"SELECT {column.name} AS id FROM ok_{table.name} WHERE {column.name} IS NOT NULL"
                note_ids(docket, FACT_TABLES[target], asked=asked)
            _check_column(docket, table, column, target)


def _check_column(docket: Docket, table: FactTable, column: Column, target: str) -> None:
    engine, name = docket.engine, f"unknown_{table.name}_{column.name}"
    engine.create(
        name,
        "SELECT v.id, z.id AS alike, "
        "CASE WHEN l.id IS NOT NULL THEN 'lost' WHEN z.id IS NOT NULL THEN 'zeros' ELSE 'unknown' END AS why "
        f"FROM (SELECT DISTINCT {column.name} AS id FROM ok_{table.name} "
        f"WHERE {column.name} IS NOT NULL AND NOT voided) AS v "
        f"LEFT JOIN ids_{target} AS i ON i.id = v.id "
        f"LEFT JOIN lost_{target} AS l ON l.id = v.id "
        # The same number but for leading zeros, which a spreadsheet takes away.
        f"LEFT JOIN (SELECT ltrim(id, '0') AS bare, MIN(id) AS id FROM ids_{target} "
        f"WHERE regexp_full_match(id, '[0-9]+') GROUP BY ltrim(id, '0')) AS z "
        f"ON regexp_full_match(v.id, '[0-9]+') AND z.bare = ltrim(v.id, '0') WHERE i.id IS NULL",
    )
    if not docket.count(name):
        return
    is_absent = not docket.count(f"ids_{target}") and not docket.count(f"lost_{target}")
    if is_absent:
        codes = {"unknown": "facts.reference_table_absent"}
    else:
        codes = {
            "unknown": "facts.unknown_reference",
            "lost": "facts.reference_in_quarantine",
            "zeros": "facts.leading_zeros_lost",
        }
    for why, code in codes.items():
        facts = {"target": literal(target)} | ({"alike": "u.alike"} if why == "zeros" else {})
        select = (
            f"SELECT o.fn, o.rn, {noted(column.name, **facts)} FROM ok_{table.name} AS o "
            f"JOIN {name} AS u ON u.id = o.{column.name} AND u.why = {literal(why)} WHERE NOT o.voided"
        )
        docket.add(code, Severity.ERROR, table.name, select)


def check_groups(docket: Docket) -> None:
    """Find customers whose group is nobody, where groups are named by the customer that heads them.

    When most group ids are customers, the few that are not are doubtful; when groups have numbers of
    their own (a holding's), nothing can be said.
    """
    engine = docket.engine
    engine.create(
        "group_ids",
        "SELECT g.id, i.id IS NOT NULL AS is_customer FROM (SELECT DISTINCT group_id AS id FROM ok_customers "
        "WHERE group_id IS NOT NULL) AS g LEFT JOIN ids_customers AS i ON i.id = g.id",
    )
    known, unknown = docket.count("group_ids", "is_customer"), docket.count("group_ids", "NOT is_customer")
    if known > unknown > 0:
        select = (
            f"SELECT o.fn, o.rn, {noted('group_id')} FROM ok_customers AS o "
            "JOIN group_ids AS g ON g.id = o.group_id AND NOT g.is_customer"
        )
        docket.add("facts.group_unknown", Severity.WARNING, "customers", select)
