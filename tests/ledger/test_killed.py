"""Two hundred kills: nothing is half done, nothing is posted twice, and doing it again ends in the same bytes."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import kejing
from kejing.facts.snapshot import open_snapshot
from kejing.warehouse.ledger import Ledger, verify_ledger
from tests.ledger.closed import EARNING, content
from tests.ledger.killed import COUNT, TASKS, kill_at
from tests.stages.institution import plain_bank
from tests.verbs.small_files import import_bank, write_files

KILLS = {"close": 104, "correct": 30, "import": 36, "run": 30}
LAST = 12
"""Touches at the end that are always among the points: there the old gives way to the new."""
RETRIED = 4
"""Points after which the task is done again: the last two and as many before."""
LATE = {"line_id": "L9", "customer_id": "c1", "product": "fee", "amount": 4_000_00, "booked_on": "2025-02-10"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Facts, the same with a late line, a run of the first quarter, its payments; the quarter closed in ``done``."""
    folder = tmp_path_factory.mktemp("desk")
    import_bank(plain_bank(), folder)
    shutil.move(folder / "files", folder / "all-files")
    write_files({"income": [{**LATE, "known_at": "2025-04-20"}]}, folder / "files")
    shutil.copytree(folder / "facts", folder / "late")
    kejing.import_facts(folder / "files", into=folder / "late")
    out = folder / "out"
    kejing.run(folder / "facts", policy="bank_corporate", as_of="2025-03-31", out=out, stages=EARNING)
    kejing.payroll(out, period="2025-Q1", into=folder / "paid.xlsx")
    (folder / "kept").mkdir()
    TASKS["close"](folder)
    (folder / "kept").rename(folder / "done")
    (folder / "tiers").mkdir()
    kejing.run(
        folder / "facts", policy="bank_corporate", as_of="2025-03-30", out=folder / "tiers" / "out", stages=["segment"]
    )
    return folder


@pytest.fixture
def forking(repository: Path, monkeypatch: pytest.MonkeyPatch) -> multiprocessing.context.ForkServerContext:
    """Processes forked from one that has loaded everything and opened nothing."""
    monkeypatch.setenv("PYTHONPATH", f"{repository}:{repository / 'src'}")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger.killed", "pandas"])
    return context


type Kill = Callable[[str, Path, str], dict[int, Path]]


@pytest.fixture
def kill(desk: Path, tmp_path: Path, forking: multiprocessing.context.ForkServerContext) -> Kill:
    """Kill a task at its points; what each left, by point, and under `COUNT` what the finished task leaves."""

    def work(task: str, mine: Path, start: str) -> dict[int, Path]:
        shutil.copytree(desk, mine, ignore=shutil.ignore_patterns("done", "tiers", "all-files"))
        if start:
            shutil.copytree(desk / start, mine / "kept")
        else:
            (mine / "kept").mkdir()
        touches = send(task, mine, [COUNT])[COUNT]
        last = list(range(max(1, touches - LAST + 1), touches + 1))
        rest = range(1, last[0])
        drawn = random.Random(task).sample(rest, min(KILLS[task] - len(last), len(rest)))  # noqa: S311 - points, not secrets
        points = sorted({*drawn, *last})
        assert len(points) == KILLS[task]
        codes = send(task, mine, points)
        assert codes == dict.fromkeys(points, -signal.SIGKILL)
        print(f"{task}: {len(points)} kills over {touches} touches")
        return {point: mine / f"left-{point}" for point in (COUNT, *points)}

    def send(task: str, mine: Path, points: list[int]) -> dict[int, int]:
        got, answer = forking.Pipe(duplex=False)
        worker = forking.Process(target=kill_at, args=(task, str(mine), points, answer))
        worker.start()
        answer.close()  # a worker that fails ends the wait
        codes: dict[int, int] = got.recv()
        worker.join()
        shutil.rmtree(mine / "pristine")
        return codes

    return work


def retried(left: dict[int, Path]) -> set[int]:
    """Some of the points, the last among them."""
    points = sorted(set(left) - {COUNT})
    return {*points[-RETRIED // 2 :], *points[:: len(points) // (RETRIED // 2)]}


def again(task: str, mine: Path, left: Path) -> dict[str, bytes]:
    """The task done once more on what a kill left; the files that stand then."""
    shutil.rmtree(mine / "kept")
    left.rename(mine / "kept")
    TASKS[task](mine)
    return {name: raw for name, raw in content(mine / "kept").items() if not name.endswith("ledger/lock")}


@pytest.mark.parametrize(("task", "start"), [("close", ""), ("correct", "done")])
def test_kills_of_the_ledger(task: str, start: str, kill: Kill, tmp_path: Path) -> None:
    """Killed anywhere, the ledger is the old one or the new one; done again it is the new one, to the byte.

    What a kill left beyond the head is told apart from damage and is gone after the next writer.
    """
    mine = tmp_path / "mine"
    left = kill(task, mine, start)
    before = 1 if start else 0
    after = {name: raw for name, raw in content(left[COUNT]).items() if not name.endswith("ledger/lock")}
    seen = set()
    tried = retried(left)
    for point, folder in sorted(left.items()):
        ledger = folder / "ledger"
        found = len(Ledger.open(ledger).entries)
        assert found in (before, before + 1)
        assert {str(finding.severity) for finding in verify_ledger(ledger)} <= {"warning"}
        seen.add(found)
        if point in tried:
            assert again(task, mine, folder) == after
    assert seen == {before, before + 1}


def test_kills_of_the_import(kill: Kill, desk: Path, tmp_path: Path) -> None:
    """Killed anywhere, the facts are the old snapshot or the new one, whole; imported again they are the new one."""
    mine = tmp_path / "mine"
    start = tmp_path / "start"
    start.mkdir()
    shutil.copytree(desk / "facts", start / "facts")
    left = kill("import", mine, str(start))
    before, after = open_snapshot(desk / "facts"), open_snapshot(left[COUNT] / "facts")
    whole = {snapshot.snapshot_id: content(snapshot.folder) for snapshot in (before, after)}
    seen = set()
    tried = retried(left)
    for point, folder in sorted(left.items()):
        snapshot = open_snapshot(folder / "facts")
        assert content(snapshot.folder) == whole[snapshot.snapshot_id]
        seen.add(snapshot.snapshot_id)
        if point in tried:
            again("import", mine, folder)
            assert open_snapshot(mine / "kept" / "facts").snapshot_id == after.snapshot_id
            assert not list((mine / "kept" / "facts" / "snapshots").glob(".new-*"))
    assert seen == set(whole)


def test_kills_of_the_run(kill: Kill, desk: Path, tmp_path: Path) -> None:
    """Killed anywhere, OUT is the old run or the new one, whole; run again it is the new one, to the byte."""
    mine = tmp_path / "mine"
    left = kill("run", mine, "tiers")
    before, after = content(desk / "tiers" / "out"), content(left[COUNT] / "out")
    before["links.json"] = after["links.json"]  # where the facts lie, seen from there
    seen = set()
    tried = retried(left)
    for point, folder in sorted(left.items()):
        out = folder / "out" if (folder / "out").exists() else folder / "out.before"
        found = content(out) | {"links.json": after["links.json"]}
        assert found in (before, after)
        seen.add(found == after)
        if point in tried:
            again("run", mine, folder)
            assert content(mine / "kept" / "out") == after
    assert seen == {False, True}


def test_there_are_two_hundred() -> None:
    """The kills of the four tasks, each counted where it is sent out, are two hundred in all."""
    assert sum(KILLS.values()) == 200
