"""What was done in the office becomes facts: coverage, contacts, disputes and acceptances go back as a snapshot."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import models
from django.utils import timezone

from kejing.facts import attach_facts, import_facts, open_snapshot
from kejing.facts.schema import FACT_TABLES
from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.measure.period import LAST_DAY
from kejing.office.acts.act import act
from kejing.office.books.models import Acceptance, Contact, Coverage, Dispute
from kejing.office.feeds.models import LoadedSnapshot
from kejing.office.people.models import User
from kejing.warehouse.engine import DuckEngine

_OUTCOMES = {Dispute.State.ACCEPTED.value: "granted", Dispute.State.REFUSED.value: "rejected"}
_DOCUMENT = "performance_contract"


class NothingLoadedError(KejingError):
    """The office has no facts yet."""

    code = "office.nothing_loaded"


class RejectedRowsError(KejingError):
    """Rows of the office do not pass the checks of an import; nothing was written back."""

    code = "office.rejected_rows"


@dataclass(frozen=True, slots=True)
class _Mirror:
    """A fact table that the office writes: its rows, and whether a fact that the office no longer has is taken away."""

    rows: Callable[[], Iterator[dict[str, Any]]]
    takes_away: bool = False


def write_back(*, by: User | None, day: dt.date) -> str:
    """Write what the office knows and the current snapshot does not into a new snapshot.

    Parameters
    ----------
    day
        When the institution knew it: the day of writing.

    Returns
    -------
    str
        Id of the snapshot; the one before where nothing differs.

    Raises
    ------
    NothingLoadedError
        There is no snapshot to write upon.
    RejectedRowsError
        A row does not pass the checks of an import.
    """
    loaded = LoadedSnapshot.objects.first()
    if loaded is None:
        raise NothingLoadedError
    folder = loaded.folder
    with tempfile.TemporaryDirectory(prefix="kejing-office-") as scratch:
        written = {name: _write(Path(scratch), folder, name, mirror, day) for name, mirror in _MIRRORS.items()}
        if not any(written.values()):
            return open_snapshot(folder).snapshot_id
        preview = import_facts([Path(scratch)], mapping=None, into=folder, preview=True)
        refused = [finding for finding in preview.findings if finding.severity is Severity.ERROR]
        if preview.total.rejected or refused:
            raise RejectedRowsError(count=preview.total.rejected or len(refused), example=str(refused[:1]))
        report = import_facts([Path(scratch)], mapping=None, into=folder)
    with act("feeds.facts_written", by=by, snapshot=report.snapshot, tables=written) as doing:
        doing.change_all([loaded], snapshot_id=report.snapshot)
    return report.snapshot


_DIFFERING = """
WITH news AS (
    SELECT {said}, false AS voided FROM (SELECT {said} FROM office_rows EXCEPT SELECT {said} FROM {name})
    UNION ALL
    SELECT {facts}, true AS voided
    FROM {name} AS f LEFT JOIN office_rows AS o ON {same}
    WHERE o.{first} IS NULL AND {gone}
),
latest AS (SELECT {key}, MAX(known_at) AS known_at FROM stored GROUP BY {key})
SELECT n.*, CASE WHEN l.known_at >= $$day THEN l.known_at + 1 ELSE CAST($$day AS DATE) END AS known_at
FROM news AS n LEFT JOIN latest AS l ON {joined}
ORDER BY {ordered}
"""
"""Rows that the office says and the facts do not; a second change of a row on one day counts as known a day later."""


def _write(scratch: Path, facts: Path, name: str, mirror: _Mirror, day: dt.date) -> int:
    """Rows of a table that differ from the snapshot, as a file to import; how many."""
    table = FACT_TABLES[name]
    columns = [column.name for column in table.columns]
    schema = pa.schema([table.arrow_schema.field(column) for column in columns])
    rows = pa.Table.from_pylist([{column: row.get(column) for column in columns} for row in mirror.rows()], schema)
    text = _DIFFERING.format(
        name=name,
        said=", ".join(columns),
        facts=", ".join(f"f.{column}" for column in columns),
        first=table.key[0],
        key=", ".join(table.key),
        same=" AND ".join(f"o.{column} = f.{column}" for column in table.key),
        joined=" AND ".join(f"l.{column} = n.{column}" for column in table.key),
        ordered=", ".join(f"n.{column}" for column in table.key),
        gone="TRUE" if mirror.takes_away else "FALSE",
    )
    with DuckEngine() as engine:
        snapshot = attach_facts(engine, facts, known_on=LAST_DAY, only=[name])
        engine.attach_arrow("office_rows", rows)
        path = snapshot.path(name)
        if path is None:
            engine.attach_arrow("stored", table.arrow_schema.empty_table())
        else:
            engine.attach_parquet("stored", path)
        found = engine.fetch(text, {"day": day})
    if found.num_rows:
        pq.write_table(_as_files_say(found), scratch / f"{name}.parquet")
    return len(found)


def _as_files_say(rows: pa.Table) -> pa.Table:
    """Shares are stored in basis points, and files say them as parts of one."""
    if "share" not in rows.column_names:
        return rows
    place = rows.column_names.index("share")
    texts = [None if value is None else f"{value / 10_000:.4f}" for value in rows.column("share").to_pylist()]
    return rows.set_column(place, "share", pa.array(texts, pa.string()))


def _plain(query: models.QuerySet[Any], *columns: str) -> Iterator[dict[str, Any]]:
    yield from query.values(*columns).iterator()


def _coverage() -> Iterator[dict[str, Any]]:
    return _plain(Coverage.objects.order_by("pk"), "customer_id", "rm_id", "role", "share", "valid_from", "valid_to")


def _contacts() -> Iterator[dict[str, Any]]:
    names = ("contact_id", "customer_id", "rm_id", "channel", "direction", "outcome", "happened_at")
    for row in _plain(Contact.objects.filter(called_off="").order_by("pk"), *names):
        yield row | {"happened_at": timezone.localtime(row["happened_at"]).replace(tzinfo=None)}


def _disputes() -> Iterator[dict[str, Any]]:
    for row in Dispute.objects.exclude(due_on=None).select_related("owner").order_by("pk"):
        yield {
            "dispute_id": f"office-{row.pk}",
            "rm_id": row.rm_id,
            "period": row.period,
            "line_id": row.line_id if row.line_id and not row.line_id.startswith("bal:") else None,
            "claim": row.reason,
            "owner": row.owner.username if row.owner else "-",
            "filed_on": row.filed_on,
            "due_on": row.due_on,
            "decided_on": row.decided_on,
            "outcome": _OUTCOMES.get(row.state),
            "note": row.answer or None,
        }


def _signatures() -> Iterator[dict[str, Any]]:
    latest = {(row.rm_id, row.period): row for row in Acceptance.objects.order_by("pk")}
    for row in latest.values():
        yield {
            "rm_id": row.rm_id,
            "document": _DOCUMENT,
            "period": row.period,
            "document_sha256": row.document_sha256,
            "signed_by": row.rm_id,
            "signed_on": row.accepted_on,
        }


_MIRRORS = {
    "coverage": _Mirror(_coverage, takes_away=True),
    "contacts": _Mirror(_contacts),
    "disputes": _Mirror(_disputes),
    "signatures": _Mirror(_signatures),
}
