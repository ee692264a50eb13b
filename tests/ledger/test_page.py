"""The page on closing, done command by command; and what each command answers."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kejing.cli import main
from tests.ledger.closed import EARNING
from tests.ledger.worked_bank import QUARTER_ENDS, balance, worked_bank
from tests.verbs.small_files import import_bank, write_files

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
AMOUNT = re.compile(r"-?\d[\d,]*\.\d\d\b")

type Command = Callable[..., tuple[int, str]]


def page(language: str) -> str:
    """The page in a language."""
    return (PAGES / f"close-a-quarter.{language}.md").read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """The command lines of the page."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command line as typed; its exit code and what it said on standard output."""
    monkeypatch.delenv("KEJING_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["kejing", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(str(ended.code or 0))
        return code, capsys.readouterr().out

    return run


def test_both_languages_show_the_same_commands_and_figures() -> None:
    """What is run for one page holds for the other."""
    assert commands(page("zh")) == commands(page("en"))
    assert sorted(AMOUNT.findall(page("zh"))) == sorted(AMOUNT.findall(page("en")))


def test_the_page_does_what_it_says(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the page goes through, in its order, and every amount on the page comes out."""
    import_bank(worked_bank(QUARTER_ENDS), tmp_path)
    write_files({"balances": [balance("A1", "dep", "2025-03-01", 26_280)]}, tmp_path / "late")
    write_files({"balances": [balance("D1", "other_like", "2025-06-01", 7_300)]}, tmp_path / "late-june")
    monkeypatch.chdir(tmp_path)
    said = ""
    for line in commands(page("en")):
        _, *arguments = shlex.split(line)
        if arguments[0] == "run":
            arguments += ["--stages", ",".join(EARNING), "--no-report"]
        if arguments[0] == "close":  # the statements of nine closes have their own test
            arguments += ["--no-statements"]
        code, out = command(*arguments)
        assert code == 0, (line, out)
        said += out
        if arguments[0] == "payroll":
            _, answer = command(*arguments, "--json")
            listed = json.loads(answer)
            said += " ".join(
                f"{Decimal(row[name]):,}" for row in listed["rows"] for name in ("amount_due", "of_period", "carried")
            )
            said += f" {Decimal(listed['total']):,} "
    told = set(AMOUNT.findall(said))
    assert set(AMOUNT.findall(page("en"))) - told == set()


def test_every_answer_can_be_had_as_json(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One document on standard output from each command; refusals and damage have their exit codes.

    0 done, 1 a damaged ledger, 2 refused. The statements of the close are written by default, in both languages.
    """
    import_bank(worked_bank(), tmp_path)
    write_files({"balances": [balance("A1", "dep", "2025-12-01", 26_280, "2026-02-10")]}, tmp_path / "late")
    monkeypatch.chdir(tmp_path)

    def answer(line: str, expected: int = 0) -> dict[str, object]:
        code, out = command(*shlex.split(line), "--json")
        assert code == expected, (line, out)
        found: dict[str, object] = json.loads(out)
        return found

    stages = ",".join(EARNING)
    answer(f"run facts --policy bank_corporate --as-of 2025-12-31 --grain year --out y --stages {stages} --no-report")
    assert answer("payroll y --period 2025 --into list.xlsx")["total"] == "332736.72"
    (tmp_path / "short.csv").write_text("rm_id,paid\nA,1\n", encoding="utf-8")
    refused = answer("close y --period 2025 --into ledger --payments short.csv --by Li", 2)
    assert {finding["code"] for finding in refused["findings"]} == {  # type: ignore[attr-defined]  # a list of findings
        "ledger.payment_differs",
        "ledger.payment_missing",
    }
    closed = answer("close y --period 2025 --into ledger --payments list.xlsx --by Li")
    frozen = tmp_path / "ledger" / "entries" / str(closed["entry"]) / "statements"
    assert {path.suffixes[-2] + path.suffix for path in frozen.rglob("*A.*")} >= {".zh.html", ".en.html"}
    assert pq.read_table(frozen / "pay.parquet").num_rows == 10
    answer("import late --into facts")
    shown = answer("correct facts --into ledger --all --posted-in 2026 --dry-run --lang en")
    assert shown["unchanged"] is False
    answer("correct facts --into ledger --all --posted-in 2026", 2)
    answer("correct facts --into ledger --posted-in 2026", 2)
    answer("correct facts --into ledger --all --posted-in 2026 --by Li --reason late")
    assert answer("reopen ledger --period 2025 --request-by Li --reason look")["kind"] == "reopen-request"
    answer("reopen ledger --period 2025 --approve-by li", 2)
    listed = answer("ledger ledger")
    assert [entry["kind"] for entry in listed["entries"]] == ["close", "correct", "reopen-request"]  # type: ignore[attr-defined]  # a list
    assert answer("ledger verify ledger")["is_whole"] is True
    answer("ledger verify nowhere", 2)
    (frozen / "pay.parquet").unlink()
    assert answer("ledger verify ledger", 1)["is_whole"] is False
