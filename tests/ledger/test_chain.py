"""The ledger on disk: whole or not at all, one writer, and nothing can be changed without being named."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.warehouse.ledger import (
    BrokenLedgerError,
    Ledger,
    LedgerLockedError,
    LedgerMovedError,
    NotALedgerError,
    verify_ledger,
)
from kejing.warehouse.ledger.durable import file_hash
from kejing.warehouse.ledger.lock import LOCK, writing
from kejing.warehouse.store import write_parquet


def add(ledger: Path, kind: str, period: str, amount: int) -> str:
    """One entry with two files; its name."""

    def fill(folder: Path) -> None:
        (folder / "postings").mkdir()
        write_parquet(pa.table({"amount": [amount]}), folder / "postings" / "pay_posting.parquet")
        (folder / "note.txt").write_text(f"{kind} {amount}\n", encoding="utf-8")

    return Ledger.open(ledger).append({"kind": kind, "period": period, "amount": amount}, fill).name


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of three entries."""
    ledger = tmp_path_factory.mktemp("chain") / "ledger"
    for number, period in enumerate(["2025-Q1", "2025-Q2", "2025-Q3"]):
        add(ledger, "close", period, number)
    return ledger


@pytest.fixture
def ledger(three: Path, tmp_path: Path) -> Path:
    """A copy of one's own."""
    shutil.copytree(three, tmp_path / "ledger")
    return tmp_path / "ledger"


def codes(ledger: Path, **said: str) -> set[tuple[str, str]]:
    """Findings as (code, place)."""
    return {(finding.code, finding.place.file) for finding in verify_ledger(ledger, **said)}


FIRST, SECOND, THIRD = "000001-close-2025-Q1", "000002-close-2025-Q2", "000003-close-2025-Q3"
NOTE = "note.txt"


def _edit_word(entries: Path) -> None:
    path = entries / SECOND / "entry.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"amount": 1', '"amount": 7'), encoding="utf-8")


def _swap(entries: Path) -> None:
    (entries / SECOND).rename(entries / "aside")
    (entries / THIRD).rename(entries / "000002-close-2025-Q3")
    (entries / "aside").rename(entries / "000003-close-2025-Q2")


def _forge(entries: Path) -> None:
    """An entry that says it follows the second, in the place of the third, head and all files left as they are."""
    said = json.loads((entries / THIRD / "entry.json").read_text(encoding="utf-8"))
    said["by"] = "somebody else"
    (entries / THIRD / "entry.json").write_text(json.dumps(said), encoding="utf-8")


