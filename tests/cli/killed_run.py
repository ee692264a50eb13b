"""A run in a process of its own, which is killed at its n-th touch of the output folder and its surroundings."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection

import kejing

_WATCHED = frozenset({"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"})


def run_until(facts: str, out: str, touch: int, answer: Connection | None = None) -> None:
    """The tiers of 31 March, killed at touch number ``touch``; 0 lets the run finish and counts the touches."""
    touches = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touches
        if event in _WATCHED and any(out in str(argument) for argument in arguments):
            touches += 1
            if touches == touch:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    kejing.run(facts, policy="bank_corporate", as_of="2025-03-31", out=out, stages=["segment"])
    if answer is not None:
        answer.send(touches)
        answer.close()
