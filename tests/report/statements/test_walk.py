"""From a figure to its reason: links of the papers, in both languages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest

from kejing.report.statements.style import css_text
from tests.report.statements.conftest import FORMULA_NAME, MARKUP_NAME
from tests.report.statements.page import anchors, inner_links, read_page

LANGS = ("zh", "en")


@pytest.mark.parametrize("lang", LANGS)
def test_an_rm_finds_out_why(papers: Path, lang: str) -> None:
    """From the total to a component, its measure, a line with coverage and share, and the clause with its text."""
    page = read_page((papers / f"rm-B.{lang}.html").read_text(encoding="utf-8"))
    known = anchors(page)
    first = page.all("section", id="earned")[0].all("table")[0]
    links = [link.attributes["href"][1:] for link in first.all("a")]
    component = page.all("article", id=next(one for one in links if one == "c-increment_pay"))[0]
    assert component.all("p", class_="rule")[0].all("a")[0].attributes["href"] == "#f-increment_pay_due"
    reason = component.all("p", class_="reason")[0]
    assert "×" in reason.text
    register = next(
        link.attributes["href"][1:] for link in reason.all("a") if link.attributes["href"].startswith("#m-")
    )
    line = page.all("div", id=register)[0].all("table", class_="lines")[0].all("tr")[1]
    held = " ".join(cell.text for cell in page.all("td", class_="held"))
    assert ("2025-05-15 起" if lang == "zh" else "since 2025-05-15") in held
    assert "coverage.csv #" in line.all("td", class_="held")[0].text
    clause = line.all("td", class_="clause")[0].all("a")[0]
    assert clause.attributes["href"][1:] in known
    text = page.all("article", id=clause.attributes["href"][1:])[0].text
    assert ("单项目标奖金" if lang == "zh" else "target bonus of the measure") in text
    assert "task_bonus * payout_factor * mix_coefficient" in text


@pytest.mark.parametrize("lang", LANGS)
def test_the_reason_goes_down_to_facts(papers: Path, lang: str) -> None:
    """Behind a component stands the tree of its formulas, ending in facts, parameters and sums over lines."""
    page = read_page((papers / f"rm-B.{lang}.html").read_text(encoding="utf-8"))
    tree = page.all("article", id="c-increment_pay")[0].all("ul", class_="tree")[0]
    values = {
        node.all("span", class_="why-label")[0].text: node.all("span", class_="why-value")[0].text
        for node in tree.all("li")
    }
    threshold = "起付完成率" if lang == "zh" else "completion below which nothing is paid"
    assert values[threshold] == "0.6"
    assert ("目标增量" if lang == "zh" else "increment target") in values


@pytest.mark.parametrize("name", ["rm-A", "rm-B", "rm-C", "unit-HQ", "unit-B1", "index"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_link_leads_somewhere(papers: Path, name: str, lang: str) -> None:
    """Links inside a page have their target in it; links to other papers name files that were written."""
    page = read_page((papers / f"{name}.{lang}.html").read_text(encoding="utf-8"))
    assert inner_links(page) - anchors(page) == set()
    others = {link.attributes["href"] for link in page.all("a") if not link.attributes["href"].startswith("#")}
    for address in others:
        file, _, anchor = address.partition("#")
        target = papers / unquote(file)
        assert target.is_file(), address
        if anchor:
            assert anchor in anchors(read_page(target.read_text(encoding="utf-8"))), address


def test_names_do_no_harm(papers: Path) -> None:
    """Names with formulas or markup stay text, on the page and in the workbook."""
    for path in sorted(papers.iterdir()):
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        else:
            assert "<script>alert" not in path.read_text(encoding="utf-8")
    lines = openpyxl.load_workbook(papers / "rm-B.zh.xlsx").worksheets[2]
    assert FORMULA_NAME in {cell.value for row in lines.iter_rows() for cell in row}
    title = read_page((papers / "rm-A.en.html").read_text(encoding="utf-8")).all("h1")[0].text
    assert title.startswith(MARKUP_NAME)
    assert "<" not in css_text(MARKUP_NAME)


def test_codes_stand_beside_labels(papers: Path) -> None:
    """A workbook in either language carries the same codes, with the labels of its language."""
    rows = {}
    for lang in LANGS:
        sheet = openpyxl.load_workbook(papers / f"rm-B.{lang}.xlsx").worksheets[2]
        codes = [cell.value for cell in sheet[2]]
        rows[lang] = (codes, {row[codes.index("measure")] for row in sheet.iter_rows(min_row=3, values_only=True)})
        labels = {row[codes.index("role_label")] for row in sheet.iter_rows(min_row=3, values_only=True)}
        assert ("主办" if lang == "zh" else "lead") in labels
    assert rows["zh"] == rows["en"]


def test_what_is_not_kept_is_said(papers: Path) -> None:
    """Where there is no ledger, the statement says so instead of showing an empty table."""
    page = read_page((papers / "rm-B.en.html").read_text(encoding="utf-8"))
    assert "No ledger was given" in page.all("section", id="corrections")[0].text
    assert "provisional" in page.all("header")[0].text
