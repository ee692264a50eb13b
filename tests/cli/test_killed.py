from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.warehouse.digest import table_digest
from tests.cli.conftest import SmallRun
from tests.cli.killed_run import run_until


@pytest.fixture
def forking(repository: Path, monkeypatch: pytest.MonkeyPatch) -> multiprocessing.context.ForkServerContext:
    """Processes forked from one that has loaded everything and opened nothing."""
    monkeypatch.setenv("PYTHONPATH", f"{repository}:{repository / 'src'}")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cli.killed_run"])
    return context


def run_id(out: Path) -> str:
    """The run in a folder, after holding every table to the hash in its manifest."""
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in manifest["tables"].items():
        table = pq.read_table(out / f"{name}.parquet")
        assert (table.num_rows, table_digest(table)) == (entry["rows"], entry["sha256"])
    return str(manifest["run_id"])


def test_a_kill_at_any_instant_leaves_a_whole_run(
    small_run: SmallRun, tmp_path: Path, forking: multiprocessing.context.ForkServerContext
) -> None:
    """Killed at an instant drawn from the run or at one of the last, OUT is the earlier run or the new one, whole.

    Between the two renames the earlier one stands beside it, and the next command puts it back.
    """
    before = run_id(small_run.out)
    (tmp_path / "counted").mkdir()
    shutil.copytree(small_run.out, tmp_path / "counted" / "out")
    counted, answer = forking.Pipe(duplex=False)
    whole = forking.Process(target=run_until, args=(str(small_run.facts), str(tmp_path / "counted" / "out"), 0, answer))
    whole.start()
    touches = counted.recv()
    whole.join()
    after = run_id(tmp_path / "counted" / "out")
    drawn = random.Random(9).randint(1, touches - 6)  # noqa: S311  # a point, not a secret
    seen = set()
    for touch in (drawn, touches - 5, touches - 4, touches - 3, touches):
        out = tmp_path / f"kill{touch}" / "out"
        out.parent.mkdir()
        shutil.copytree(small_run.out, out)
        child = forking.Process(target=run_until, args=(str(small_run.facts), str(out), touch))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        if not out.exists():
            assert run_id(out.with_name("out.before")) == before
            kejing.certify(out)
        seen.add(run_id(out))
    assert seen == {before, after}
