"""Gaps, overlaps and dead rules are exactly those that trying every point finds."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.findings import Place
from kejing.measure.period import LAST_DAY
from kejing.policy import DecisionTable, Hit, Labels, TableColumn, TableRow, Type
from kejing.policy.cells import Anything, Cell, parse_cell
from kejing.policy.check.coverage import check_table

_ENDS = st.integers(0, 4)


@st.composite
def _number_cells(draw: st.DrawFn) -> str:
    low, high = sorted((draw(_ENDS), draw(_ENDS)))
    whole = ["-", f">={low}", f">{low}", f"<{high}", f"<={high}", f"={low}", f"not({low})", f"<>{high}"]
    if low < high:
        whole += [f"{left}{low}..{high}{right}" for left in "[(" for right in ")]"]
        whole.append(f"not([{low}..{high}))")
    return draw(st.sampled_from(whole))


_WORD_CELLS = st.sampled_from(["-", "a", "b", '"a","b"', "not(a)", 'not("b","c")', "c"])
_FLAG_CELLS = st.sampled_from(["-", "true", "false"])
_CODES = {"word": {code: Labels(code, code) for code in "abc"}}
_DAYS = [dt.date(2025, 1, 1), dt.date(2025, 7, 1), dt.date(2026, 1, 1)]
_SAMPLES = [Fraction(n, 2) for n in range(-2, 11)]


@st.composite
def _tables(draw: st.DrawFn, hit: Hit) -> DecisionTable:
    """Tables of a number (or count), a word and a flag, dated or not."""
    kind = draw(st.sampled_from([Type.NUMBER, Type.COUNT]))
    low = draw(st.sampled_from([None, Fraction(1)]))
    inputs = {
        "x": TableColumn("x", kind, Labels("数", "x"), minimum=low),
        "word": TableColumn("word", Type.TEXT, Labels("词", "word"), codes="word"),
        "flag": TableColumn("flag", Type.FLAG, Labels("旗", "flag")),
    }
    rows = []
    for number in range(draw(st.integers(1, 6))):
        texts = (draw(_number_cells()), draw(_WORD_CELLS), draw(_FLAG_CELLS))
        cells: dict[str, Cell] = {
            name: parse_cell(text, column.type) for (name, column), text in zip(inputs.items(), texts, strict=True)
        }
        end = draw(st.sampled_from([_DAYS[1], LAST_DAY, LAST_DAY]))
        start = draw(st.sampled_from([_DAYS[0], _DAYS[0], _DAYS[1]] if end == LAST_DAY else [_DAYS[0]]))
        rows.append(TableRow(f"r{number}", cells, {"y": Fraction(number)}, start, end, "", "", number + 2, "t.csv", {}))
    outputs = {"y": TableColumn("y", Type.NUMBER, Labels("值", "y"))}
    return DecisionTable("t", Labels("表", "t"), hit, inputs, outputs, tuple(rows), Place())


def _domain(table: DecisionTable) -> list[dict[str, object]]:
    column = table.inputs["x"]
    low = column.minimum
    xs = [x for x in _SAMPLES if (low is None or x >= low) and (column.type is Type.NUMBER or x.denominator == 1)]  # type: ignore[operator]  # numbers
    return [{"x": x, "word": word, "flag": flag} for x in xs for word in "abc" for flag in (False, True)]


def _slices(table: DecisionTable) -> list[dt.date]:
    return [day for day in _DAYS if day >= min(row.valid_from for row in table.rows)]


@given(_tables(Hit.UNIQUE))
def test_gaps_and_overlaps_are_those_of_brute_force(table: DecisionTable) -> None:
    """A table is called complete and disjoint if and only if every point has one rule on every day."""
    held = [
        sum(row.holds(point) for row in table.rows_on(day))  # type: ignore[arg-type]  # values of the inputs' types
        for day in _slices(table)
        for point in _domain(table)
    ]
    codes = {finding.code for finding in check_table(table, _CODES)}
    assert ("policy.table_gap" in codes or "policy.table_no_rules" in codes) == (0 in held)
    assert ("policy.table_overlap" in codes) == any(count > 1 for count in held)


@given(_tables(Hit.FIRST))
def test_dead_rules_are_those_of_brute_force(table: DecisionTable) -> None:
    """Under first a rule is called dead if and only if it is the first of no point on no day."""
    firsts = set()
    for day in _slices(table):
        for point in _domain(table):
            holding = [row.rule_id for row in table.rows_on(day) if row.holds(point)]  # type: ignore[arg-type]  # the same
            firsts.update(holding[:1])
    dead = {finding.facts["rule"] for finding in check_table(table, _CODES) if finding.code == "policy.dead_rule"}
    assert dead == {row.rule_id for row in table.rows} - firsts


def test_a_large_table_is_checked_quickly() -> None:
    """The walk follows the table's structure: eight inputs of thirty codes, where the product has 6·10^11 points."""
    codes = {f"c{n}": Labels("", "") for n in range(30)}
    inputs = {f"i{n}": TableColumn(f"i{n}", Type.TEXT, Labels("", ""), codes="codes") for n in range(8)}
    rows = []
    for number, name in enumerate(inputs):
        cells: dict[str, Cell] = dict.fromkeys(inputs, Anything())
        cells |= {earlier: parse_cell("not(c0)", Type.TEXT) for earlier in list(inputs)[:number]}
        cells[name] = parse_cell("c0", Type.TEXT)
        rows.append(_row(number, cells))
    last: dict[str, Cell] = {name: parse_cell("not(c0)", Type.TEXT) for name in inputs}
    outputs = {"y": TableColumn("y", Type.NUMBER, Labels("", ""))}

    def table(*some: TableRow) -> DecisionTable:
        return DecisionTable("t", Labels("", ""), Hit.UNIQUE, inputs, outputs, some, Place())

    assert check_table(table(*rows, _row(8, last)), {"codes": codes}) == []
    (gap,) = check_table(table(*rows), {"codes": codes})
    assert gap.code == "policy.table_gap"


def _row(number: int, cells: dict[str, Cell]) -> TableRow:
    return TableRow(f"r{number}", cells, {"y": Fraction(1)}, _DAYS[0], LAST_DAY, "", "", number + 2, "t.csv", {})