DAMAGES: dict[str, tuple[Callable[[Path], object], set[tuple[str, str]]]] = {
    "a file edited": (
        lambda e: (e / FIRST / NOTE).write_text("x", encoding="utf-8"),
        {("ledger.file_edited", f"{FIRST}/{NOTE}")},
    ),
    "a file removed": (lambda e: (e / FIRST / NOTE).unlink(), {("ledger.file_missing", f"{FIRST}/{NOTE}")}),
    "a file added": (
        lambda e: (e / SECOND / "extra.csv").write_text("x", encoding="utf-8"),
        {("ledger.file_added", f"{SECOND}/extra.csv")},
    ),
    "what an entry says": (_edit_word, {("ledger.file_edited", f"{SECOND}/entry.json")}),
    "the last entry": (_forge, {("ledger.file_edited", f"{THIRD}/entry.json")}),
    "an entry removed": (lambda e: shutil.rmtree(e / SECOND), {("ledger.entry_missing", "000002")}),
    "the last entry removed": (lambda e: shutil.rmtree(e / THIRD), {("ledger.entry_missing", "000003")}),
    "entries reordered": (
        _swap,
        {("ledger.entry_moved", "000002-close-2025-Q3"), ("ledger.entry_moved", "000003-close-2025-Q2")},
    ),
    "an entry copied to the end": (
        lambda e: shutil.copytree(e / FIRST, e / "000004-close-2025-Q1"),
        {("ledger.entry_added", "000004-close-2025-Q1")},
    ),
    "a second entry of one number": (
        lambda e: shutil.copytree(e / SECOND, e / "000002-correct-2025-Q2"),
        {("ledger.entry_added", "000002-correct-2025-Q2")},
    ),
    "a stray file": (
        lambda e: (e / "notes.txt").write_text("x", encoding="utf-8"),
        {("ledger.file_added", "entries/notes.txt")},
    ),
    "no entry.json": (
        lambda e: (e / SECOND / "entry.json").unlink(),
        {("ledger.file_missing", f"{SECOND}/entry.json")},
    ),
    "no head": (lambda e: (e.parent / "head.json").unlink(), {("ledger.head_wrong", "head.json")}),
    "a head that says something else": (
        lambda e: (e.parent / "head.json").write_text("{}", encoding="utf-8"),
        {("ledger.head_wrong", "head.json")},
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_names_what_was_done(ledger: Path, damage: str) -> None:
    """Whatever is edited, removed, reordered or added is named, entry and file, and nothing else is."""
    assert verify_ledger(ledger) == []
    do, expected = DAMAGES[damage]
    do(ledger / "entries")
    assert codes(ledger) == expected


@pytest.mark.parametrize(
    "damage",
    ["what an entry says", "the last entry", "an entry removed", "entries reordered", "no head", "no entry.json"],
)
def test_nothing_is_built_upon_a_broken_chain(ledger: Path, damage: str) -> None:
    """A ledger whose chain does not hold cannot be opened, so nothing is posted upon it."""
    DAMAGES[damage][0](ledger / "entries")
    with pytest.raises(BrokenLedgerError):
        Ledger.open(ledger)


def test_a_file_of_the_history_is_held_to_its_hash(ledger: Path) -> None:
    """Postings are read through their hash: an edited file stops the next correction, whatever the chain says."""
    (ledger / "entries" / FIRST / "postings" / "pay_posting.parquet").write_bytes(b"")
    entry = Ledger.open(ledger).entries[0]
    with pytest.raises(BrokenLedgerError):
        entry.file("postings/pay_posting.parquet")


def test_a_shortened_ledger_is_told_by_a_noted_hash(ledger: Path) -> None:
    """Who takes the last entry and writes a new head leaves a whole chain; the hash noted at the close tells."""
    noted = Ledger.open(ledger).head.sha256
    assert codes(ledger, head=noted) == set()
    assert codes(ledger, head=Ledger.open(ledger).entries[0].sha256) == set()
    shutil.rmtree(ledger / "entries" / THIRD)
    head = {"format": 1, "number": 2, "sha256": file_hash(ledger / "entries" / SECOND / "entry.json")}
    (ledger / "head.json").write_text(json.dumps(head), encoding="utf-8")
    assert codes(ledger) == set()
    assert codes(ledger, head=noted) == {("ledger.head_unknown", "head.json")}


@settings(max_examples=60)
@given(data=st.data())
def test_no_byte_can_be_changed_unseen(
    three: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any byte of any file of any entry, and any that matters of the head, is found."""
    files = sorted(path.relative_to(three) for path in (three / "entries").rglob("*") if path.is_file())
    copy = tmp_path_factory.mktemp("byte") / "ledger"
    shutil.copytree(three, copy)
    path = copy / data.draw(st.sampled_from(files))
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    found = codes(copy)
    assert found
    assert {place.split("/")[0] for _, place in found} == {path.relative_to(copy).parts[1]}
    if path.name == "entry.json":
        with pytest.raises(BrokenLedgerError):
            Ledger.open(copy)
    shutil.rmtree(copy.parent)


def test_two_writers_cannot_fork_the_chain(ledger: Path) -> None:
    """Of two that opened the same ledger the second to write is told that it moved, and its entry is nowhere."""
    one, other = Ledger.open(ledger), Ledger.open(ledger)
    one.append({"kind": "close", "period": "2025-Q4"}, lambda _: None)
    with pytest.raises(LedgerMovedError):
        other.append({"kind": "correct", "period": "2025-Q1"}, lambda _: None)
    assert [entry.number for entry in Ledger.open(ledger).entries] == [1, 2, 3, 4]
    assert verify_ledger(ledger) == []


def test_while_one_writes_another_is_refused_and_a_stale_lock_is_nobodys(ledger: Path) -> None:
    """The lock of a process that writes refuses others by name of the process; that of a killed one does not."""
    forking = multiprocessing.get_context("fork")
    ready, done = forking.Event(), forking.Event()

    def work() -> None:
        with writing(ledger):
            ready.set()
            done.wait(30)

    holder = forking.Process(target=work)
    holder.start()
    assert ready.wait(30)
    with pytest.raises(LedgerLockedError) as refused:
        add(ledger, "close", "2025-Q4", 4)
    assert refused.value.facts["process"] == str(holder.pid)
    holder.kill()
    holder.join()
    assert (ledger / LOCK).read_text(encoding="utf-8").strip() == str(holder.pid)
    assert add(ledger, "close", "2025-Q4", 4) == "000004-close-2025-Q4"


def test_what_a_stopped_writer_left_is_taken_away(ledger: Path) -> None:
    """A draft, and an entry renamed before the head was replaced, do not count and go with the next writer."""
    shutil.copytree(ledger, ledger.with_name("whole"))
    name = add(ledger, "close", "2025-Q4", 4)
    shutil.copyfile(ledger.with_name("whole") / "head.json", ledger / "head.json")
    shutil.copytree(ledger / "entries" / FIRST, ledger / "entries" / ".new-77")
    assert codes(ledger) == {("ledger.entry_unfinished", name), ("ledger.entry_unfinished", ".new-77")}
    assert len(Ledger.open(ledger).entries) == 3
    assert add(ledger, "correct", "2025-Q1", 5) == "000004-correct-2025-Q1"
    assert verify_ledger(ledger) == []


def test_a_failing_writer_leaves_nothing(ledger: Path) -> None:
    """An error while the entry is written leaves the ledger as it was."""

    def fail(folder: Path) -> None:
        (folder / "half").write_text("x", encoding="utf-8")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Ledger.open(ledger).append({"kind": "close", "period": "2025-Q4"}, fail)
    assert verify_ledger(ledger) == []
    assert len(Ledger.open(ledger).entries) == 3


def test_equal_entries_have_equal_bytes(tmp_path: Path) -> None:
    """The same entries one after another give the same ledger, byte for byte."""
    ledgers = [tmp_path / "one", tmp_path / "other"]
    for ledger in ledgers:
        for number in range(3):
            add(ledger, "close", f"2025-Q{number + 1}", number)
    one, other = (
        {path.relative_to(ledger): path.read_bytes() for path in ledger.rglob("*") if path.is_file()}
        for ledger in ledgers
    )
    assert one == other


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A folder with other things in it is refused, an empty or a missing one is an empty ledger."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(NotALedgerError):
        Ledger.open(tmp_path / "mine")
    (tmp_path / "empty").mkdir()
    assert Ledger.open(tmp_path / "empty").entries == ()
    assert Ledger.open(tmp_path / "missing").entries == ()
