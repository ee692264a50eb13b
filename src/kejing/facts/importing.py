"""Import: read, map, check, show what would change, commit."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts.check_table import check_across, check_table
from kejing.facts.checks.docket import Docket, noted
from kejing.facts.checks.values import check_notices, check_ragged
from kejing.facts.convert.feed_sql import KNOWN_AT, VOIDED, alike, stored_columns, typed_sql
from kejing.facts.convert.sql import literal
from kejing.facts.convert.text_sql import condition_sql
from kejing.facts.feeds import Feed
from kejing.facts.import_report import ImportReport, RowCounts
from kejing.facts.lock import sole_import
from kejing.facts.mapping import Mapping as MappingFile
from kejing.facts.mapping_file import load_mapping
from kejing.facts.plan import Plan, list_files, make_plan
from kejing.facts.provenance import make_homes
from kejing.facts.quarantine import collect_quarantine
from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.facts.snapshot import Snapshot, SnapshotDraft, current_snapshot, standing_findings
from kejing.facts.summing_up import general_findings, import_entries, not_kept, nothing_changed
from kejing.measure.findings import Finding, Severity
from kejing.warehouse.engine import DuckEngine

type Progress = Callable[[str, int, int], None]

_MEMORY = "4GiB"
_SLICE = 1 << 20


def import_facts(  # noqa: PLR0913 - the one door of the room; all but the sources are named
    sources: Sequence[Path],
    *,
    mapping: Path | None,
    into: Path,
    settings: Mapping[str, str] | None = None,
    known_at: dt.date | None = None,
    preview: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Bring files into a facts folder: valid rows into a new snapshot, the others into quarantine.

    Parameters
    ----------
    sources
        Files, or folders whose files are taken. A corrected quarantine workbook is one of them.
    mapping
        The ``mapping.yaml``; without it files and sheets are named like the tables and headers like the columns.
    into
        The facts folder, made when it is missing.
    settings
        Parameters of the mapping by name.
    known_at
        The day the institution knew these rows. A ``known_at`` column goes before it, and it goes before
        the day in the mapping. Without any the rows count as always known.
    preview
        Say what would change and change nothing.
    progress
        Called with the step (``read``, ``map``, ``check``, ``write``), steps done and steps in all.

    Returns
    -------
    ImportReport
        Counts per table, findings, quarantine and the id of the snapshot.

    Raises
    ------
    MappingRefusedError
        The mapping or its parameters are wrong; all mistakes travel with the error.
    FactsBusyError
        Another import into the folder is running.
    SnapshotMovedError
        Another import committed into the same folder in the meantime.

    Notes
    -----
    Every row read is accounted for: new, changed, unchanged, collapsed, rejected or left out by the mapping.
    """
    rules = load_mapping(mapping, settings or {}) if mapping is not None else None
    tell = progress or (lambda _step, _done, _all: None)
    alone = nullcontext() if preview else sole_import(into)
    with alone, tempfile.TemporaryDirectory(prefix="kejing-import-") as name:
        staging = Path(name)
        with DuckEngine(memory_limit=_MEMORY, spill_folder=staging / "spill") as engine:
            work = _Import(engine, into, current_snapshot(into), tell)
            plan = work.read(list_files(sources), rules, known_at, staging)
            work.check(plan)
            imports = import_entries(plan, rules, mapping, settings or {}, known_at, work.counts)
            return work.write(plan, imports, preview=preview)


