"""New rows against the rows already stored: unchanged ones are nothing new, changed ones need a later known day."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.feed_sql import stored_columns
from kejing.facts.schema import FactTable
from kejing.measure.findings import Severity


def check_stored(docket: Docket, table: FactTable) -> None:
    """Compare with ``st_<table>``; unchanged rows go to ``gone_<table>``.

    A row says something new when it differs from what was known on its own known day. If the store
    already has a version of that very day with another content, taking the row would overwrite it:
    the row is put aside and asks for a later known day.
    """
    engine, name = docket.engine, table.name
    if not docket.count(f"st_{name}"):
        return
    key = " AND ".join(f"s.{column} IS NOT DISTINCT FROM o.{column}" for column in table.key)
    contents = [column for column in stored_columns(table) if column not in table.key]
    same = " AND ".join(f"s.{column} IS NOT DISTINCT FROM o.{column}" for column in (*contents, "voided")) or "TRUE"
    engine.create(
        f"seen_{name}",
        f"SELECT o.fn, o.rn, o.known_at, s.known_at AS stored_known_at, ({same}) AS is_same, "
        f"ROW_NUMBER() OVER (PARTITION BY o.fn, o.rn ORDER BY s.known_at DESC) AS nth "
        f"FROM ok_{name} AS o JOIN st_{name} AS s ON {key} AND s.known_at <= o.known_at",
    )
    engine.run_script(f"INSERT INTO gone_{name} SELECT fn, rn, 'unchanged' FROM seen_{name} WHERE nth = 1 AND is_same")
    select = (
        f"SELECT s.fn, s.rn, {noted(table.key[0], known_at='s.known_at')} "
        f"FROM seen_{name} AS s WHERE s.nth = 1 AND NOT s.is_same AND s.stored_known_at = s.known_at"
    )
    docket.add("facts.changed_without_known_date", Severity.ERROR, name, select)
    engine.create(f"changed_{name}", f"SELECT DISTINCT o.fn, o.rn FROM ok_{name} AS o JOIN st_{name} AS s ON {key}")
