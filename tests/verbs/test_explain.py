from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.policy import Pack
from kejing.policy.exact import Figure
from kejing.verbs.explaining import FactsMissingError, NoSuchRowError, NoSuchTableError
from tests.verbs.calculator import Calculator
from tests.verbs.conftest import SmallRun


@pytest.fixture(scope="module")
def pay_lines(small_run: SmallRun) -> list[tuple[dict[str, object], Figure]]:
    """Every pay line of the run with its tree."""
    rows = pq.read_table(small_run.out / "pay.parquet").to_pylist()
    return list(zip(rows, kejing.explain(small_run.out, "pay"), strict=True))


def named(figure: Figure, name: str) -> list[Figure]:
    """Figures of a name anywhere in the tree."""
    return [node for node in figure.walk() if node.name == name]


def by_formula(figures: Iterable[Figure], pack: Pack) -> Iterable[tuple[Figure, str]]:
    """Figures that a formula of the policy gave, with its name."""
    for figure in figures:
        name = figure.rule.partition("@")[0]
        if name in pack.formulas and figure.grain:
            yield figure, name


def test_every_pay_line_is_explained_to_its_amount(pay_lines: list[tuple[dict[str, object], Figure]]) -> None:
    """The root of every pay line's tree is the amount paid, and its clause the one in the table."""
    assert {row["component"] for row, _ in pay_lines} == {"base_pay", "stock_pay", "increment_pay", "income_pay"}
    for row, tree in pay_lines:
        assert tree.value == Fraction(str(row["amount"]))
        assert tree.rule == row["policy_clause"]
        assert tree.unit == "CNY"


