"""What holds of every import: the same facts are the same snapshot, nothing is lost, nothing is overwritten."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.facts.import_report import ImportReport
from kejing.facts.importing import import_facts
from kejing.facts.snapshot import current_snapshot, open_snapshot
from tests.facts.institution import KNOWN_AT, small_bank, write_all, write_csv

_DAY = dt.date.fromisoformat(KNOWN_AT)


def _import(folder: Path, into: Path, *, known_at: dt.date = _DAY, preview: bool = False) -> ImportReport:
    return import_facts([folder], mapping=None, into=into, known_at=known_at, preview=preview)


def test_the_second_import_of_the_same_files_changes_nothing(tmp_path: Path) -> None:
    """The second import finds every row unchanged, says so, and leaves every byte of the store as it was."""
    write_all(tmp_path / "files", small_bank())
    first = _import(tmp_path / "files", tmp_path / "facts")
    before = {path: path.read_bytes() for path in (tmp_path / "facts").rglob("*") if path.is_file()}
    second = _import(tmp_path / "files", tmp_path / "facts")
    assert second.snapshot == first.snapshot
    assert not second.is_changed
    assert second.total.unchanged == first.total.new
    assert [finding.code for finding in second.findings] == ["facts.nothing_changed"]
    assert {path: path.read_bytes() for path in (tmp_path / "facts").rglob("*") if path.is_file()} == before


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Snapshot id of the small bank in its plain order."""
    folder = tmp_path_factory.mktemp("plain")
    write_all(folder / "files", small_bank())
    return _import(folder / "files", folder / "facts").snapshot


@settings(max_examples=5)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_order_of_rows_and_of_files_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, plain: str, seed: int
) -> None:
    """Whatever the order of lines, and in whatever files they come, the snapshot has the same id."""
    folder = tmp_path_factory.mktemp("order")
    drawn = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
    tables = small_bank()
    for rows in tables.values():
        drawn.shuffle(rows)
    shuffled = folder / "shuffled"
    write_all(shuffled, tables)
    (shuffled / "income.csv").unlink()
    cut = drawn.randint(1, 3)
    write_csv(shuffled / "income_2025-02.csv", tables["income"][:cut])
    write_csv(shuffled / "income_2025-01.csv", tables["income"][cut:])
    files = sorted(shuffled.iterdir())
    drawn.shuffle(files)
    other = import_facts(files, mapping=None, into=folder / "b", known_at=_DAY)
    assert other.snapshot == plain
    assert other.findings == []


def test_same_input_same_bytes(tmp_path: Path) -> None:
    """Two stores made from the same files hold the same bytes."""
    write_all(tmp_path / "files", small_bank())
    for name in ("a", "b"):
        _import(tmp_path / "files", tmp_path / name)
    for path in (tmp_path / "a").rglob("*.parquet"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_a_preview_changes_nothing(tmp_path: Path) -> None:
    """A preview tells counts and the id to come and leaves no file behind, in a new store or in one that exists."""
    tables = small_bank()
    write_all(tmp_path / "files", tables)
    told = _import(tmp_path / "files", tmp_path / "facts", preview=True)
    assert told.is_preview
    assert not (tmp_path / "facts").exists()
    done = _import(tmp_path / "files", tmp_path / "facts")
    assert told.snapshot == done.snapshot
    tables["income"][0]["金额"] = "999"
    write_all(tmp_path / "later", tables)
    before = sorted(path for path in (tmp_path / "facts").rglob("*"))
    later = _import(tmp_path / "later", tmp_path / "facts", known_at=dt.date(2026, 2, 28), preview=True)
    assert later.tables["income"].changed == 1
    assert later.snapshot != done.snapshot
    assert sorted(path for path in (tmp_path / "facts").rglob("*")) == before
    current = current_snapshot(tmp_path / "facts")
    assert current is not None
    assert current.snapshot_id == done.snapshot


def test_the_manifest_carries_control_totals_and_the_imports(tmp_path: Path) -> None:
    """Rows, sums per currency, and each file with its hash and counts stand in the manifest."""
    write_all(tmp_path / "files", small_bank())
    _import(tmp_path / "files", tmp_path / "facts")
    snapshot = open_snapshot(tmp_path / "facts")
    assert snapshot.tables["income"]["totals"] == {"amount": {"CNY": 100001 - 2050 + 12500000, "USD": 700}}
    by_file = {entry["file"]: entry for entry in snapshot.manifest["imports"]}
    assert len(by_file["income.csv"]["sha256"]) == 64
    assert by_file["income.csv"]["counts"]["income"]["accepted"] == 4
    snapshot.verify()


def test_stored_rows_are_sorted_typed_and_know_their_origin(tmp_path: Path) -> None:
    """Stored files have the promised schema and order, and each row the file and row it came from."""
    write_all(tmp_path / "files", small_bank())
    _import(tmp_path / "files", tmp_path / "facts")
    path = open_snapshot(tmp_path / "facts").path("income")
    assert path is not None
    rows = pq.read_table(path).to_pylist()
    assert [row["line_id"] for row in rows] == ["L1", "L4", "L2", "L3"]
    assert [(row["source_file"], row["source_row"]) for row in rows] == [("income.csv", row) for row in (2, 5, 3, 4)]
    assert [row["amount"] for row in rows] == [100001, 12500000, -2050, 700]


def test_a_changed_row_without_a_later_known_day_is_put_aside(tmp_path: Path) -> None:
    """A row that contradicts a stored one of the same known day overwrites nothing: it waits in quarantine."""
    tables = small_bank()
    write_all(tmp_path / "files", tables)
    first = _import(tmp_path / "files", tmp_path / "facts")
    tables["income"][1]["金额"] = "-21.5"
    write_all(tmp_path / "files", tables)
    second = _import(tmp_path / "files", tmp_path / "facts")
    assert [finding.code for finding in second.findings] == ["facts.changed_without_known_date"]
    assert second.snapshot == first.snapshot
    assert second.tables["income"].rejected == 1
    later = _import(tmp_path / "files", tmp_path / "facts", known_at=dt.date(2026, 2, 1))
    assert later.tables["income"].changed == 1
    assert later.tables["income"].unchanged == 3
    assert later.findings == []


def test_a_table_brought_later_joins_the_others(tmp_path: Path) -> None:
    """Files may come one by one: references are found in what is stored, and tables not brought stay as they are."""
    tables = small_bank()
    late = {"income": tables.pop("income")}
    write_all(tmp_path / "first", tables)
    write_all(tmp_path / "second", late)
    shutil.copytree(tmp_path / "first", tmp_path / "all")
    write_all(tmp_path / "all", late)
    _import(tmp_path / "first", tmp_path / "facts")
    joined = _import(tmp_path / "second", tmp_path / "facts")
    assert joined.findings == []
    assert joined.snapshot == _import(tmp_path / "all", tmp_path / "at once").snapshot
