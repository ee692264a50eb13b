from __future__ import annotations

import base64
import hashlib
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kejing.report import write_html
from kejing.report.limits import CHART_POINTS
from kejing.report.page import WrongLanguageError, asset
from kejing.report.read_run import NotARunError
from kejing.report.sections import SECTIONS
from tests.report.page_text import embedded, read
from tests.report.sample_books import INJECTION
from tests.report.sample_run import SampleRun

LANGS = ("zh", "en")


def page_of(out: Path, lang: str, folder: Path) -> str:
    """The report of ``out`` as text."""
    target = folder / f"report.{lang}.html"
    write_html(out, lang=lang, target=target)
    return target.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pages(out: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The report in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    return {lang: page_of(out, lang, folder) for lang in LANGS}


def total(values: list[str | None]) -> Decimal:
    """Exact sum of a series as the page carries it."""
    return sum((Decimal(value) for value in values if value is not None), Decimal(0))


def series_of(page: str, chart: str) -> dict[str, Decimal]:
    """Sum of each series of a chart, by its name."""
    spec: dict[str, Any] = embedded(page)["charts"][chart]
    return {one["name"]: total(one["values"]) for one in spec["series"]}


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_asks_nobody_for_anything(pages: dict[str, str], lang: str) -> None:
    """No attribute, style or script of ours names another place, and the policy of the page forbids loading."""
    _, attributes = read(pages[lang])
    places = [value for _, name, value in attributes if name in {"src", "href", "action", "srcset", "data", "poster"}]
    assert [place for place in places if not place.startswith(("#", "data:,"))] == []
    assert re.findall(r"@import|url\(", asset("templates", "style.css")) == []
    assert re.findall(r"https?:|fetch\(|XMLHttpRequest|WebSocket|import\(", asset("templates", "charts.js")) == []
    policy = next(value for tag, name, value in attributes if tag == "meta" and "default-src" in value)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_only_the_inlined_texts_may_run(pages: dict[str, str]) -> None:
    """Each script and style of the page is in its policy by hash, and there are no others."""
    page = pages["zh"]
    _, attributes = read(page)
    policy = next(value for tag, name, value in attributes if tag == "meta" and "default-src" in value)
    texts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.DOTALL)
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts}
    assert len(texts) == 3
    assert hashes == set(re.findall(r"'sha256-[^']+'", policy))


@pytest.mark.parametrize(("lang", "declared"), [("zh", "zh-Hans"), ("en", "en")])
def test_every_section_is_there(pages: dict[str, str], lang: str, declared: str) -> None:
    """All questions are asked and answered in both languages, and the page says which language it is in."""
    page = pages[lang]
    assert f'<html lang="{declared}">' in page
    for name in SECTIONS:
        section = page[page.index(f'<section id="{name}"') :].split("</section>")[0]
        assert 'class="question"' in section
        assert 'class="answer"' in section, name
        assert 'class="empty"' not in section


@pytest.mark.parametrize("lang", LANGS)
def test_every_chart_has_its_figures_in_a_table(pages: dict[str, str], lang: str) -> None:
    """Whoever cannot see a chart reads the same in a table under it."""
    page = pages[lang]
    charts = embedded(page)["charts"]
    drawn = re.findall(r'data-chart="([^"]+)"', page)
    assert sorted(drawn) == sorted(charts)
    for figure in re.findall(r"<figure.*?</figure>", page, re.DOTALL):
        assert "<table>" in figure
        assert "<summary>" in figure


@pytest.mark.parametrize("lang", LANGS)
def test_figures_are_the_sums_of_the_tables(pages: dict[str, str], sample: SampleRun, lang: str) -> None:
    """What the charts carry adds up to the tables of the run, to the last digit."""
    page = pages[lang]
    credit = series_of(page, "credit-units")
    assert sum(credit.values()) == sample.total("credit", "amount", view="ledger", measure="income")
    pay = series_of(page, "pay-units")
    assert sum(pay.values()) == sample.total("pay", "amount") == sample.total("pay_total", "gross")
    assert series_of(page, "pay-rms") == pay  # twenty RMs: all of them are drawn
    for measure in sample.goals:
        assert sum(series_of(page, f"targets-units-{measure}").values()) == sample.total(
            "target", "increment_target", measure=measure
        )
    hours = embedded(page)["charts"]["books-hours"]["series"][-1]["points"]
    held = [row for row in sample.tables["assign"] if row["role"] == "lead" and row["rm_id"]]
    assert total([value for _, value in hours]) == sum(Decimal(str(row["required_hours"])) for row in held)


