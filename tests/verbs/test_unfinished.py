"""What a killed run leaves beside its folder is taken away by the next one."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from kejing.warehouse.unfinished import sweep_building


def test_only_folders_of_processes_that_are_gone_are_swept(tmp_path: Path) -> None:
    """A building folder of an ended process goes; that of one at work, of another run and of a person stays."""
    ended = multiprocessing.get_context("spawn").Process(target=int)
    ended.start()
    ended.join()
    mine = multiprocessing.current_process().pid
    stay = [f"out.building-{mine}", f"other.building-{ended.pid}", "out.building-notes", "out"]
    for name in (f"out.building-{ended.pid}", *stay):
        (tmp_path / name).mkdir()
    sweep_building(tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)
