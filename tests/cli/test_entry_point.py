from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import SmallRun


def ask(*arguments: str | Path, module: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the installed command, or the module."""
    command = [sys.executable, "-m", "kejing"] if module else [str(Path(sys.executable).with_name("kejing"))]
    clean = {name: value for name, value in os.environ.items() if name != "KEJING_LANG"}
    environment = {**clean, "PYTHONUTF8": "1", "COLUMNS": "200"}
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", check=False, env=environment
    )


def test_the_command_and_the_module_are_one(small_run: SmallRun) -> None:
    """``kejing`` and ``python -m kejing`` give the same answer: JSON alone on standard output, exit code 0."""
    arguments = ("explain", small_run.out, "pay_total", "rm_id=A", "period=2025-Q1", "--json")
    answers = [ask(*arguments), ask(*arguments, module=True)]
    assert [answer.returncode for answer in answers] == [0, 0]
    assert answers[0].stdout == answers[1].stdout
    assert json.loads(answers[0].stdout)[0]["name"] == "gross"
    assert answers[0].stderr == ""


def test_an_error_is_a_sentence_on_standard_error(small_run: SmallRun) -> None:
    """An error of the user ends the process with 2, a sentence on standard error, and no traceback."""
    answer = ask(
        "run", small_run.facts, "--policy", "nope", "--as-of", "2025-06-30", "--out", "nowhere", "--lang", "en"
    )
    assert answer.returncode == 2
    assert "There is no policy called 'nope'." in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not Path("nowhere").exists()
