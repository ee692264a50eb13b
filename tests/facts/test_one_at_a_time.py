"""Imports into one folder wait their turn, and what an import without content finds is not lost without a word."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from pathlib import Path

import pytest

from kejing.facts.importing import import_facts
from kejing.facts.lock import LOCK, FactsBusyError, sole_import
from kejing.facts.snapshot import open_snapshot
from tests.facts.institution import institution, write_all

DAY = dt.date(2026, 1, 31)


def gone() -> int:
    """Number of a process that has ended."""
    ended = multiprocessing.get_context("spawn").Process(target=int)
    ended.start()
    ended.join()
    assert ended.pid is not None
    return ended.pid


def test_a_second_import_is_refused_before_it_reads(tmp_path: Path) -> None:
    """While one import is at work another one is refused; afterwards it goes through, and a preview always does."""
    files, store = tmp_path / "files", tmp_path / "store"
    write_all(files, {"units": institution()["units"]})
    with sole_import(store):
        with pytest.raises(FactsBusyError) as caught:
            import_facts([files], mapping=None, into=store, known_at=DAY)
        assert caught.value.facts["process"] == str(multiprocessing.current_process().pid)
        assert import_facts([files], mapping=None, into=store, known_at=DAY, preview=True).tables["units"].new > 0
    assert not store.exists()
    import_facts([files], mapping=None, into=store, known_at=DAY)
    assert open_snapshot(store).tables


@pytest.mark.parametrize("text", ["", "dead", "own"])
def test_a_lock_of_nobody_is_taken_over(text: str, tmp_path: Path) -> None:
    """An import that was killed, or a file cut short, locks nobody out."""
    (tmp_path / LOCK).write_text({"dead": str(gone()), "own": str(multiprocessing.current_process().pid)}.get(text, ""))
    with sole_import(tmp_path):
        assert (tmp_path / LOCK).read_text().strip() == str(multiprocessing.current_process().pid)
    with sole_import(tmp_path):
        assert [entry.name for entry in tmp_path.iterdir()] == [LOCK]


def test_findings_that_no_snapshot_keeps_are_said_to_be_lost(tmp_path: Path) -> None:
    """An import that brings nothing new says that its findings are shown only; known ones are in the snapshot."""
    files, store = tmp_path / "files", tmp_path / "store"
    units = institution()["units"]
    write_all(files, {"units": units})
    import_facts([files], mapping=None, into=store, known_at=DAY)
    broken = files / "bad" / "units.csv"
    broken.parent.mkdir()
    broken.write_text((files / "units.csv").read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    before = open_snapshot(store).snapshot_id
    report = import_facts([broken], mapping=None, into=store, known_at=DAY)
    assert report.snapshot == before
    assert ([finding.code for finding in report.findings], report.not_kept) == (["facts.no_rows"], 1)
    again = import_facts([files / "units.csv"], mapping=None, into=store, known_at=DAY)
    assert ({finding.code for finding in again.findings}, again.not_kept) == ({"facts.nothing_changed"}, 0)
