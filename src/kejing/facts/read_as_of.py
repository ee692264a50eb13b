"""Read a snapshot as it was known on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.facts.snapshot import Snapshot, open_snapshot
from kejing.warehouse.protocol import Engine


def attach_facts(
    engine: Engine,
    facts_folder: Path,
    *,
    known_on: dt.date,
    snapshot_id: str | None = None,
    only: Collection[str] = tuple(FACT_TABLES),
) -> Snapshot:
    """Make a relation of each fact table, named like it, with the rows known on ``known_on``.

    Of every key the version with the latest ``known_at`` not after ``known_on`` counts; a version that
    takes the row away leaves nothing. Columns are those of ``FactTable.arrow_schema``. A table that was
    never imported is an empty relation of that schema.

    Parameters
    ----------
    engine
        Where the relations are made; relations of the same names are replaced.
    facts_folder
        Folder given to the import.
    known_on
        The day of the knowledge asked for.
    snapshot_id
        An earlier snapshot; the current one by default.
    only
        Tables wanted; all by default.

    Raises
    ------
    NoFactsError
        Nothing was imported yet.
    BrokenSnapshotError
        A file of the snapshot is missing.

    Notes
    -----
    A table whose keys have one version each (``single_version`` in the manifest) is only filtered.
    Otherwise the versions of a key are ranked, and only for keys known by ``known_on``.
    """
    snapshot = open_snapshot(facts_folder, snapshot_id)
    for table in (FACT_TABLES[name] for name in only):
        path = snapshot.path(table.name)
        if path is None:
            engine.attach_arrow(table.name, table.arrow_schema.empty_table())
            continue
        stored = f"stored_{table.name}"
        engine.attach_parquet(stored, path)
        is_single = bool(snapshot.tables[table.name]["single_version"])
        if not is_single:
            engine.create(f"several_{table.name}", _several(table, stored))
        engine.create_view(table.name, _known(table, stored, known_on, is_single=is_single))
    return snapshot


def _known(table: FactTable, stored: str, known_on: dt.date, *, is_single: bool) -> str:
    """SELECT of the rows of ``stored`` as known on the day."""
    columns = ", ".join(table.arrow_schema.names)
    known = f"known_at <= CAST('{known_on.isoformat()}' AS DATE)"
    if is_single:
        return f"SELECT {columns} FROM {stored} WHERE {known} AND NOT voided"
    same = " AND ".join(f"m.{name} = s.{name}" for name in table.key)
    listed = ", ".join(f"s.{name}" for name in table.arrow_schema.names)
    key = ", ".join(f"s.{name}" for name in table.key)
    return (
        f"SELECT {listed} FROM {stored} AS s LEFT JOIN several_{table.name} AS m ON {same} "
        f"WHERE m.{table.key[0]} IS NULL AND {known} AND NOT voided UNION ALL "
        f"SELECT {columns} FROM (SELECT {listed}, ROW_NUMBER() OVER (PARTITION BY {key} "
        f"ORDER BY s.known_at DESC) AS version_rank FROM {stored} AS s INNER JOIN several_{table.name} AS m ON {same} "
        f"WHERE {known}) AS ranked WHERE version_rank = 1 AND NOT voided"
    )


def _several(table: FactTable, stored: str) -> str:
    """SELECT of the keys with several versions: few, and only those are ranked."""
    key = ", ".join(table.key)
    return f"SELECT {key} FROM {stored} GROUP BY {key} HAVING COUNT(*) > 1"
