"""A machine that stops in the middle of a commit leaves the last committed snapshot, whole."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
import shutil
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejing.facts.importing import import_facts
from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import BrokenSnapshotError, SnapshotDraft, SnapshotMovedError, open_snapshot
from kejing.measure.findings import findings_table
from tests.facts.institution import institution, write_all
from tests.facts.killed_import import add_products, commit_until

_KILLS = 20


def test_of_two_imports_at_once_one_commits(tmp_path: Path) -> None:
    """A draft whose parent is no longer current is refused: it would take the other import away."""
    add_products(tmp_path, ["dep"])
    behind = SnapshotDraft(tmp_path, open_snapshot(tmp_path))
    behind.keep("products")
    newer = add_products(tmp_path, ["dep", "loan"])
    rows = pa.Table.from_pylist([], schema=FACT_TABLES["units"].arrow_schema)
    late = SnapshotDraft(tmp_path, behind.parent)
    late.write(FACT_TABLES["units"], iter([rows]), single_version=True)
    with pytest.raises(SnapshotMovedError):
        late.commit([], findings_table([]))
    assert open_snapshot(tmp_path).snapshot_id == newer


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    """A table that does not hold what the manifest says, or is gone, is refused."""
    add_products(tmp_path, ["dep"])
    snapshot = open_snapshot(tmp_path)
    snapshot.verify()
    other = pa.Table.from_pylist([], schema=FACT_TABLES["products"].arrow_schema)
    pq.write_table(other, snapshot.folder / "products.parquet")
    with pytest.raises(BrokenSnapshotError):
        snapshot.verify()
    (snapshot.folder / "products.parquet").unlink()
    with pytest.raises(BrokenSnapshotError):
        open_snapshot(tmp_path)


@pytest.fixture
def context(repository: Path, monkeypatch: pytest.MonkeyPatch) -> multiprocessing.context.ForkServerContext:
    """Processes forked from one that has loaded everything and opened nothing."""
    monkeypatch.setenv("PYTHONPATH", f"{repository}:{repository / 'src'}")
    forking = multiprocessing.get_context("forkserver")
    # Arrow looks for pandas at its first use, and each process would for itself.
    forking.set_forkserver_preload(["tests.facts.killed_import", "pandas"])
    return forking


def test_a_kill_at_any_instant_leaves_a_whole_snapshot(
    tmp_path: Path, context: multiprocessing.context.ForkServerContext
) -> None:
    """At twenty touches of the store, drawn over the whole commit and among them its last ones, the process is killed.

    The current snapshot is the old one or the new one, its content is what its manifest says, and the
    next commit goes through and sweeps up.
    """
    store = tmp_path / "store"
    write_all(tmp_path / "files", {"units": institution()["units"]})
    import_facts([tmp_path / "files"], mapping=None, into=store, known_at=dt.date(2026, 1, 31))
    before = add_products(store, ["dep", "loan"])
    new = ["dep", "loan", "card"]
    shutil.copytree(store, tmp_path / "counted")
    counted, answer = context.Pipe(duplex=False)
    whole = context.Process(target=commit_until, args=(str(tmp_path / "counted"), new, 0, answer))
    whole.start()
    touches = counted.recv()
    whole.join()
    after = open_snapshot(tmp_path / "counted").snapshot_id
    last = range(touches - 5, touches + 1)
    rest = range(1, touches - 5)
    drawn = random.Random(20).sample(rest, min(_KILLS - len(last), len(rest)))  # noqa: S311 - points, not secrets
    seen = set()
    for touch in sorted([*drawn, *last]):
        facts = tmp_path / f"facts{touch}"
        shutil.copytree(store, facts)
        child = context.Process(target=commit_until, args=(str(facts), new, touch))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        snapshot = open_snapshot(facts)
        snapshot.verify()
        seen.add(snapshot.snapshot_id)
        assert add_products(facts, new) == after
        assert not list((facts / "snapshots").glob(".new-*"))
    assert seen == {before, after}