def test_ties_are_shown_to_the_cent(out: Path, pages: dict[str, str], sample: SampleRun, tmp_path: Path) -> None:
    """Credit ties to the ledger with a difference of 0.00; a cent off is shown as a cent off."""
    assert pages["zh"].count('<strong class="tied">0.00</strong>') == 11
    assert "broken" not in re.sub(r"<style>.*?</style>", "", pages["zh"], flags=re.DOTALL)
    other = SampleRun(customers=40, rms=3)
    ledger = other.tables["control"][0]
    ledger["amount"] = Decimal(str(ledger["amount"])) + Decimal("0.01")
    page = page_of(other.write(tmp_path / "off"), "en", tmp_path)
    assert '<strong class="broken">-0.01</strong>' in page


@pytest.mark.parametrize("lang", LANGS)
def test_completion_is_told_measure_by_measure(pages: dict[str, str], sample: SampleRun, lang: str) -> None:
    """Each measure with targets has its own sentence and charts; only the RM without a target is left out."""
    page = pages[lang]
    for measure in sample.goals:
        known = [row for row in sample.tables["score"] if row["measure"] == measure and row["completion"] is not None]
        assert len(known) == sample.rms - 1
        assert sum(series_of(page, f"completion-bins-{measure}").values()) == len(known)
        curve = embedded(page)["charts"][f"completion-ranks-{measure}"]["series"][0]["points"]
        assert total([value for _, value in curve]) == sum(Decimal(str(row["completion"])) for row in known)
    texts, _ = read(page)
    assert not [text for text in texts if ("无从计算" in text and "完成率" in text) or "target to compare with" in text]


def test_without_any_completion_the_page_says_so(tmp_path: Path) -> None:
    """If nobody has a target to compare with, that is said, the ranks stay, and nothing is drawn."""
    run = SampleRun(customers=20, rms=3)
    for row in run.tables["score"]:
        row["completion"] = None
    page = page_of(run.write(tmp_path / "run"), "en", tmp_path)
    assert "none of 3 RMs has a target to compare with" in page
    assert not [chart for chart in embedded(page)["charts"] if chart.startswith("completion")]


def test_pay_lines_of_every_component_are_shown(pages: dict[str, str]) -> None:
    """Each component shows its largest lines with their clause, however small beside the others."""
    section = pages["en"].split('<section id="pay"')[1].split("</section>")[0]
    assert {f"pay.{name}@2026-01-01" for name in ("increment", "stock", "piece", "deduction")} <= set(
        re.findall(r"pay\.[a-z]+@2026-01-01", section)
    )


def test_only_tiers_of_the_day_count(pages: dict[str, str], sample: SampleRun) -> None:
    """A tier that no longer holds on the day of the run is not counted."""
    notes = embedded(pages["en"])["charts"]["tiers-annual_sales"]["sides"][0]["notes"]
    assert sum(int(note.replace(",", "")) for note in notes) == sample.customers


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_left_untranslated(pages: dict[str, str], lang: str) -> None:
    """No key of a word and no code of the policy stands where a person reads."""
    texts, _ = read(pages[lang])
    said = set(texts)
    assert [text for text in said if re.fullmatch(r"(code|section|unit|grid|chart|head|figure)\.[a-z_.]+", text)] == []
    raw = {
        "annual_sales",
        "credit_class",
        "unclassified",
        "lead",
        "workload",
        "increment",
        "deposit",
        "stock_allocation",
    }
    assert said & (raw - ({"lead", "workload"} if lang == "en" else set())) == set()