@dataclass(slots=True)
class _Import:
    """One import at work."""

    engine: DuckEngine
    into: Path
    parent: Snapshot | None
    tell: Progress
    docket: Docket = field(init=False)
    counts: dict[int, RowCounts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        macros = resources.files("kejing.facts.convert").joinpath("macros.sql").read_text(encoding="utf-8")
        self.engine.run_script(macros)
        self.docket = Docket(self.engine)

    def read(self, files: Sequence[Path], rules: MappingFile | None, known_at: dt.date | None, staging: Path) -> Plan:
        """Stage the files and bring their rows, typed, into ``in_<table>``."""
        self.tell("read", 0, 1)
        day = known_at.isoformat() if known_at else None
        plan = make_plan(self.engine, files, mapping=rules, known_at=day, folder=staging)
        self.tell("read", 1, 1)
        self.docket.feeds = {feed.number: feed for feed in plan.feeds}
        for done, table in enumerate(FACT_TABLES.values()):
            self.tell("map", done, len(FACT_TABLES))
            feeds = [feed for feed in plan.feeds if feed.table is table and feed.refused is None]
            self.engine.create(f"in_{table.name}", self._typed(table, feeds))
            stored = self.parent.path(table.name) if self.parent else None
            if stored is None:
                self.engine.attach_arrow(f"st_{table.name}", table.arrow_schema.empty_table())
            else:
                self.engine.attach_parquet(f"st_{table.name}", stored)
        for feed in plan.feeds:
            self._refuse_rows(feed)
            check_ragged(self.docket, feed)
            for notice in feed.block.notices if feed.refused is None else ():
                condition = " AND ".join(condition_sql(feed, part) for part in notice.where)
                check_notices(self.docket, feed, condition, zh=notice.zh, en=notice.en)
        make_homes(self.engine, plan.origins, plan.feeds)
        self.tell("map", len(FACT_TABLES), len(FACT_TABLES))
        return plan

    def check(self, plan: Plan) -> None:
        """Find what is wrong, table by table, in an order in which references point backward."""
        fed = [table for table in FACT_TABLES.values() if any(feed.table is table for feed in plan.feeds)]
        for done, table in enumerate(FACT_TABLES.values()):
            self.tell("check", done, len(FACT_TABLES))
            check_table(self.docket, table, is_fed=table in fed)
        check_across(self.docket, [table.name for table in fed])
        self.tell("check", len(FACT_TABLES), len(FACT_TABLES))
        for feed in plan.feeds:
            self.counts[feed.number] = self._count(feed)
            self.counts[feed.number].check()

    def write(self, plan: Plan, imports: list[dict[str, Any]], *, preview: bool) -> ImportReport:
        """Write the snapshot, unless nothing is new or only a preview was asked for."""
        tables: dict[str, RowCounts] = {}
        for feed in plan.feeds:
            tables[feed.table.name] = tables.get(feed.table.name, RowCounts()) + self.counts[feed.number]
        changed = [name for name, counts in tables.items() if counts.new or counts.changed]
        findings = [*plan.findings, *self.docket.findings()]
        findings += general_findings(plan, self.counts)
        if self.parent is not None and not changed:
            findings += nothing_changed(self.parent, tables.values())
        quarantine = collect_quarantine(self.docket, plan.origins)
        parent_id = self.parent.snapshot_id if self.parent else None
        snapshot_id = parent_id or ""
        if changed or self.parent is None:
            with tempfile.TemporaryDirectory(prefix="kejing-preview-") as scratch:
                draft = SnapshotDraft(Path(scratch) if preview else self.into, self.parent)
                snapshot_id = self._draft(draft, changed)
                if preview:
                    draft.discard()
                else:
                    lifted = self._lifted()
                    files = {origin.sheet.file for origin in plan.origins}
                    standing = standing_findings(self.parent, findings, files=files, lifted=lifted)
                    draft.commit(imports, standing)
        return ImportReport(
            snapshot=snapshot_id,
            parent=parent_id,
            is_preview=preview,
            tables=tables,
            findings=sorted(findings, key=Finding.sort_key),
            quarantine=quarantine,
            not_kept=not_kept(self.parent, findings) if self.parent is not None and not changed else 0,
        )

    def _typed(self, table: FactTable, feeds: Sequence[Feed]) -> str:
        """SELECT of the typed rows of all feeds of ``table``."""
        names = ["fn", "rn", *stored_columns(table), "known_at", "voided"]
        problems = [f"p_{column.name}" for column in (*table.columns, KNOWN_AT, VOIDED)]
        if not feeds:
            stored = ", ".join(stored_columns(table))
            self.engine.attach_arrow("nothing", table.arrow_schema.empty_table())
            zeros = ", ".join(f"CAST(0 AS UTINYINT) AS {name}" for name in problems)
            return (
                f"SELECT CAST(0 AS INTEGER) AS fn, source_row AS rn, {stored}, known_at, voided, {zeros} FROM nothing"
            )
        extra = sorted({name for feed in feeds for name in feed.rules} - {name.removeprefix("p_") for name in problems})
        parts = []
        for group in alike(feeds):
            rules = group[0].rules
            here = [f"p_{name}" if name in rules else f"CAST(0 AS UTINYINT) AS p_{name}" for name in extra]
            listed = ", ".join([*names, *problems, *here])
            parts.append(f"SELECT {listed} FROM ({typed_sql(self.engine, group)})")
        return " UNION ALL ".join(parts)

    def _refuse_rows(self, feed: Feed) -> None:
        """Rows of a feed whose header is defective: all rejected, for the one reason already found."""
        if feed.refused is None:
            return
        code, header = feed.refused
        named = literal(header)
        found = noted(None, val=named, shown="false", table=literal(feed.table.name), name=named, headers=named)
        select = f"SELECT {feed.number} AS fn, row AS rn, {found} FROM {feed.sheet.relation}"
        self.docket.add(code, Severity.ERROR, feed.table.name, select)

    def _count(self, feed: Feed) -> RowCounts:
        """What became of the rows of ``feed``."""
        name, here = feed.table.name, f"fn = {feed.number}"
        changed = f"ok_{name} AS o JOIN changed_{name} AS c ON c.fn = o.fn AND c.rn = o.rn WHERE o.{here}"
        parts = {
            "typed": f"in_{name} WHERE {here}",
            "fine": f"ok_{name} WHERE {here}",
            "changed": changed,
            "rejected": f"bad_{name} WHERE {here}",
            "unchanged": f"gone_{name} WHERE {here} AND why = 'unchanged'",
            "collapsed": f"gone_{name} WHERE {here} AND why = 'collapsed'",
        }
        counted = ", ".join(f"(SELECT COUNT(*) FROM {rows}) AS {part}" for part, rows in parts.items())
        (count,) = self.engine.fetch(f"SELECT {counted}").to_pylist()
        return RowCounts(
            read=feed.sheet.rows_read,
            new=count["fine"] - count["changed"],
            changed=count["changed"],
            unchanged=count["unchanged"],
            collapsed=count["collapsed"],
            rejected=count["rejected"],
            left_out=0 if feed.refused else feed.sheet.rows - count["typed"],
        )

    def _draft(self, draft: SnapshotDraft, changed: Sequence[str]) -> str:
        """Write the tables of the new snapshot and return its id."""
        names = [
            name for name in FACT_TABLES if name in changed or (self.parent is not None and name in self.parent.tables)
        ]
        for done, name in enumerate(names):
            self.tell("write", done, len(names))
            if name in changed:
                table = FACT_TABLES[name]
                draft.write(table, self._slices(table), single_version=self._is_single(table))
            else:
                draft.keep(name)
        self.tell("write", len(names), len(names))
        return draft.content_id()

    def _is_single(self, table: FactTable) -> bool:
        """Whether every key has one version after the import."""
        if not self.docket.count(f"st_{table.name}"):
            days = self.engine.fetch(f"SELECT COUNT(DISTINCT known_at) AS n FROM ok_{table.name}")["n"][0].as_py()
            if days <= 1:
                return True
        key = ", ".join(table.key)
        merged = f"SELECT {key} FROM ok_{table.name} UNION ALL SELECT {key} FROM st_{table.name}"
        several = self.engine.fetch(
            f"SELECT COUNT(*) AS n FROM (SELECT {key} FROM ({merged}) GROUP BY {key} HAVING COUNT(*) > 1)"
        )
        return int(several["n"][0].as_py()) == 0

    def _slices(self, table: FactTable) -> Iterator[pa.Table]:
        """Stored and new rows in storage order, a slice at a time, so that memory stays bounded."""
        name = table.name
        columns = ", ".join(stored_columns(table))
        order = ", ".join(dict.fromkeys((*table.sort, *table.key, "known_at")))
        names = ", ".join(table.arrow_schema.names)
        merged = (
            f"SELECT {names} FROM st_{name} UNION ALL "
            f"SELECT {columns}, known_at, voided, COALESCE(h.file, f.file), COALESCE(h.sheet, f.sheet), "
            f"COALESCE(h.home_row, o.rn) FROM ok_{name} AS o JOIN feed_places AS f ON f.fn = o.fn "
            "LEFT JOIN homes AS h ON h.fn = o.fn AND h.rn = o.rn"
        )
        rows = self.docket.count(f"st_{name}") + self.docket.count(f"ok_{name}")
        if rows <= _SLICE:
            yield self.engine.fetch(f"SELECT * FROM ({merged}) ORDER BY {order}").cast(table.arrow_schema)
            return
        self.engine.create("sorted", f"SELECT *, ROW_NUMBER() OVER (ORDER BY {order}) AS place FROM ({merged})")
        for start in range(0, rows, _SLICE):
            part = self.engine.fetch(
                f"SELECT {names} FROM sorted WHERE place > {start} AND place <= {start + _SLICE} ORDER BY place"
            )
            yield part.cast(table.arrow_schema)
        self.engine.run_script("DROP TABLE sorted")

    def _lifted(self) -> set[tuple[str, str, int]]:
        """Places of rows that came back corrected and are now in."""
        homes = self.engine.fetch(
            "SELECT DISTINCT file, sheet, home_row FROM homes WHERE NOT EXISTS "
            "(SELECT 1 FROM found AS b WHERE b.rejects AND b.fn = homes.fn AND b.rn = homes.rn)"
        )
        return {(row["file"], row["sheet"], row["home_row"]) for row in homes.to_pylist()}
