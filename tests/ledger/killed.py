"""Work that is killed at chosen touches of a folder, each time in a process of its own, from one point on.

A process does the work up to its first touch of the folder that writes. There it stands still and, for each chosen
touch, sends out a copy of itself (fork) that goes on and kills itself (SIGKILL) at that touch. What the copy left is
moved aside, the folder is put back, and the next copy sets out. So the long reckoning before is done once.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path

import kejing
from kejing.warehouse.engine import DuckEngine

_WATCHED = frozenset(
    {
        "open",
        "os.rename",
        "os.mkdir",
        "os.link",
        "os.remove",
        "os.rmdir",
        "os.truncate",
        "shutil.rmtree",
        "shutil.copyfile",
    }
)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
COUNT = 0
"""The touch at which nobody is killed: the copy finishes and counts."""


def close(desk: Path) -> None:
    """The first quarter, paid as listed."""
    kejing.close(
        desk / "out",
        period="2025-Q1",
        into=desk / "kept" / "ledger",
        payments=desk / "paid.xlsx",
        by="Li Na",
        facts=desk / "facts",
        freeze=None,
    )


def correct(desk: Path) -> None:
    """The first quarter on late facts."""
    ledger = desk / "kept" / "ledger"
    kejing.correct(desk / "late", into=ledger, period="2025-Q1", posted_in="2025-Q2", by="Li Na", reason="late file")


def bring(desk: Path) -> None:
    """A line of fees that comes late."""
    kejing.import_facts(desk / "files", into=desk / "kept" / "facts")


def run(desk: Path) -> None:
    """The tiers of 31 March in the place of those of 30 March."""
    kejing.run(
        desk / "facts", policy="bank_corporate", as_of="2025-03-31", out=desk / "kept" / "out", stages=["segment"]
    )


TASKS: Mapping[str, Callable[[Path], None]] = {"close": close, "correct": correct, "import": bring, "run": run}


def kill_at(task: str, desk: str, points: list[int], answer: Connection) -> None:
    """Do ``task`` and be killed at each of ``points`` (the n-th touch of ``desk``/kept from the first write on).

    What each left stands in ``desk``/left-N. The answer is the exit code by point; for the point `COUNT` the number
    of touches, and ``desk``/left-0 is the folder after the finished work.
    """
    warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside Arrow's threads: the copies start their own
    folder = Path(desk)
    kept, pristine = folder / "kept", folder / "pristine"
    shutil.copytree(kept, pristine)
    state = {"point": -1, "touches": 0, "busy": 0}

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if state["busy"] or event not in _WATCHED or not any(str(kept) in str(argument) for argument in arguments):
            return
        if state["point"] < 0:
            if not _is_writing(event, arguments):
                return
            state["busy"] = 1
            _send_out(folder, points, state, answer)  # returns in the copies only
            state["busy"] = 0
        state["touches"] += 1
        if state["touches"] == state["point"]:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    TASKS[task](folder)
    state["busy"] = 1
    (folder / "touches").write_text(str(state["touches"]), encoding="utf-8")
    os._exit(0)


def _is_writing(event: str, arguments: tuple[object, ...]) -> bool:
    if event != "open":
        return True
    mode, flags = arguments[1], arguments[2]
    return bool(isinstance(mode, str) and set(mode) & set("wax+")) or bool(isinstance(flags, int) and flags & _WRITES)


def _send_out(folder: Path, points: list[int], state: dict[str, int], answer: Connection) -> None:
    """One copy for each point; the process that was copied never returns."""
    codes = {}
    for point in points:
        child = os.fork()
        if child == 0:
            state["point"] = point
            _hold_engines()
            return
        _, status = os.waitpid(child, 0)
        codes[point] = os.waitstatus_to_exitcode(status)
        if point == COUNT:
            codes[point] = int((folder / "touches").read_text(encoding="utf-8"))
        (folder / "kept").rename(folder / f"left-{point}")
        shutil.copytree(folder / "pristine", folder / "kept")
    answer.send(codes)
    answer.close()
    os._exit(0)


def _hold_engines() -> None:
    """Leave an engine of the process that was copied open: its threads are not here to be waited for."""
    held = []

    def keep(self: DuckEngine) -> None:
        held.append(self._connection)

    DuckEngine.close = keep  # type: ignore[method-assign]  # for the last moments of a copy
