from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kejing.cli import main
from tests.verbs.conftest import SmallRun, small_facts, small_run

__all__ = ["Answer", "SmallRun", "small_facts", "small_run"]


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


type Kejing = Callable[..., Answer]


@pytest.fixture
def kejing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kejing:
    """The command line, as the entry point runs it."""
    monkeypatch.delenv("KEJING_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path) -> Answer:
        monkeypatch.setattr(sys, "argv", ["kejing", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(str(ended.code or 0))
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run
