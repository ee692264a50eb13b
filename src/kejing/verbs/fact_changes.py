"""Which fact rows differ between two snapshots, and which of them stand behind a difference in pay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kejing.facts import attach_facts, open_snapshot
from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.measure.period import LAST_DAY
from kejing.warehouse.engine import DuckEngine

_IDS = ("line_id", "customer_id", "rm_id")
_SIDE = "before_facts"


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact row that was added, changed or taken away.

    ``key`` is its key as text; ``ids`` its line, customer and RM where it has them; ``source`` the file and row that
    said so, ``known_at`` the day it became known.
    """

    table: str
    key: str
    change: str
    ids: dict[str, str]
    known_at: str
    source: str

    def as_json(self) -> dict[str, str]:
        """For programs, and for the file that lies with a correction."""
        said = {"table": self.table, "key": self.key, "change": self.change}
        return {**said, "known_at": self.known_at, "source": self.source}


def fact_changes(facts: Path, before: str, after: str | None = None) -> list[FactChange]:
    """Rows in which two snapshots of a facts folder differ, as known at the end of each.

    Parameters
    ----------
    before, after
        Ids of the snapshots; the current one if ``after`` is not given.

    Notes
    -----
    Only tables whose content hash differs are read.
    """
    old, new = open_snapshot(facts, before), open_snapshot(facts, after)
    differing = [
        name for name in FACT_TABLES if old.tables.get(name, {}).get("sha256") != new.tables.get(name, {}).get("sha256")
    ]
    if not differing:
        return []
    # Each snapshot on an engine of its own: a table that one of them lacks is another kind of relation there.
    with DuckEngine() as engine, DuckEngine() as earlier:
        attach_facts(earlier, facts, known_on=LAST_DAY, snapshot_id=before, only=differing)
        attach_facts(engine, facts, known_on=LAST_DAY, snapshot_id=new.snapshot_id, only=differing)
        for name in differing:
            engine.attach_arrow(f"{_SIDE}_{name}", earlier.fetch(f"SELECT * FROM {name}"))
        return [change for name in differing for change in _changes(engine, FACT_TABLES[name])]


def _changes(engine: DuckEngine, table: FactTable) -> list[FactChange]:
    """Rows of one table that differ: by key, whatever file says the same again."""
    said = [
        name
        for name in table.arrow_schema.names
        if name not in {"source_file", "source_sheet", "source_row", "known_at"}
    ]
    same = " AND ".join(f"b.{name} IS NOT DISTINCT FROM a.{name}" for name in table.key)
    equal = " AND ".join(f"b.{name} IS NOT DISTINCT FROM a.{name}" for name in said)
    key = " || ' ' || ".join(f"COALESCE(CAST(COALESCE(a.{name}, b.{name}) AS VARCHAR), '')" for name in table.key)
    ids = [name for name in _IDS if name in table.arrow_schema.names]
    own = "".join(f", COALESCE(a.{name}, b.{name}) AS {name}" for name in ids)
    rows = engine.fetch(
        f"SELECT {key} AS key, a.voided IS NULL AS is_gone, b.voided IS NULL AS is_new,"
        f" COALESCE(a.known_at, b.known_at) AS known_at, a.source_file, a.source_row{own}"
        f" FROM {table.name} AS a FULL JOIN {_SIDE}_{table.name} AS b ON {same}"
        f" WHERE a.voided IS NULL OR b.voided IS NULL OR NOT ({equal}) ORDER BY key"
    )
    return [
        FactChange(
            table.name,
            row["key"],
            "removed" if row["is_gone"] else "added" if row["is_new"] else "changed",
            {name: str(row[name] or "") for name in ids},
            str(row["known_at"]),
            f"{row['source_file']} #{row['source_row']}" if row["source_file"] else "",
        )
        for row in rows.to_pylist()
    ]


class Reasons:
    """Finds the fact rows behind a line: its own, else those of its customer, else those of its RM."""

    def __init__(self, changes: list[FactChange]) -> None:
        self._by: dict[str, dict[str, list[FactChange]]] = {name: {} for name in _IDS}
        for change in changes:
            for name, value in change.ids.items():
                if value:
                    self._by[name].setdefault(value, []).append(change)

    def of(self, row: dict[str, str]) -> tuple[str, list[FactChange]]:
        """What ties a posting to the facts (``line_id``, ``customer_id``, ``rm_id`` or ``follows``), and the rows.

        ``follows`` says that no fact of the line, its customer or its RM moved: the figure hangs on others, such as a
        completion or a share of the unit's goal.
        """
        for name in _IDS:
            found = self._by[name].get(row.get(name) or "", [])
            if found:
                return name, found
        return "follows", []
