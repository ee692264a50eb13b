"""The tutorial is walked as a reader would: its files, its commands, its edits, and what it says is shown."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from kejing.cli import main, show
from tests.docs.tutorial_files import FOLDER, LANGUAGES, books

_STEP = re.compile(
    r"<!-- (?P<act>edit|file): (?P<what>[^>]*?) -->|^```(?P<kind>sh|text|csv)\n(?P<body>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
_TREE = re.compile(r"[│├└─]+")


@dataclass(frozen=True)
class Step:
    """One thing that the page asks for, or shows."""

    act: str
    body: str


def _steps(page: Path) -> Iterator[Step]:
    for found in _STEP.finditer(page.read_text(encoding="utf-8")):
        yield Step(found["act"] or found["kind"], (found["what"] or found["body"]).strip())


def _plain(line: str) -> str:
    """A line without the width of columns and the branches of a tree."""
    return " ".join(_TREE.sub(" ", line).split())


def _edit(order: str) -> None:
    """Change one cell of a workbook: ``file; KEY=VALUE; COLUMN=VALUE``."""
    file, key, change = (part.strip() for part in order.split(";"))
    book = openpyxl.load_workbook(file)
    (key_name, key_value), (name, value) = key.split("=", 1), change.split("=", 1)
    sheet = book.worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    rows = [row for row in sheet.iter_rows(min_row=2) if row[headers.index(key_name)].value == key_value]
    assert len(rows) == 1, f"The page speaks of one row with {key}, the workbook has {len(rows)}."
    rows[0][headers.index(name)].value = value
    book.save(file)


def _run(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run one line as the shell would."""
    words = shlex.split(command)
    if words[0] == "export":
        monkeypatch.setenv(*words[1].split("=", 1))
        return
    assert words[0] == "kejing"
    monkeypatch.setattr(sys, "argv", words)
    code = _exit_code()
    assert code in (0, 1), f"{command}: exit code {code}"


def _exit_code() -> object:
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.mark.scale
@pytest.mark.parametrize("language", LANGUAGES)
def test_tutorial_does_what_it_says(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command of the page runs, and every line it shows is shown."""
    work = tmp_path / "my-bank"
    shutil.copytree(FOLDER / language, work)
    monkeypatch.chdir(work)
    monkeypatch.setenv("KEJING_LANG", "zh")
    monkeypatch.setattr(show.out, "width", 1_000)
    printed: list[str] = []
    waiting = ""
    for step in _steps(FOLDER.parent / f"first-run.{language}.md"):
        match step.act:
            case "sh":
                capsys.readouterr()
                for command in step.body.splitlines():
                    _run(command, monkeypatch)
                printed = [_plain(line) for line in capsys.readouterr().out.splitlines()]
            case "text":
                assert _not_shown(step.body, printed) == []
            case "edit":
                _edit(step.body)
            case "file":
                waiting = step.body
            case "csv":
                Path(waiting).parent.mkdir(parents=True)
                Path(waiting).write_text(step.body + "\n", encoding="utf-8")
    page = (FOLDER.parent / f"first-run.{language}.md").read_text(encoding="utf-8")
    for report in re.findall(r"`(out/report[^`]*)`", page):
        assert (work / report).stat().st_size > 0


def _not_shown(body: str, printed: list[str]) -> list[str]:
    """Lines of the page that no printed line matches; ``…`` stands for anything."""
    missing = []
    for line in map(_plain, body.splitlines()):
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        if not any(re.fullmatch(pattern, shown) for shown in printed):
            missing.append(line)
    return missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_workbooks_are_what_their_tables_say(language: str) -> None:
    """The workbooks that readers copy hold the rows that `tutorial_files` describes."""
    for file, book in books(language).items():
        stored = openpyxl.load_workbook(FOLDER / language / file)
        assert stored.sheetnames == list(book)
        for name, rows in book.items():
            cells = [[_cell(value) for value in row] for row in stored[name].iter_rows(values_only=True)]
            assert cells == [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> object:
    return str(value)[:10] if hasattr(value, "year") else value
