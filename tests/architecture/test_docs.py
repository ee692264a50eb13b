"""The pages stand in both languages and in step with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from kejing.cli.app import app
from tests.architecture.tracked import REPOSITORY, repository_files, text_of

DOCS = REPOSITORY / "docs"
MODES = ("tutorial", "how-to", "reference", "explanation")
PAGES = [path for path in repository_files() if path.suffix == ".md" and path.parts[0] != "tests"]
MODE_PAGES = [path for path in PAGES if len(path.parts) > 2 and path.parts[0] == "docs" and path.parts[1] in MODES]
RECORDS = sorted(path for path in PAGES if path.parts[:2] == ("docs", "decisions") and path.name[:4].isdigit())
HAN = re.compile(r"[\u4e00-\u9fff]")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
OTHER = {"zh": "en", "en": "zh"}


def _headings(text: str) -> list[int]:
    return [len(mark) for mark in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def _language(path: Path) -> str:
    return path.suffixes[-2].lstrip(".") if len(path.suffixes) > 1 else ""


@pytest.mark.parametrize("path", MODE_PAGES, ids=str)
def test_page_stands_in_both_languages(path: Path) -> None:
    """``x.zh.md`` and ``x.en.md`` exist together and have the same outline."""
    assert _language(path) in OTHER, "A page is called NAME.zh.md or NAME.en.md."
    other = path.with_name(path.name.replace(f".{_language(path)}.md", f".{OTHER[_language(path)]}.md"))
    assert (REPOSITORY / other).is_file()
    assert _headings(text_of(path)) == _headings(text_of(other))


@pytest.mark.parametrize("path", [path for path in PAGES if _language(path)], ids=str)
def test_page_is_in_its_language(path: Path) -> None:
    """A Chinese page is mostly Chinese, an English page is not."""
    prose = re.sub(r"`[^`]*`", "", FENCE.sub("", text_of(path)))
    han, latin = len(HAN.findall(prose)), len(re.findall(r"[A-Za-z]+", prose))
    assert han > latin if _language(path) == "zh" else latin > han


@pytest.mark.parametrize("language", OTHER)
def test_index_lists_every_page(language: str) -> None:
    """A page that the index does not name is not found."""
    index = (DOCS / f"README.{language}.md").read_text(encoding="utf-8")
    pages = [path.relative_to("docs").as_posix() for path in MODE_PAGES if _language(path) == language]
    shared = [path.relative_to("docs").as_posix() for path in PAGES if path.parts[:2] == ("docs", "algorithms")]
    records = [path.relative_to("docs").as_posix() for path in RECORDS]
    assert [page for page in [*pages, *shared, *records] if f"({page})" not in index] == []


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    """A relative link names a file that exists."""
    text = FENCE.sub("", text_of(path))
    targets = [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in targets if not (REPOSITORY / path.parent / target).exists()] == []


def test_decision_records_are_numbered() -> None:
    """Records are numbered from 0001 without a gap, so that a number names one decision."""
    assert RECORDS
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("path", RECORDS, ids=str)
def test_decision_record_is_complete(path: Path) -> None:
    """A record says context, decision, consequences, alternatives and which test keeps it, on one page."""
    text = text_of(path)
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections == ["Context", "Decision", "Consequences", "Alternatives", "Kept by"]
    assert len(text.splitlines()) <= 80
    kept_by = text.split("## Kept by", 1)[1]
    named = re.findall(r"`((?:tests|src|pyproject|\.ci)[^`:]*)`", kept_by)
    assert named, "Name the test or the contract that keeps the decision."
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def _commands() -> Iterator[str]:
    """Full names of the commands of the command line, such as ``policy check``."""

    def below(command: object, name: str) -> Iterator[str]:
        children: dict[str, object] = getattr(command, "commands", {})
        if not children:
            yield name
        for child, each in children.items():
            yield from below(each, f"{name} {child}".strip())

    yield from below(typer.main.get_command(app), "")


SHELL_FENCE = re.compile(r"^ *```(?:\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"(?:^|uv run |[$] )kejing ((?:[a-z]+)(?: [a-z]+)?)", re.MULTILINE)


@pytest.mark.parametrize("language", OTHER)
def test_every_command_is_in_the_reference(language: str) -> None:
    """The reference of the command line names each command."""
    page = (DOCS / "reference" / f"command-line.{language}.md").read_text(encoding="utf-8")
    assert [name for name in _commands() if not re.search(rf"\bkejing {name}\b", page)] == []


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_pages_call_commands_that_exist(path: Path) -> None:
    """A command line shown on a page starts with a command that the program has."""
    names = set(_commands())
    shown = [call for block in SHELL_FENCE.findall(text_of(path)) for call in CALL.findall(block)]
    assert [call for call in shown if call not in names and call.split()[0] not in names] == []
