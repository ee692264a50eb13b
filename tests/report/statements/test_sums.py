from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from kejing.report.statements import StatementSource
from kejing.report.statements.statement import ZERO, Statement
from kejing.report.statements.sums import ties_of
from tests.report.statements.conftest import PERIOD
from tests.report.statements.page import amount, read_page
from tests.verbs.conftest import SmallRun

LANGS = ("zh", "en")


def _totals(out: Path, period: str) -> dict[str, dict[str, Decimal]]:
    rows = pq.read_table(out / "pay_total.parquet", filters=[("period", "=", period)]).to_pylist()
    return {row["rm_id"]: row for row in rows}


@pytest.mark.parametrize("period", ["2025-Q1", PERIOD])
def test_every_sum_that_is_shown_twice_agrees(bank_run: SmallRun, period: str) -> None:
    """Components, lines, results and the ladder to payable tie to what the run stored, to the cent, for everybody."""
    with StatementSource(bank_run.out, period, facts=bank_run.facts) as source:
        checked = 0
        for statement in source.statements(source.rm_ids()):
            differing = [(key, ours, theirs) for key, ours, theirs in ties_of(statement) if ours != theirs]
            assert differing == [], statement.rm_id
            checked += 1
    assert checked == len(_totals(bank_run.out, period)) == 3


def test_statement_totals_are_those_of_the_run(bank_run: SmallRun, statements: dict[str, Statement]) -> None:
    """Gross, paid now and deferred of each statement are the row of pay_total."""
    for rm_id, row in _totals(bank_run.out, PERIOD).items():
        told = statements[rm_id]
        assert (told.gross, told.paid_now, told.deferred) == (row["gross"], row["paid_now"], row["deferred"])


def test_a_second_reckoning_gives_the_same_amounts(statements: dict[str, Statement]) -> None:
    """Every amount told with its formula is what the formula gives on exact fractions, line by line and in parts."""
    compared = 0
    for statement in statements.values():
        for component in statement.components:
            for part in component.parts:
                if part.figure is not None:
                    assert part.figure.value == part.amount, (component.component, part.measure)
                    compared += 1
        for measure in statement.measures:
            for line in measure.lines:
                for paid in line.paid:
                    if paid.figure is not None and not paid.whole_weight:
                        assert paid.figure.value == paid.amount, (line.line_id, paid.component)
                        compared += 1
    assert compared > 10


def test_every_line_says_its_coverage_and_share(statements: dict[str, Statement]) -> None:
    """A credited line lies inside the coverage that it names, and names the file it came from."""
    lines = [line for one in statements.values() for measure in one.measures for line in measure.lines]
    assert lines
    for line in lines:
        assert line.covered_from is not None
        assert line.covered_to is not None
        assert line.covered_from <= line.day < line.covered_to, line.line_id
        assert line.share is not None
        assert line.share > 0
        assert line.source.endswith(tuple("0123456789")), line.source
        assert "coverage.csv #" in line.coverage_source


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_adds_up(bank_run: SmallRun, papers: Path, lang: str) -> None:
    """The amounts printed on the page sum to gross pay: components to the total, parts to their component."""
    for rm_id, row in _totals(bank_run.out, PERIOD).items():
        page = read_page((papers / f"rm-{rm_id}.{lang}.html").read_text(encoding="utf-8"))
        table = page.all("section", id="earned")[0].all("table", class_="sum")[0]
        cells = [amount(one.text) for one in table.all("td", class_="figure")]
        assert cells[-1] == row["gross"] == sum(cells[:-1], ZERO)
        for article in page.all("article", class_="component"):
            shown = [amount(one.text) for one in article.all("p", class_="reason")]
            assert sum(shown, ZERO) == amount(article.all("h3")[0].text)


@pytest.mark.parametrize("lang", LANGS)
def test_lines_of_the_page_add_up(papers: Path, statements: dict[str, Statement], lang: str) -> None:
    """In the register the lines sum to their customer and the customers to the result of the measure."""
    seen = 0
    for rm_id, statement in statements.items():
        page = read_page((papers / f"rm-{rm_id}.{lang}.html").read_text(encoding="utf-8"))
        registers = page.all("div", class_="register")
        told = [measure for measure in statement.measures if measure.lines]
        assert len(registers) == len(told)
        for register, measure in zip(registers, told, strict=True):
            whole = ZERO
            for customer in register.all("details", class_="customer"):
                lines = [amount(cell.text) for cell in customer.all("td", class_="credited")]
                summary = customer.all("summary")[0].all("span", class_="amount")
                assert sum(lines, ZERO) == amount(summary[0].text)
                whole += sum(lines, ZERO)
                seen += len(lines)
                for at in range(len(measure.components)):
                    cells = [cell.text for cell in customer.all("td", class_=f"paid-{at}")]
                    paid = sum((amount(cell) for cell in cells if not cell.startswith("–")), ZERO)
                    assert paid == amount(summary[at + 1].text)
            assert whole == measure.credited == amount(register.all("h3")[0].text)
    assert seen == sum(statement.lines for statement in statements.values()) > 10


@pytest.mark.parametrize("lang", LANGS)
def test_the_workbook_adds_up(bank_run: SmallRun, papers: Path, lang: str) -> None:
    """Rows of the deepest outline sum to the rows above them, and those to gross pay, as numbers and not as text."""
    for rm_id, row in _totals(bank_run.out, PERIOD).items():
        book = openpyxl.load_workbook(papers / f"rm-{rm_id}.{lang}.xlsx")
        summary, lines = book.worksheets[0], book.worksheets[2]
        gross = next(one for one in summary.iter_rows(values_only=True) if one[0] == "gross")
        assert Decimal(str(gross[4])) == row["gross"]
        codes = [cell.value for cell in lines[2]]
        at = codes.index("credited")
        sums = {0: ZERO, 1: ZERO, 2: ZERO}
        for number in range(3, lines.max_row + 1):
            level = lines.row_dimensions[number].outlineLevel
            value = lines.cell(number, at + 1).value
            assert isinstance(value, int | float)
            sums[level] += Decimal(str(value)).quantize(Decimal("0.01"))
        assert sums[0] == sums[1] == sums[2]


@pytest.mark.parametrize("lang", LANGS)
def test_a_unit_is_the_sum_of_its_rms(bank_run: SmallRun, papers: Path, lang: str) -> None:
    """The unit at the top shows everybody's gross pay; each component opens to RMs that sum to it."""
    page = read_page((papers / f"unit-HQ.{lang}.html").read_text(encoding="utf-8"))
    shown = {}
    for component in page.all("details", class_="component"):
        cells = [amount(cell.text) for cell in component.all("td", class_="figure")]
        shown[component.attributes["id"]] = amount(component.all("summary")[0].all("span", class_="amount")[0].text)
        assert sum(cells, ZERO) == shown[component.attributes["id"]]
    totals = _totals(bank_run.out, PERIOD)
    assert sum(shown.values(), ZERO) == sum((row["gross"] for row in totals.values()), ZERO)
