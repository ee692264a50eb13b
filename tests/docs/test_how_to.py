"""The how-to pages do what they say, on the bank of the tutorial."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import openpyxl
import pytest

import kejing
from kejing.cli import main
from kejing.measure.findings import Severity
from tests.docs.tutorial_files import FOLDER, LANGUAGES

_PAGES = FOLDER.parents[1] / "how-to"
_FILE = re.compile(r"`([\w./-]+\.(?:yaml|csv))`[^\n]*\n\n```(?:yaml|csv)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _page(name: str, language: str) -> str:
    return (_PAGES / f"{name}.{language}.md").read_text(encoding="utf-8")


def _blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _write(folder: Path, files: list[tuple[str, str]]) -> Path:
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``facts`` and ``out`` as the tutorial leaves them."""
    folder = tmp_path_factory.mktemp("bank")
    files = FOLDER / "zh"
    kejing.import_facts([files / "基础资料.xlsx"], into=folder / "facts", known_at="2026-04-02")
    book = openpyxl.load_workbook(folder / "facts" / "quarantine.xlsx")
    book.worksheets[0]["D3"] = "30%"
    book.save(folder / "facts" / "quarantine.xlsx")
    kejing.import_facts([folder / "facts" / "quarantine.xlsx"], into=folder / "facts", known_at="2026-04-02")
    kejing.import_facts(
        [files / "收入导出.xlsx"], mapping=files / "mapping.yaml", into=folder / "facts", known_at="2026-04-02"
    )
    kejing.run(folder / "facts", policy="bank_corporate", as_of="2026-03-31", out=folder / "out")
    return folder


@pytest.mark.parametrize(("name", "kind"), [("why-this-number", "sh"), ("use-from-python", "python")])
def test_both_languages_show_the_same_commands(name: str, kind: str) -> None:
    """What is run for one page holds for the other."""
    zh, en = (_blocks(_page(name, language), kind) for language in LANGUAGES)
    assert [block.replace("zh", "en") for block in zh] == en


def test_every_explanation_can_be_had(
    bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command of the page on explanations prints a tree."""
    monkeypatch.chdir(bank)
    for command in "".join(_blocks(_page("why-this-number", "zh"), "sh")).splitlines():
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        main_exit = None
        try:
            main()
        except SystemExit as end:
            main_exit = end.code
        assert main_exit in (None, 0), command
        assert capsys.readouterr().out.strip(), command


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_are_read_as_the_page_says(
    language: str, bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python of the page on reading tables runs, and money stays exact."""
    monkeypatch.chdir(bank)
    for block in _blocks(_page("read-the-tables", language), "python"):
        exec(compile(block, "read-the-tables", "exec"), {})  # noqa: S102  # the page's own examples
    assert "CNY" in capsys.readouterr().out


def test_python_is_used_as_the_page_says(
    bank: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The examples after the first, which only brings files, run on the bank's facts."""
    monkeypatch.chdir(bank)
    names: dict[str, object] = {"kejing": kejing}
    for block in _blocks(_page("use-from-python", "zh"), "python")[1:]:
        exec(compile(block, "use-from-python", "exec"), names)  # noqa: S102  # the page's own examples
    assert "年基本薪酬" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_tier_lacks_what_the_page_says(language: str, tmp_path: Path) -> None:
    """With code and lines alone the checker names the table that has a gap, and nothing else is wrong."""
    text = _page("add-a-tier-or-component", language).split("\n## ")[1]
    answer = kejing.policy_check("bank_corporate", _write(tmp_path, _FILE.findall(text)))
    errors = [finding for finding in answer.findings if finding.severity is Severity.ERROR]
    assert {finding.facts.get("table") for finding in errors} == {"customer_coefficient"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_component_needs_no_python(language: str, tmp_path: Path, bank: Path) -> None:
    """Parameter, formula, case and one item of the list: its cases pass and its lines are paid."""
    text = _page("add-a-tier-or-component", language).split("\n## ")[2]
    files = dict(_FILE.findall(text))
    shipped = kejing.policy_check("bank_corporate").pack
    assert shipped is not None
    kept = _components(shipped.section("pay")["components"])
    listed = re.sub(r"^ *# ….*\n", kept, files["policy.yaml"], flags=re.MULTILINE)
    overlay = _write(tmp_path / "new-pay", [*files.items(), ("policy.yaml", listed)])
    answer = kejing.policy_test("bank_corporate", overlay)
    assert (answer.failed, answer.findings) == (0, ())
    if language == "en":
        return  # the Chinese page's overlay says the same and is run
    run = kejing.run(
        bank / "facts", policy="bank_corporate", overlays=[overlay], as_of="2026-03-31", out=tmp_path / "out"
    )
    paid = kejing.explain(run.folder, "pay", component="travel_allowance")
    assert [str(figure.value) for figure in paid] == ["29589/20"] * 4


def _components(components: object) -> str:
    """Components as they would be written in YAML."""
    assert isinstance(components, list)
    lines = []
    for component in components:
        flat = {key: value for key, value in component.items() if key != "labels"}
        labels = component["labels"]
        lines.append(f"    - labels: {{zh: {labels['zh']}, en: {labels['en']}}}\n")
        lines += [f"      {key}: {value}\n" for key, value in flat.items()]
    return "".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dated_change_leaves_the_cases_alone(language: str, tmp_path: Path) -> None:
    """The dated row and the dated parameter of the page on overlays pass every case of the policy."""
    text = _page("change-a-rule", language)
    files = [("tables/income_rate.csv", _blocks(text, "csv")[0]), ("parameters.yaml", _blocks(text, "yaml")[0])]
    answer = kejing.policy_test("bank_corporate", _write(tmp_path, files))
    assert (answer.failed, answer.findings) == (0, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_mapping_of_the_page_can_be_read(language: str, tmp_path: Path) -> None:
    """The mapping shown is a mapping."""
    path = tmp_path / "mapping.yaml"
    path.write_text(_blocks(_page("map-your-files", language), "yaml")[0], encoding="utf-8")
    report = kejing.import_facts(
        [tmp_path], mapping=path, into=tmp_path / "facts", settings={"year": "2025"}, preview=True
    )
    assert {finding.code for finding in report.findings} == {"facts.file_missing"}
