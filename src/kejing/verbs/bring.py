"""``kejing import``: read, map, check, show what would change, commit."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from kejing.facts import ImportReport
from kejing.facts import import_facts as import_into
from kejing.measure.errors import KejingError
from kejing.measure.period import parse_day
from kejing.report.quarantine import write_quarantine
from kejing.text.labels import Lang
from kejing.verbs.running import Progress
from kejing.warehouse.digest import table_digest


class NoSuchSourceError(KejingError):
    """A file or folder to import is not there."""

    code = "import.no_such_source"


def import_facts(
    sources: Sequence[str | Path] | str | Path,
    *,
    mapping: str | Path | None = None,
    into: str | Path,
    settings: Mapping[str, str] | None = None,
    known_at: str | dt.date | None = None,
    preview: bool = False,
    lang: Lang = "zh",
    progress: Progress | None = None,
) -> ImportReport:
    """Bring files into the facts folder ``into``.

    Parameters
    ----------
    sources
        Files or folders.
    mapping
        ``mapping.yaml``; without it headers are matched by name.
    settings
        Parameters of the mapping, as ``--set NAME=VALUE``.
    known_at
        The day the institution knew what the files say; the mapping's own if not given.
    preview
        Check and compare only; commit nothing.

    Returns
    -------
    ImportReport
        Counts by table, findings, snapshot id. Rejected rows are in ``quarantine.xlsx`` of the facts folder, and for
        good in its folder ``quarantine``.

    Raises
    ------
    NoSuchSourceError
        A source is not there; nothing is imported.
    """
    paths = [Path(sources)] if isinstance(sources, str | Path) else [Path(source) for source in sources]
    for path in paths:
        if not path.exists():
            raise NoSuchSourceError(source=path.name)
    report = import_into(
        paths,
        mapping=Path(mapping) if mapping else None,
        into=Path(into),
        settings=dict(settings or {}),
        known_at=parse_day(known_at) if isinstance(known_at, str) else known_at,
        preview=preview,
        progress=progress,
    )
    if not preview:
        _keep_rejected(report, Path(into), lang)
    return report


def _keep_rejected(report: ImportReport, folder: Path, lang: Lang) -> None:
    """Write the rejected rows twice: as the workbook to correct, and as one that no later import writes over.

    An import that rejects nothing takes the workbook to correct away; what earlier ones rejected stays in
    ``quarantine/``.
    """
    workbook = folder / "quarantine.xlsx"
    write_quarantine(report.quarantine, workbook, lang=lang)
    if report.quarantine:
        content = hashlib.sha256()
        for sheet in report.quarantine:
            content.update(f"{sheet.file}/{sheet.sheet}/{table_digest(sheet.cells)}".encode())
        kept = folder / "quarantine"
        kept.mkdir(exist_ok=True)
        shutil.copyfile(workbook, kept / f"{content.hexdigest()[:16]}.xlsx")
