"""A machine that stops in the middle of an import leaves the last committed snapshot, whole."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
import shutil
import signal
from pathlib import Path

from kejing.facts.importing import import_facts
from kejing.facts.snapshot import open_snapshot
from tests.facts.institution import institution, write_all
from tests.facts.killed_import import import_until

_KILLS = 20


def test_a_kill_at_any_instant_leaves_a_whole_snapshot(tmp_path: Path) -> None:
    """At twenty drawn touches of the store, among them the first and the last ones, the process is killed:
    the current snapshot is the old one or the new one, its content is what its manifest says, and the next import goes on."""
    tables = {name: rows for name, rows in institution().items() if name in {"units", "products", "fx_rates"}}
    write_all(tmp_path / "old", tables)
    tables["units"][1]["名称"] = "东城支行"
    tables["products"].append(tables["products"][0] | {"产品": "card"})
    write_all(tmp_path / "new", tables)
    store = tmp_path / "store"
    before = import_facts([tmp_path / "old"], mapping=None, into=store, known_at=dt.date(2026, 1, 31)).snapshot
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.facts.killed_import"])
    counted, answer = context.Pipe(duplex=False)
    shutil.copytree(store, tmp_path / "counted")
    whole = context.Process(target=import_until, args=(str(tmp_path / "new"), str(tmp_path / "counted"), 0, answer))
    whole.start()
    touches = counted.recv()
    whole.join()
    after = open_snapshot(tmp_path / "counted").snapshot_id
    assert after != before
    last = range(touches - 5, touches + 1)
    drawn = random.Random(20).sample(range(1, touches - 5), _KILLS - len(last))  # noqa: S311 - points, not secrets
    seen = set()
    for touch in sorted([*drawn, *last]):
        facts = tmp_path / f"facts{touch}"
        shutil.copytree(store, facts)
        child = context.Process(target=import_until, args=(str(tmp_path / "new"), str(facts), touch))
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        snapshot = open_snapshot(facts)
        snapshot.verify()
        seen.add(snapshot.snapshot_id)
        assert snapshot.snapshot_id in {before, after}
    assert before in seen
    finished = import_facts([tmp_path / "new"], mapping=None, into=facts, known_at=dt.date(2026, 2, 28))
    assert finished.snapshot == after
    for touch in drawn[:3]:
        resumed = import_facts([tmp_path / "new"], mapping=None, into=tmp_path / f"facts{touch}", known_at=dt.date(2026, 2, 28))
        assert resumed.snapshot == after
        assert not list((tmp_path / f"facts{touch}" / "snapshots").glob(".new-*"))
