"""The command line as a test uses it: run a command, look at what it wrote."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

from kejing.cli.app import app


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered, and the folder it filled."""

    folder: Path
    exit_code: int
    answer: dict[str, Any]

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of a SELECT over tables of the folder, each written as ``{table}``."""
        files = {path.stem: f"'{path}'" for path in sorted(self.folder.rglob("*.parquet"))}
        with duckdb.connect() as connection:
            return connection.execute(text.format_map(files)).fetchall()

    def counts(self) -> Counter[str]:
        """Findings by code."""
        return Counter(str(finding["code"]) for finding in self.answer["findings"])

    def facts_of(self, code: str) -> list[dict[str, str]]:
        """The facts of each finding of one code."""
        return [finding["facts"] for finding in self.answer["findings"] if finding["code"] == code]


class Door:
    """Runs commands; each writes into a folder of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def run(self, command: str, *arguments: object, folder: str, to: str) -> Ran:
        """Run ``kejing command``; the answer is what ``--json`` prints."""
        target = self._home / folder
        line = [command, *(str(argument) for argument in arguments), to, str(target), "--lang", "en", "--json"]
        result = CliRunner().invoke(app, line, catch_exceptions=False)
        return Ran(target, result.exit_code, json.loads(result.stdout))