def test_a_row_alone_has_the_tree_that_it_has_among_others(
    small_run: SmallRun, pay_lines: list[tuple[dict[str, object], Figure]]
) -> None:
    """What the rows of an RM share is reckoned once; no tree shows it."""
    key = ("period", "rm_id", "component", "measure", "line_id")
    for row, tree in pay_lines[:: max(1, len(pay_lines) // 8)]:
        assert kejing.explain(small_run.out, "pay", **{name: str(row[name]) for name in key}) == [tree]


def test_every_figure_follows_from_the_figures_below_it(
    small_run: SmallRun, pay_lines: list[tuple[dict[str, object], Figure]]
) -> None:
    """Each figure that a formula gave is worked out again from its children alone and comes out the same."""
    pack = Pack.load(small_run.out / "policy")
    seen = set()
    for _, tree in pay_lines:
        for figure, name in by_formula(tree.walk(), pack):
            formula = pack.formulas[name]
            [version] = formula.versions
            assert Calculator(figure).result(formula, version.node) == figure.value, (name, figure.key)
            seen.add(name)
    assert seen >= {
        "increment_pay_due",
        "payout_factor",
        "completion",
        "coefficient",
        "weighted",
        "income_pay_due",
        "base_pay_due",
    }


def test_the_parts_of_a_task_add_up(pay_lines: list[tuple[dict[str, object], Figure]]) -> None:
    """A line's part of a task is its weight's share, a cent of largest remainder apart; the parts are the task."""
    parts: dict[tuple[object, ...], list[Figure]] = {}
    for row, tree in pay_lines:
        if row["component"] != "increment_pay" or not row["line_id"]:
            continue
        task, weight = tree.children
        [whole] = {figure.value for figure in named(task, "SUM(line.weighted)")}
        assert isinstance(whole, Fraction)
        assert isinstance(task.value, Fraction)
        assert isinstance(weight.value, Fraction)
        assert isinstance(tree.value, Fraction)
        assert abs(tree.value - task.value * weight.value / whole) < Fraction(1, 100)
        parts.setdefault((row["period"], row["rm_id"], row["measure"], task.value), []).append(tree)
    assert parts
    for (*_, task_value), trees in parts.items():
        assert sum(tree.value for tree in trees if isinstance(tree.value, Fraction)) == task_value


def test_a_pay_line_goes_down_to_file_coverage_and_clause(pay_lines: list[tuple[dict[str, object], Figure]]) -> None:
    """Under every paid line stand its row of the income or balance file and the coverage of its day.

    So do the policy rows with their source, and the parts of the whole team, which add up to the line.
    """
    lines = [(row, tree) for row, tree in pay_lines if row["line_id"]]
    assert {row["line_id"] for row, _ in lines} >= {"L1", "L2", "L8", "bal:c1:dep:2025-05-01", "bal:c1:dep:2025-05-15"}
    for row, tree in lines:
        is_balance = str(row["line_id"]).startswith("bal:")
        origins = named(tree, "balance" if is_balance else "income")
        assert any(figure.source.startswith(("balances.csv #", "income.csv #")) for figure in origins)
        assert all(figure.source.startswith("coverage.csv #") for figure in named(tree, "coverage"))
        assert named(tree, "coverage")
        clauses = [figure for figure in tree.walk() if "#" in figure.rule and figure.source]
        assert any(figure.rule.startswith("industry_coefficient#") for figure in clauses)
        for amount in named(tree, "line_amount"):
            assert amount.value == sum((Fraction(str(part.value)) for part in amount.children), Fraction(0))


def test_the_coverage_of_a_line_is_that_of_its_own_day(pay_lines: list[tuple[dict[str, object], Figure]]) -> None:
    """Lines before and after a move name the interval that holds their day, with the row it came from."""
    found = {}
    for row, tree in pay_lines:
        if row["line_id"] in ("L3", "L4"):
            found[row["line_id"]] = {(figure.labels.en, figure.source) for figure in named(tree, "coverage")}
    assert found == {
        "L3": {("coverage A (lead) 0001-01-01 to 2025-05-15", "coverage.csv #2")},
        "L4": {("coverage B (lead) 2025-05-15 to 9999-12-31", "coverage.csv #3")},
    }


def test_a_line_in_dollars_shows_its_rate(small_run: SmallRun) -> None:
    """A line in another currency shows the amount of the ledger in that currency and the rate with its row."""
    [tree] = kejing.explain(small_run.out, "credit", line_id="L7", rm_id="B", view="ledger")
    [income] = named(tree, "income")
    [rate] = named(tree, "rate")
    assert (income.value, income.unit, income.source) == (Fraction(100_001, 100), "USD", "income.csv #8")
    assert (rate.value, rate.source) == (Fraction(718, 100), "fx_rates.csv #2")
    [line] = named(tree, "line_amount")
    assert line.value == Fraction(718_007, 100)
    assert tree.value == Fraction(430_804, 100)


def test_pay_totals_are_their_components_and_lines(small_run: SmallRun) -> None:
    """Gross pay is the sum of its components, and each component the sum of its lines with their clauses."""
    rows = pq.read_table(small_run.out / "pay_total.parquet").to_pylist()
    for row, tree in zip(rows, kejing.explain(small_run.out, "pay_total"), strict=True):
        assert tree.value == Fraction(str(row["gross"]))
        assert tree.value == sum((Fraction(str(child.value)) for child in tree.children), Fraction(0))
        for component in tree.children:
            assert component.value == sum((Fraction(str(line.value)) for line in component.children), Fraction(0))
            assert all(line.rule for line in component.children)


def test_targets_show_the_goal_that_they_are_a_part_of(small_run: SmallRun) -> None:
    """A target shows the goal with its row, and the parts of all who carry it, which add up to the goal."""
    trees = kejing.explain(small_run.out, "target", period="2025-Q1", measure="deposit_increment")
    assert len(trees) == 3
    for tree in trees:
        [goal] = named(tree, "goal")
        assert goal.value == Fraction(1_500_000)
        assert goal.source == "goals.csv #2"
        assert sum((Fraction(str(part.value)) for part in goal.children), Fraction(0)) == goal.value
        stock, increment = tree.children
        assert tree.value == Fraction(str(stock.value)) + Fraction(str(increment.value))


def test_scores_follow_from_their_figures(small_run: SmallRun) -> None:
    """The points of a measure and of all together are worked out again from the figures below them."""
    pack = Pack.load(small_run.out / "policy")
    rows = pq.read_table(small_run.out / "score.parquet").to_pylist()
    for row, tree in zip(rows, kejing.explain(small_run.out, "score"), strict=True):
        assert tree.value == Fraction(str(row["points"]))
        for figure, name in by_formula(tree.walk(), pack):
            formula = pack.formulas[name]
            assert Calculator(figure).result(formula, formula.versions[0].node) == figure.value


def test_a_tier_shows_the_measurement_and_the_rule(small_run: SmallRun) -> None:
    """A tier shows the figure it rests on, the rule with its source, and the distance to the nearest line."""
    [tree] = kejing.explain(small_run.out, "segment", scheme="annual_sales", customer_id="c1")
    assert tree.value == "mid"
    [sales] = named(tree, "annual_sales")
    assert (sales.value, sales.unit, sales.source) == (Fraction(300_000_000), "USD", "measures.csv #2")
    [rule] = named(tree, "rule")
    assert (rule.rule, rule.source) == ("tier_by_annual_sales#mid", "E3-58")
    assert named(tree, "boundary_distance")


def test_what_is_not_there_has_a_coded_error(small_run: SmallRun, tmp_path: Path) -> None:
    """An unknown table, an unknown row, an unknown column and facts that have gone are errors with their own codes."""
    with pytest.raises(NoSuchTableError) as table:
        kejing.explain(small_run.out, "wishes", rm_id="A")
    assert table.value.code == "explain.no_such_table"
    for key in ({"rm_id": "nobody"}, {"colour": "red"}, {"rm_id": "'; DROP TABLE pay"}):
        with pytest.raises(NoSuchRowError) as row:
            kejing.explain(small_run.out, "pay", **key)
        assert row.value.facts["columns"] == "period, component, rm_id, measure, line_id"
    with pytest.raises(FactsMissingError):
        kejing.explain(small_run.out, "pay", facts=tmp_path, rm_id="A")
