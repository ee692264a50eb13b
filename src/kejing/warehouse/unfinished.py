"""What processes leave when they stop in the middle: recognised by the number of a process that is gone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def is_running(process: int) -> bool:
    """Whether a process of this number runs on this machine; True where that cannot be asked."""
    if os.name != "posix":  # elsewhere the question below would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sweep(folder: Path, prefix: str) -> None:
    """Take away the folders ``<prefix><process>`` or ``<prefix><process>-…`` in ``folder`` whose process is gone."""
    for left in folder.glob(f"{_literal(prefix)}*"):
        process = left.name.removeprefix(prefix).split("-")[0]
        if process.isdigit() and not is_running(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def sweep_building(target: Path) -> None:
    """Take away the ``<target>.building-<process>`` that killed runs left beside ``target``."""
    sweep(target.parent, f"{target.name}.building-")


def _literal(text: str) -> str:
    """``text`` as a pattern that means itself."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)
