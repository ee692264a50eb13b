"""Rate cards are exact products rounded once; cases prove figures on both ways; figures explain themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import pyarrow as pa
import pytest

from kejing.measure.errors import RefusedInputError
from kejing.policy import Pack, PolicyGapError, Type
from kejing.policy.cards import compile_card
from kejing.policy.cases import run_case
from kejing.policy.exact import evaluate
from kejing.policy.formula.binding import bind_pack
from kejing.policy.formula.parse import parse_formula
from kejing.policy.parts import FormulaVersion
from kejing.policy.sql import Step, card_tables, compile_sheets
from kejing.warehouse.engine import DuckEngine
from tests.policy.conftest import FOLDER, VOCABULARY, Planted, run_sql

PACK = Pack.load(FOLDER)
DAY = dt.date(2025, 12, 31)
LINE = {
    "rm_id": "A",
    "measure": "deposit",
    "booked_on": DAY,
    "industry": "manufacturing",
    "tier": "large",
    "business": "deposit",
}
TASK = {"rm_id": "A", "measure": "deposit", "paid_on": DAY, "stock": 0, "actual": 0, "increment_target": 1}
TASK |= {"service_days": 365, "hours": 0}
RM = {"rm_id": "A", "paid_on": DAY, "target_bonus": Fraction(120_000), "grade": "senior"}


def test_a_card_is_the_product_of_its_tables() -> None:
    """Every combination on every day: the exact product of the factors, rounded once at six decimals."""
    card = compile_card(PACK, "three_way")
    assert card.columns == ("industry", "tier", "business")
    assert len(card.rows) == 27 + 9  # mining changes once
    for industry, tier, business, valid_from, valid_to, micro in card.rows:
        assert isinstance(valid_from, dt.date)
        inputs = {"industry": str(industry), "tier": str(tier), "business": str(business)}
        product = Fraction(1)
        for name in PACK.rate_cards["three_way"].tables:
            factor = PACK.table(name).decide(valid_from, inputs)["factor"]
            assert isinstance(factor, Fraction)
            product *= factor
        assert Fraction(str(micro)) / 10**6 == product
        assert valid_from < valid_to  # type: ignore[operator]  # days


def test_a_cut_of_one_coefficient_moves_only_its_lines() -> None:
    """Mining from 1.0 to 0.8 moves mining by exactly minus a fifth and nothing else."""
    by_code: dict[tuple[object, ...], dict[object, int]] = {}
    for row in compile_card(PACK, "three_way").rows:
        by_code.setdefault(row[:3], {})[row[3]] = int(str(row[5]))
    changed = {codes for codes, by_day in by_code.items() if len(by_day) > 1}
    assert changed == {row for row in by_code if row[0] == "mining"}
    for changed_codes in changed:
        before, after = (by_code[changed_codes][day] for day in sorted(by_code[changed_codes], key=str))
        assert after * 5 == before * 4


def test_the_digest_of_a_card_is_that_of_its_rows(planted: Planted) -> None:
    """The same factors give the same card; another factor another."""
    same = Pack.load(planted("tables/business_factor.csv", "80%", "0.8"))
    assert compile_card(same, "three_way").digest == compile_card(PACK, "three_way").digest
    other = Pack.load(planted("tables/business_factor.csv", "80%", "0.81"))
    assert compile_card(other, "three_way").digest != compile_card(PACK, "three_way").digest


def test_thirty_million_of_fees_pays_356_400() -> None:
    """30 million × 1 % × 1.2 × 1.1 × 0.9 × 1.0 = 356,400.00, as one walk over exact fractions."""
    line = {**LINE, "line_id": "1", "amount": Fraction(30_000_000)}
    results = evaluate(PACK, VOCABULARY, {"rm": [RM], "task": [TASK], "line": [line]})
    assert results.value("line", ("A", "deposit", "1"), "fee_pay") == Fraction(356_400)


def test_a_figure_explains_itself() -> None:
    """The tree below a pay line names formula, card, table rows, parameters and facts, with their sources."""
    line = {**LINE, "line_id": "1", "amount": Fraction(30_000_000)}
    results = evaluate(PACK, VOCABULARY, {"rm": [RM], "task": [TASK], "line": [line]})
    figure = results.trace("line", ("A", "deposit", "1"), "fee_pay")
    assert (figure.rule, figure.source, figure.labels.zh) == ("fee_pay@2000-01-01", "E1-31", "提成")
    rules = {below.rule for below in figure.walk()}
    assert {"fee_rate@2000-01-01", "industry_factor#i_manufacturing", "tier_factor#t_large"} <= rules
    facts = {(below.name, below.value) for below in figure.leaves() if not below.rule}
    assert facts == {
        ("amount", Fraction(30_000_000)),
        ("industry", "manufacturing"),
        ("tier", "large"),
        ("business", "deposit"),
    }
    product = Fraction(1)
    for child in figure.children:
        assert isinstance(child.value, Fraction)
        product *= child.value
    assert product == figure.value


def test_a_sum_is_explained_by_its_rows() -> None:
    """The leaves of an aggregate are the rows it sums."""
    lines = [{**LINE, "line_id": str(n), "amount": Fraction(n * 100)} for n in (1, 2, 3)]
    results = evaluate(PACK, VOCABULARY, {"rm": [RM], "task": [TASK], "line": lines})
    (first, second) = results.trace("task", ("A", "deposit"), "mix").children
    assert (first.name, first.value, len(first.children)) == ("SUM(line.weighted)", Fraction(600 * 1188, 1000), 3)
    assert second.value == sum(Fraction(str(child.value)) for child in second.children)


def test_a_formula_without_a_figure_is_found() -> None:
    """A missing fact in a formula that must have a figure is a finding, not a zero."""
    results = evaluate(PACK, VOCABULARY, {"rm": [RM], "task": [{**TASK, "stock": None}], "line": []})
    found = {(finding.code, finding.facts["formula"]) for finding in results.findings()}
    assert ("policy.no_figure", "stock_pay") in found
    tables = {
        "task_in": pa.table({**{name: [value] for name, value in TASK.items()}, "stock": pa.array([None], pa.int64())})
    }
    tables["rm_in"] = pa.table({"rm_id": ["A"], "paid_on": [DAY], "target_bonus": [12_000_000], "grade": ["senior"]})
    steps = compile_sheets(PACK, VOCABULARY, {"task": "task_in", "rm": "rm_in"}, only=["stock_pay"], dates=(DAY, DAY))
    filled = run_sql(steps, tables)["task_filled"].to_pylist()
    assert filled == [{"all_rows": 1, "stock_pay": 0}]


def test_a_failing_case_says_got_and_expected(planted: Planted) -> None:
    """A case that fails names its figure, what was expected and what came out."""
    pack = Pack.load(planted("cases/retail.yaml", "35,555.56", "35,555.57"))
    binding = bind_pack(pack, VOCABULARY)
    failed = [finding for case in pack.cases for finding in run_case(binding, case)]
    (finding,) = failed
    assert (finding.facts["name"], finding.facts["got"], finding.facts["expected"]) == (
        "increment_pay",
        "35555.56",
        "35555.57",
    )


def test_a_number_is_compared_as_it_is_written(planted: Planted) -> None:
    """1.0163636 means seven decimals; one more decimal asks for one more."""
    wrong = planted("cases/corporate.yaml", "mix: 1.0163636", "mix: 1.01636365")
    pack = Pack.load(wrong)
    binding = bind_pack(pack, VOCABULARY)
    assert [finding.code for finding in run_case(binding, pack.cases[0])] == ["policy.case_failed"]


def test_two_ways_that_differ_are_a_finding() -> None:
    """If the engine gave another figure than the evaluator, the case would say so."""

    def off_by_one(steps: Sequence[Step], tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
        sheets = run_sql(steps, tables)
        rows = sheets["rm_sheet"].to_pylist()
        changed = [{**row, "total": row["total"] + 1} for row in rows]
        return {**sheets, "rm_sheet": pa.Table.from_pylist(changed, schema=sheets["rm_sheet"].schema)}

    findings = run_case(bind_pack(PACK, VOCABULARY), PACK.cases[0], off_by_one)
    assert [finding.code for finding in findings] == ["policy.case_engines_differ"]
    assert findings[0].facts["sql"] == "236258.19"


def test_one_version_in_force_becomes_a_constant() -> None:
    """Over days with one version the date is not read; over days with two it is."""
    relations = {grain.name: f"{grain.name}_in" for grain in VOCABULARY}
    (one,) = [
        step.sql
        for step in compile_sheets(PACK, VOCABULARY, relations, only=["stock_pay"], dates=(dt.date(2025, 1, 1), DAY))
        if step.relation == "task_sheet"
    ]
    assert "CASE WHEN paid_on" not in one.replace("(", "")
    (two,) = [
        step.sql
        for step in compile_sheets(PACK, VOCABULARY, relations, only=["stock_pay"], dates=(DAY, dt.date(2026, 1, 1)))
        if step.relation == "task_sheet"
    ]
    assert "paid_on >= CAST('2026-01-01' AS DATE)" in two


def test_a_run_before_the_first_version_is_refused() -> None:
    """A run that begins before a rule does is an error when it is compiled."""
    relations = {grain.name: grain.name for grain in VOCABULARY}
    with pytest.raises(PolicyGapError):
        compile_sheets(PACK, VOCABULARY, relations, dates=(dt.date(1999, 12, 31), DAY))


def run_steps(engine: DuckEngine, steps: Sequence[Step]) -> None:
    """Create every step."""
    for step in steps:
        engine.create(step.relation, step.sql)


def test_an_amount_that_does_not_fit_raises() -> None:
    """The engine never wraps: a sum beyond 64 bits of minor units is an error."""
    amounts = [2**62, 2**62, 2**62]
    tables = {
        "rm_in": pa.table({"rm_id": ["A"], "paid_on": [DAY], "target_bonus": [0], "grade": ["senior"]}),
        "task_in": pa.table({**{name: [value] for name, value in TASK.items() if name != "stock"}, "stock": [0]}),
        "line_in": pa.table(
            {**{name: [value] * 3 for name, value in LINE.items()}, "line_id": ["1", "2", "3"], "amount": amounts}
        ),
    }
    formulas = {"gross": replace(PACK.formulas["total"], name="gross", versions=(_version("SUM(line.amount)"),))}
    pack = replace(PACK, formulas=formulas)
    steps = compile_sheets(pack, VOCABULARY, {grain.name: f"{grain.name}_in" for grain in VOCABULARY})
    with DuckEngine(threads=1) as engine:
        for name, table in {**tables, **card_tables(pack)}.items():
            engine.attach_arrow(name, table)
        with pytest.raises(Exception, match=r"out of range|overflow"):
            run_steps(engine, steps)


def _version(text: str) -> FormulaVersion:
    """The first version of a formula with another text."""
    return replace(PACK.formulas["total"].versions[0], text=text, node=parse_formula(text))


def test_a_pack_with_mistakes_compiles_to_nothing() -> None:
    """Compiling and evaluating refuse what the checker refuses."""
    formulas = {"bad": replace(PACK.formulas["total"], name="bad", type=Type.TEXT)}
    with pytest.raises(RefusedInputError):
        compile_sheets(replace(PACK, formulas=formulas), VOCABULARY, {})
