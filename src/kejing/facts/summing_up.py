"""What is said of an import as a whole: in its findings, and in the manifest of the snapshot."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from typing import Any

from kejing.facts.import_report import RowCounts
from kejing.facts.mapping import Mapping
from kejing.facts.plan import Plan
from kejing.facts.snapshot import Snapshot
from kejing.measure.findings import FINDINGS_SCHEMA, Finding, Place, Severity


def general_findings(plan: Plan, counts: AnyMapping[int, RowCounts]) -> Iterator[Finding]:
    """Rows the mapping left out, and files that do not say when they became known."""
    for feed in plan.feeds:
        left_out = counts[feed.number].left_out
        if left_out:
            place = Place(file=feed.sheet.file, sheet=feed.sheet.sheet)
            facts = {"count": f"{left_out:,}", "table": feed.table.name}
            yield Finding(code="facts.rows_left_out", severity=Severity.INFO, place=place, stage="facts", facts=facts)
    undated = {feed.sheet.file for feed in plan.feeds if feed.known_at is None and "known_at" not in feed.rules}
    for file in sorted(undated):
        yield Finding(code="facts.known_at_missing", severity=Severity.INFO, place=Place(file=file), stage="facts")


def nothing_changed(parent: Snapshot, tables: Iterable[RowCounts]) -> Iterator[Finding]:
    """That every row brought was in the snapshot already."""
    total = sum(tables, RowCounts())
    if total.accepted and not total.rejected:
        facts = {"snapshot": parent.snapshot_id}
        yield Finding(code="facts.nothing_changed", severity=Severity.INFO, stage="facts", facts=facts)


def not_kept(parent: Snapshot, found: Sequence[Finding]) -> int:
    """How many grave findings no snapshot holds when the import made none.

    A snapshot is never written again, its findings no more than its rows: runs have read them.
    """
    names = FINDINGS_SCHEMA.names
    kept = {tuple(row[name] for name in names) for row in parent.findings().to_pylist()}
    grave = [finding.as_row() for finding in found if finding.severity is not Severity.INFO]
    return sum(tuple(row[name] for name in names) not in kept for row in grave)


def import_entries(
    plan: Plan,
    rules: Mapping | None,
    mapping: Path | None,
    settings: AnyMapping[str, str],
    known_at: dt.date | None,
    counts: AnyMapping[int, RowCounts],
) -> list[dict[str, Any]]:
    """The manifest's record of each file brought."""
    entries = []
    for path in sorted({origin.path for origin in plan.origins}, key=lambda path: (path.name, str(path))):
        feeds = [feed for feed in plan.feeds if feed.origin.path == path]
        stated = known_at.isoformat() if known_at else next((feed.known_at for feed in feeds if feed.known_at), None)
        by_table: dict[str, RowCounts] = {}
        for feed in feeds:
            by_table[feed.table.name] = by_table.get(feed.table.name, RowCounts()) + counts[feed.number]
        entries.append(
            {
                "file": path.name,
                "sha256": _file_hash(path),
                "encoding": next((feed.sheet.encoding for feed in feeds if feed.sheet.encoding), ""),
                "mapping": rules.mapping if rules else "",
                "mapping_sha256": _file_hash(mapping) if mapping else "",
                "parameters": dict(sorted(settings.items())),
                "known_at": stated or "",
                "counts": {name: count.as_dict() for name, count in sorted(by_table.items())},
            }
        )
    return entries


def _file_hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
