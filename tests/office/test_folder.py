"""An office folder: opened from nothing, killed in the middle, verified from outside."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PREPARE = """
    from pathlib import Path
    from kejing.office.opening import open_office
    open_office(Path({folder!r}))
    from tests.office.bank import build_bank
    from tests.office.test_changes import leaving
    from kejing.office.changes import publishing
    bank = build_bank()
    change_set = leaving(bank)
    publishing.submit(viewer=bank.viewer("performance"), change_set=change_set)
    publishing.approve(viewer=bank.viewer("head"), change_set=change_set)
"""


def python(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run our Python in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KEJING_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, *(str(each) for each in arguments)],
        check=check,
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": "."},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with the small bank and an approved change set, on a SQLite file."""
    made = tmp_path_factory.mktemp("office")
    python("-c", textwrap.dedent(PREPARE).format(folder=str(made)))
    return made


def contents(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the office."""
    connection = sqlite3.connect(folder / "office.sqlite3")
    tables = [
        row[0]
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    ]
    rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    connection.close()
    return rows


def test_killed_in_the_middle_nothing_changed(folder: Path) -> None:
    """The process dies when all rows are written and the event is not: every table is as it was."""
    before = contents(folder)
    done = python("-m", "tests.office.killed_publish", folder, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert contents(folder) == before


def test_the_folder_is_closed_to_others(folder: Path) -> None:
    """Key and data are the owner's alone."""
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "secret.key").stat().st_mode & 0o077 == 0


def test_audit_verify_from_the_command_line(folder: Path) -> None:
    """Exit code 0 while the chain holds and a noted seal is found, 1 with the place when it does not."""
    done = python("-m", "kejing", "audit", "verify", folder, "--json")
    answer = json.loads(done.stdout)
    assert (answer["breaks"], answer["events"]) == ([], 4)
    assert python("-m", "kejing", "audit", "verify", folder, "--seal", answer["seal"]).returncode == 0
    assert python("-m", "kejing", "audit", "verify", folder, "--seal", "0" * 64, check=False).returncode == 1
    connection = sqlite3.connect(folder / "office.sqlite3")
    connection.execute("UPDATE acts_event SET reason = 'another' WHERE number = 2")
    connection.commit()
    connection.close()
    broken = python("-m", "kejing", "audit", "verify", folder, "--json", check=False)
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["breaks"] == [{"number": 2, "fault": "edited"}]
