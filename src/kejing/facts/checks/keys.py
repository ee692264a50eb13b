"""One key, one row: identical rows collapse, rows that contradict each other are all put aside."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.feed_sql import stored_columns
from kejing.facts.schema import FactTable
from kejing.measure.findings import Severity


def check_duplicates(docket: Docket, table: FactTable) -> None:
    """Find rows of one import with the same key and the same known day.

    Identical ones collapse into the first, in the order of file, sheet and row, into ``gone_<table>``.
    Of rows that differ none is taken: which one is right, only a person can say.
    """
    engine = docket.engine
    key = ", ".join((*table.key, "known_at"))
    engine.create(
        f"twice_{table.name}", f"SELECT {key}, COUNT(*) AS n FROM ok_{table.name} GROUP BY {key} HAVING COUNT(*) > 1"
    )
    if not docket.count(f"twice_{table.name}"):
        return
    same = " AND ".join(f"o.{name} IS NOT DISTINCT FROM t.{name}" for name in (*table.key, "known_at"))
    content = "struct_pack(" + ", ".join(f"{name} := o.{name}" for name in (*stored_columns(table), "voided")) + ")"
    of_key = ", ".join(f"o.{name}" for name in (*table.key, "known_at"))
    engine.create(
        f"same_{table.name}",
        f"SELECT o.fn, o.rn, {of_key}, {content} AS content, "
        f"ROW_NUMBER() OVER (PARTITION BY {of_key} ORDER BY o.fn, o.rn) AS nth "
        f"FROM ok_{table.name} AS o JOIN twice_{table.name} AS t ON {same}",
    )
    engine.create(
        f"groups_{table.name}",
        f"SELECT {key}, COUNT(DISTINCT content) AS variants, "
        "MIN(CASE WHEN nth = 1 THEN rn END) AS first_row, MIN(CASE WHEN nth = 1 THEN fn END) AS first_feed, "
        f"MAX(nth) AS last_nth FROM same_{table.name} GROUP BY {key}",
    )
    matched = " AND ".join(f"s.{name} IS NOT DISTINCT FROM g.{name}" for name in (*table.key, "known_at"))
    shown_key = " || ' · ' || ".join(f"CAST(s.{name} AS VARCHAR)" for name in table.key)
    rows = f"same_{table.name} AS s JOIN groups_{table.name} AS g ON {matched}"

    def found(shown: str) -> str:
        return noted(table.key[0], val=shown_key, shown=shown, first_row="g.first_row")

    conflicting = f"SELECT s.fn, s.rn, {found('s.nth = g.last_nth')} FROM {rows} WHERE g.variants > 1"
    docket.add("facts.conflicting_duplicate", Severity.ERROR, table.name, conflicting)
    collapsed = f"FROM {rows} WHERE g.variants = 1 AND s.nth > 1"
    engine.run_script(f"INSERT INTO gone_{table.name} SELECT s.fn, s.rn, 'collapsed' {collapsed}")
    silent = ", ".join(str(feed.number) for feed in docket.feeds.values() if feed.block.distinct) or "-1"
    select = f"SELECT s.fn, s.rn, {found(f's.fn NOT IN ({silent})')} {collapsed}"
    docket.add("facts.duplicate_row", Severity.INFO, table.name, select)