def test_english_is_english(tmp_path: Path) -> None:
    """But for names that people bring, the English page has no Chinese."""
    run = SampleRun(customers=30, rms=3)
    for row in run.tables["directory"]:
        row["name"] = f"Name of {row['id']}"
    run.findings.clear()
    texts, _ = read(page_of(run.write(tmp_path / "run"), "en", tmp_path))
    assert {text for text in texts if re.search(r"[\u4e00-\u9fff]", text)} == {"客", "客經 Kejing"}


def test_same_run_same_bytes(out: Path, tmp_path: Path) -> None:
    """The report depends on the run alone: not on its folder, and not on the order of the rows in a file."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(out, moved)
    for name in ("segment", "assign", "credit", "pay", "directory"):
        table = pq.read_table(moved / f"{name}.parquet")
        pq.write_table(table.take(list(reversed(range(table.num_rows)))), moved / f"{name}.parquet")
    assert (
        page_of(out, "zh", tmp_path / "a") == page_of(out, "zh", tmp_path / "b") == page_of(moved, "zh", tmp_path / "c")
    )


def test_names_cannot_become_markup(pages: dict[str, str]) -> None:
    """A customer named like a script stays a name, in the tables and in the data of the charts."""
    page = pages["en"]
    assert "<script>alert(1)" not in page
    assert "<" not in re.search(r'id="kejing-data">(.*?)</script>', page, re.DOTALL)[1]  # type: ignore[index]
    names = [point[3] for point in embedded(page)["charts"]["books-map"]["points"]]
    assert "<script>alert(1)</script>" in names
    assert INJECTION in names


@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_run_says_what_to_bring(empty: Path, tmp_path: Path, lang: str) -> None:
    """Each section without a table says what it would show and what to do; nothing is drawn."""
    page = page_of(empty, lang, tmp_path)
    assert page.count('class="empty"') == len(SECTIONS) - 1  # control totals list the tables, even none
    assert embedded(page)["charts"] == {}


def test_simulated_inputs_come_first(pages: dict[str, str], retail: Path, tmp_path: Path) -> None:
    """What was made up is declared before any figure that rests on it, and only then."""
    page = pages["en"]
    assert page.index('id="simulated"') < page.index('<section id="tiers"')
    assert "a roster was simulated from the headcount" in page
    assert 'id="simulated"' not in page_of(retail, "en", tmp_path)


def test_an_absent_step_says_why(retail: Path, tmp_path: Path) -> None:
    """Without the stock step the page names it, gives the reason, and draws no growth on a stock of nothing (E1-35)."""
    page = page_of(retail, "zh", tmp_path)
    assert '<li class="absent">' in page
    assert "零售条线不设存量客户分配" in page
    assert "本条线不设存量环节" in page
    assert not [chart for chart in embedded(page)["charts"] if chart.startswith("targets-growth")]


def test_without_a_directory_ids_stand_for_names(out: Path, tmp_path: Path) -> None:
    """No places, no map, and the page says so; everything else is there."""
    bare = tmp_path / "bare"
    shutil.copytree(out, bare)
    (bare / "directory.parquet").unlink()
    page = page_of(bare, "en", tmp_path)
    assert "books-map" not in embedded(page)["charts"]
    assert "bring lat and lon" in page
    assert "sim_rm_000" in page


def test_large_runs_are_sampled_and_say_so(tmp_path: Path) -> None:
    """However many customers there are, the page carries a bounded sample and the counts of all."""
    run = SampleRun(customers=CHART_POINTS + 400, rms=12)
    page = page_of(run.write(tmp_path / "run", only=["assign", "directory"]), "en", tmp_path)
    placed = sum(row["role"] == "lead" for row in run.tables["assign"])
    assert len(embedded(page)["charts"]["books-map"]["points"]) == CHART_POINTS
    assert f"Drawn are {CHART_POINTS:,} of {placed:,} customers" in page


def test_refusals(out: Path, tmp_path: Path) -> None:
    """A folder that is no run and a language that does not exist are refused by name."""
    with pytest.raises(NotARunError, match=r"manifest\.json"):
        write_html(tmp_path, lang="zh", target=tmp_path / "x.html")
    with pytest.raises(WrongLanguageError, match="fr"):
        write_html(out, lang="fr", target=tmp_path / "x.html")
