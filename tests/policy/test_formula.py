"""Formula text, trees and types."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.policy.formula.bind import bind
from kejing.policy.formula.names import Names
from kejing.policy.formula.parse import parse_formula
from kejing.policy.formula.show import show_formula
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word, walk
from kejing.policy.formula.tokens import FormulaSyntaxError
from tests.policy.conftest import FOLDER, VOCABULARY

NUMBERS = st.integers(min_value=0, max_value=8000).map(lambda value: Number(Fraction(value, 8), ""))
NAMES = st.sampled_from(["a", "完成率", "payout_cap"]).map(Name) | st.just(Name("x", "line"))
ATOMS = NUMBERS | NAMES | st.sampled_from(["AA", 'q"q', "行业"]).map(Word) | st.booleans().map(Flag)


def _grown(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    signs = st.sampled_from(["+", "-", "*", "/", "=", "<>", "<", ">="])
    powers = st.integers(min_value=0, max_value=12).map(lambda power: Number(Fraction(power), ""))
    negative = powers.map(lambda power: Unary("-", power))
    return st.one_of(
        st.builds(Binary, signs, nodes, nodes),
        st.builds(Unary, st.sampled_from(["-", "%"]), nodes),
        st.builds(Binary, st.just("^"), nodes, powers | negative),
        st.builds(Call, st.sampled_from(["MIN", "IF"]), st.lists(nodes, min_size=1, max_size=3).map(tuple)),
    )


@given(st.recursive(ATOMS, _grown, max_leaves=12))
def test_a_printed_tree_parses_to_itself(tree: Node) -> None:
    """Printing loses nothing and adds no more than the parentheses that the tree needs."""
    assert parse_formula(show_formula(tree)) == tree


@given(st.recursive(ATOMS, _grown, max_leaves=8))
def test_every_node_knows_its_place(tree: Node) -> None:
    """The text at a node's span parses to the node."""
    text = show_formula(tree)
    for node in walk(parse_formula(text)):
        if not (isinstance(node, Number) and text[: node.span.start].rstrip().endswith("^")):
            assert parse_formula(text[node.span.start : node.span.end]) == node


def test_full_width_punctuation_is_read() -> None:
    """A formula typed with a Chinese keyboard is the same formula."""
    assert parse_formula("=IF(完成率>=60%,“A”,“B”)") == parse_formula('IF(完成率 >= 0.6, "A", "B")')


@pytest.mark.parametrize(
    ("text", "code", "start"),
    [
        ("a +", "formula_unfinished", 3),
        ("a b", "formula_unexpected", 2),
        ("(a", "formula_unfinished", 2),
        ("a < b < c", "chained_comparison", 6),
        ("-a^2", "sign_before_power", 0),
        ("a^b", "bad_power", 2),
        ("a^13", "bad_power", 2),
        ("500万元", "glued_number", 0),
        ('"abc', "open_text", 0),
        ("a ; b", "bad_character", 2),
        ("IF(a,,b)", "formula_unexpected", 5),
        ("(" * 70 + "a" + ")" * 70, "formula_too_deep", 60),
    ],
)
def test_mistakes_point_to_their_place(text: str, code: str, start: int) -> None:
    """A text that is no formula is refused with the place of the mistake."""
    with pytest.raises(FormulaSyntaxError) as caught:
        parse_formula(text)
    assert (caught.value.code, caught.value.span.start) == (code, start)


@pytest.mark.parametrize(
    ("over", "text", "kind"),
    [
        ("task", "actual * completion", "CNY"),
        ("task", "actual / increment_target", "1"),
        ("task", "actual / hours", "CNY/hour"),
        ("task", "service_days + 30", "day"),
        ("task", "实绩 - 目标增量", "CNY"),
        ("task", "MAX(actual, 0)", "CNY"),
        ("task", "IF(actual > floor_amount, actual, 0)", "CNY"),
        ("task", "SUM(line.amount)", "CNY"),
        ("task", "COUNT(line.amount)", "1"),
        ("line", "等级", "text"),
        ("line", "task.actual / rm.target_bonus", "1"),
        ("task", 'grade = "senior"', "flag"),
        ("task", "hours^2", "hour^2"),
        ("task", "1 / hours", "1/hour"),
    ],
)
def test_kinds(over: str, text: str, kind: str) -> None:
    """Units multiply and divide, and own names come before those of parents."""
    bound = bind(parse_formula(text), over, Names(Pack.load(FOLDER), VOCABULARY))
    assert [problem.code for problem in bound.problems] == []
    assert str(bound.kind) == kind


@pytest.mark.parametrize(
    ("over", "text", "code", "part"),
    [
        ("task", "actual + hours", "wrong_unit", "actual + hours"),
        ("task", "actual + 100", "wrong_unit", "actual + 100"),
        ("task", "actual > 100", "wrong_unit", "actual > 100"),
        ("task", "grade > 3", "wrong_type", "grade > 3"),
        ("task", 'grade > "senior"', "no_order", 'grade > "senior"'),
        ("task", 'grade = "seniour"', "unknown_word", '"seniour"'),
        ("task", "IF(actual, 1, 2)", "not_of_type", "actual"),
        ("task", "actal", "unknown_name", "actal"),
        ("task", "tsk.actual", "unknown_grain", "tsk.actual"),
        ("task", "line.amount", "needs_aggregate", "line.amount"),
        ("task", "SUM(actual)", "aggregate_of_child", "actual"),
        ("task", "SUM(line.amount * 2)", "aggregate_of_child", "line.amount * 2"),
        ("task", "SUMM(line.amount)", "unknown_function", "SUMM(line.amount)"),
        ("task", "IF(TRUE, 1)", "argument_count", "IF(TRUE, 1)"),
        ("task", "IFS(TRUE, 1, FALSE)", "argument_count", "IFS(TRUE, 1, FALSE)"),
        ("task", "LOOKUP(grade_bonu, grade)", "unknown_table", "grade_bonu"),
        ("task", "LOOKUP(grade_bonus, grade)", "lookup_arguments", "LOOKUP(grade_bonus, grade)"),
        ("task", "LOOKUP(grade_bonus, grade, 1)", "lookup_output_unsaid", "LOOKUP(grade_bonus, grade, 1)"),
        ("task", "LOOKUP(grade_bonus, grade, 1, extr)", "unknown_output", "extr"),
        ("line", "LOOKUP(industry_factor, tier)", "code_lists_differ", "tier"),
        ("task", "ROUND(actual, 2)", "argument_count", "ROUND(actual, 2)"),
        ("task", 'ROUND(actual, 2, "half_down")', "round_name", '"half_down"'),
        ("task", 'ROUND(actual, hours, "half_up")', "round_digits", "hours"),
    ],
)
def test_mistakes_of_names_and_types(over: str, text: str, code: str, part: str) -> None:
    """Each mistake is told once, at the part of the formula that makes it."""
    bound = bind(parse_formula(text), over, Names(Pack.load(FOLDER), VOCABULARY))
    (problem,) = bound.problems
    assert (problem.code, text[problem.span.start : problem.span.end]) == (code, part)
