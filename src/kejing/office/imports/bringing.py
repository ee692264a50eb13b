"""Bringing files in: previewed, committed whole, undone whole."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.crypto import get_random_string

from kejing.facts import ImportReport
from kejing.facts.sample import write_sample
from kejing.facts.snapshot import current_snapshot, point_to
from kejing.measure.errors import KejingError
from kejing.office.acts.act import act
from kejing.office.alerts.raising import look
from kejing.office.feeds.loading import load_facts, unload
from kejing.office.feeds.models import ImportBatch, LoadedSnapshot
from kejing.office.feeds.writing_back import write_back
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.receiving import mapping_among, receive
from kejing.office.shell.words import language
from kejing.report.quarantine import write_quarantine
from kejing.verbs import import_facts
from kejing.verbs.demonstrate import AS_OF as SAMPLE_DAY

UPLOADS = "uploads"
FACTS = "facts"
ERRORS = "errors.xlsx"
_NAME_LENGTH = 24
_SAMPLE_SIZE = Fraction(1, 50)
State = ImportBatch.State


class ImportMovedOnError(KejingError):
    """The facts are not what they were when the import was previewed or committed."""

    code = "office.import_moved_on"


class NothingBroughtError(KejingError):
    """There is no table among the files."""

    code = "office.nothing_brought"


def preview(*, viewer: Viewer, uploads: Sequence[UploadedFile[bytes]]) -> ImportBatch:
    """Keep files and say what bringing them in would change; nothing changes yet.

    Raises
    ------
    NothingBroughtError
        No file has a table.
    KejingError
        A file is refused, or its mapping is.
    """
    viewer.require(Power.IMPORT_FACTS)
    name = f"{UPLOADS}/{get_random_string(_NAME_LENGTH)}"
    folder: Path = settings.OFFICE_FOLDER / name
    paths = receive(uploads, folder)
    try:
        return _previewed(viewer, name, paths)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def preview_sample(*, viewer: Viewer) -> ImportBatch:
    """The sample institution, as somebody would bring it."""
    viewer.require(Power.IMPORT_FACTS)
    name = f"{UPLOADS}/{get_random_string(_NAME_LENGTH)}"
    folder: Path = settings.OFFICE_FOLDER / name
    write_sample(folder, seed=1, size=_SAMPLE_SIZE, as_of=SAMPLE_DAY)
    return _previewed(viewer, name, sorted(path for path in folder.rglob("*") if path.is_file()))


def commit(*, viewer: Viewer, batch: ImportBatch) -> None:
    """Bring the files of a preview in, load the books anew, and look for outflows; what the office knows goes first.

    Raises
    ------
    ImportMovedOnError
        Something else was brought in since the preview, or this was already.
    """
    facts = facts_folder()
    with act("imports.begun", by=viewer.require(Power.IMPORT_FACTS), batch=batch.pk):
        batch.refresh_from_db()
        if batch.state != State.PREVIEWED or _current(facts) != batch.snapshot_before:
            raise ImportMovedOnError(files=str(batch))
    if LoadedSnapshot.objects.exists():
        write_back(by=viewer.user, day=viewer.today)
    before = _current(facts)
    report = _import(batch, preview=False)
    load_facts(facts, by=viewer.user)
    with viewer.act("imports.committed", power=Power.IMPORT_FACTS, files=batch.files, batch=batch.pk) as doing:
        values = {"snapshot_before": before, "snapshot_after": report.snapshot, "counts": _counts(report)}
        doing.change(batch, expected_version=batch.version, state=State.COMMITTED, **values)
    look(by=viewer.user, day=viewer.today)


def undo(*, viewer: Viewer, batch: ImportBatch) -> None:
    """Take a whole import back: the facts, and the books with them, are what they were before.

    Raises
    ------
    ImportMovedOnError
        It is not the newest change of the facts: what came later rests on it.
    """
    viewer.require(Power.IMPORT_FACTS)
    facts = facts_folder()
    batch.refresh_from_db()
    if batch.state != State.COMMITTED or write_back(by=viewer.user, day=viewer.today) != batch.snapshot_after:
        raise ImportMovedOnError(files=str(batch))
    with viewer.act("imports.undone", power=Power.IMPORT_FACTS, files=batch.files, batch=batch.pk) as doing:
        doing.change(batch, expected_version=batch.version, state=State.UNDONE)
        point_to(facts, batch.snapshot_before or None)
    if batch.snapshot_before:
        load_facts(facts, by=viewer.user)
    else:
        unload(by=viewer.user)


def discard(*, viewer: Viewer, batch: ImportBatch) -> None:
    """Throw a preview away, files and all."""
    with viewer.act("imports.discarded", power=Power.IMPORT_FACTS, files=batch.files, batch=batch.pk) as doing:
        batch.refresh_from_db()
        if batch.state != State.PREVIEWED:
            raise ImportMovedOnError(files=str(batch))
        doing.change(batch, expected_version=batch.version, state=State.DISCARDED)
    shutil.rmtree(settings.OFFICE_FOLDER / batch.folder, ignore_errors=True)


def errors_file(batch: ImportBatch) -> Path | None:
    """The workbook of rejected rows, if there were any."""
    path: Path = settings.OFFICE_FOLDER / batch.folder / ERRORS
    return path if path.is_file() else None


def facts_folder() -> Path:
    """Where the facts of the office lie, or will."""
    loaded = LoadedSnapshot.objects.first()
    own: Path = settings.OFFICE_FOLDER / FACTS
    return own if loaded is None else loaded.folder


def _previewed(viewer: Viewer, folder: str, paths: Sequence[Path]) -> ImportBatch:
    if all(path == mapping_among(paths) for path in paths):
        raise NothingBroughtError
    batch = ImportBatch(
        folder=folder,
        files=[path.name for path in paths],
        brought_by=viewer.user,
        snapshot_before=_current(facts_folder()),
    )
    report = _import(batch, preview=True)
    if report.quarantine:
        write_quarantine(report.quarantine, settings.OFFICE_FOLDER / folder / ERRORS, lang=language())
    batch.counts = _counts(report)
    batch.findings = dict(Counter(f"{finding.severity.value} {finding.code}" for finding in report.findings))
    with viewer.act("imports.previewed", power=Power.IMPORT_FACTS, files=batch.files) as doing:
        return doing.add(batch)


def _import(batch: ImportBatch, *, preview: bool) -> ImportReport:
    folder: Path = settings.OFFICE_FOLDER / batch.folder
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ERRORS)
    mapping = mapping_among(paths)
    tables = [path for path in paths if path != mapping]
    return import_facts(tables, mapping=mapping, into=facts_folder(), preview=preview, lang=language())


def _counts(report: ImportReport) -> dict[str, dict[str, int]]:
    return {name: count.as_dict() for name, count in report.tables.items() if count.read}


def _current(facts: Path) -> str:
    found = current_snapshot(facts)
    return found.snapshot_id if found is not None else ""
