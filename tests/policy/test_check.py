"""The checker tells every mistake once, with its place, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.period import LAST_DAY
from kejing.policy import DecisionTable, Hit, Labels, TableColumn, TableRow, Type
from kejing.policy.cells import Anything, Cell, parse_cell
from kejing.policy.check import check_folder
from kejing.policy.check.coverage import check_table
from kejing.text import finding_sentence
from tests.policy.conftest import FOLDER, SECTIONS, VOCABULARY, Planted, run_sql


def check(folder: Path, overlays: Sequence[Path] = ()) -> list[Finding]:
    """All findings of a folder, cases on both ways included."""
    return check_folder(folder, VOCABULARY, sections=SECTIONS, overlays=overlays, run_sql=run_sql)


def test_the_pack_is_right() -> None:
    """The pack that defects are planted in has none, and its worked cases hold on both ways."""
    assert check(FOLDER) == []


@dataclass(frozen=True)
class Defect:
    """A text replaced in one file, and the finding it must give."""

    code: str
    file: str
    old: str
    new: str
    row: int
    column: str
    value: str


PAY, COMPLETION = "formulas/pay.yaml", "formulas/completion.yaml"
TIERS, GRADES, INDUSTRY = "tables/tier_by_sales.csv", "tables/grade_bonus.csv", "tables/industry_factor.csv"
MIX = "COALESCE(SUM(line.weighted) / SUM(line.positive), 0)"

DEFECTS = [
    Defect("table_gap", TIERS, "small,<5000万", "small,<4000万", 3, "sales", "[40000000..50000000)"),
    Defect("table_overlap", TIERS, "small,<5000万", "small,<=5000万", 4, "sales", "<=5000万"),
    Defect("table_gap", INDUSTRY, "i_software,software,1.2,2000-01-01,,essay 1,\n", "", 2, "industry", '"software"'),
    Defect("table_no_rules", "tables/business_factor.csv", "", "", 2, "valid_to", "2027-01-01"),
    Defect("dead_rule", "tables/tier_factor.csv", "t_small,small", "t_small,large", 3, "tier", "large"),
    Defect("bad_cell", GRADES, "senior,>=90%", "senior,>=90percent", 3, "completion", ">=90percent"),
    Defect("bad_output", GRADES, "<1,0,none", "<1,x,none", 4, "extra", "x"),
    Defect("unknown_code", INDUSTRY, "i_software,software", "i_software,sofware", 5, "industry", "sofware"),
    Defect("duplicate_rule", INDUSTRY, "i_software,", "i_mining,", 5, "rule_id", "i_mining"),
    Defect(
        "empty_period", INDUSTRY, "1.0,2000-01-01,2026-01-01", "1.0,2026-01-01,2026-01-01", 2, "valid_to", "2026-01-01"
    ),
    Defect("unknown_column", TIERS, "rule_id,sales", "rule_id,sale", 1, "sale", "sale"),
    Defect("row_width", TIERS, "E3-58,", "E3-58", 3, "", "mid,[5000万..20亿),mid,2000-01-01,,E3-58"),
    Defect("missing_source", TIERS, "E3-58", "", 3, "source", ""),
    Defect("wrong_hit_policy", "tables.yaml", "hit: first", "hit: frist", 16, "tier_factor.hit", "frist"),
    Defect(
        "unknown_code_list",
        "tables.yaml",
        "inputs: {tier: {type: text, codes: tier}}",
        "inputs: {tier: {type: text, codes: teir}}",
        17,
        "tier_factor.inputs.tier.codes",
        "teir",
    ),
    Defect(
        "card_not_equality",
        "rate_cards.yaml",
        "[industry_factor, tier_factor, business_factor]",
        "[industry_factor, tier_factor, business_factor, grade_bonus]",
        4,
        "three_way.tables.3",
        "grade_bonus",
    ),
    Defect(
        "card_unknown_table",
        "rate_cards.yaml",
        "business_factor]",
        "busines_factor]",
        4,
        "three_way.tables.2",
        "busines_factor",
    ),
    Defect("bad_value", "parameters.yaml", "value: 60%", "value: sixty", 5, "threshold.values.0.value", "sixty"),
    Defect("missing_label", "parameters.yaml", "  en: threshold\n", "", 1, "threshold.en", ""),
    Defect(
        "bad_unit",
        "parameters.yaml",
        "  type: money\n",
        "  type: money\n  unit: 万元\n",
        27,
        "floor_amount.unit",
        "万元",
    ),
    Defect(
        "unknown_key", "parameters.yaml", "value: 40%, source", "valu: 40%, source", 32, "deferral.values.0.valu", "40%"
    ),
    Defect(
        "unknown_name",
        PAY,
        "stock * stock_price",
        "stock * stok_price",
        44,
        "stock_pay.versions.0.formula",
        "stock * stok_price",
    ),
    Defect(
        "unknown_output",
        COMPLETION,
        "completion, extra)",
        "completion, extr)",
        24,
        "extra.versions.0.formula",
        "LOOKUP(grade_bonus, grade, completion, extr)",
    ),
    Defect(
        "unknown_function", PAY, "MAX(amount, 0)", "MX(amount, 0)", 15, "positive.versions.0.formula", "MX(amount, 0)"
    ),
    Defect(
        "argument_count",
        PAY,
        MIX,
        "COALESCE(SUM(line.weighted))",
        30,
        "mix.versions.0.formula",
        "COALESCE(SUM(line.weighted))",
    ),
    Defect(
        "wrong_unit",
        PAY,
        "stock * stock_price",
        "stock + stock_price",
        44,
        "stock_pay.versions.0.formula",
        "stock + stock_price",
    ),
    Defect(
        "result_unit", PAY, "stock * stock_price", "stock * hours", 44, "stock_pay.versions.0.formula", "stock * hours"
    ),
    Defect(
        "needs_aggregate",
        PAY,
        MIX,
        "line.weighted / SUM(line.positive)",
        30,
        "mix.versions.0.formula",
        "line.weighted / SUM(line.positive)",
    ),
    Defect(
        "formula_unfinished", PAY, "MAX(amount, 0)", "MAX(amount, 0", 15, "positive.versions.0.formula", "MAX(amount, 0"
    ),
    Defect("circle", PAY, "total * deferral", "total * deferral + deferred", 59, "deferred", ""),
    Defect(
        "begins_later",
        "parameters.yaml",
        "from: 2000-01-01, value: 1%",
        "from: 2020-01-01, value: 1%",
        51,
        "fee_pay.versions.0.formula",
        "amount * fee_rate * factor",
    ),
    Defect(
        "unknown_rounding",
        PAY,
        "  decimals: 6\n",
        "  decimals: 6\n  rounding: half_down\n",
        7,
        "factor.rounding",
        "half_down",
    ),
    Defect("formula_grain", PAY, "over: rm\n  zh: 合计", "over: rms\n  zh: 合计", 52, "total", ""),
    Defect("unknown_section", "policy.yaml", "segment:\n", "segmnt:\n", 23, "segmnt", "segmnt"),
    Defect("bad_yaml", "policy.yaml", "pay:\n", "pay: [\n", 27, "", ""),
    Defect("unknown_currency", "policy.yaml", "currency: CNY", "currency: RMB", 4, "currency", "RMB"),
    Defect(
        "case_failed",
        "cases/retail.yaml",
        "35,555.56",
        "35,555.57",
        10,
        "retail B.expect.task.0.increment_pay",
        "35,555.57",
    ),
    Defect("table_undeclared", "tables/tier_by_sale.csv", "", "", 0, "", "tier_by_sale"),
]


def plant(defect: Defect, planted: Planted) -> Path:
    """The pack with one defect."""
    if defect.code == "table_no_rules":
        folder = planted()
        path = folder / defect.file
        path.write_text(
            path.read_text(encoding="utf-8").replace("2000-01-01,,", "2000-01-01,2027-01-01,"), encoding="utf-8"
        )
        return folder
    if defect.code == "table_undeclared":
        folder = planted()
        (folder / TIERS).rename(folder / defect.file)
        return folder
    return planted(defect.file, defect.old, defect.new)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: f"{defect.code}-{defect.file}")
def test_each_defect_gives_one_finding(defect: Defect, planted: Planted) -> None:
    """One planted defect, one finding: file, row, column, value, reason and remedy in both languages."""
    findings = check(plant(defect, planted))
    assert [finding.code for finding in findings] == [f"policy.{defect.code}"]
    (finding,) = findings
    place = finding.place
    where = PAY if defect.code == "begins_later" else defect.file
    assert place.file == f"essay_1/{where}"
    if defect.row:
        assert (place.row, place.value) == (defect.row, defect.value)
    if defect.column:
        assert place.column == defect.column
    for lang in ("zh", "en"):
        said = finding_sentence(finding, lang)
        assert said.reason
        assert said.remedy
        assert "{" not in said.reason + said.remedy


def test_a_suggestion_is_given_for_a_misspelt_name(planted: Planted) -> None:
    """A misspelt name comes with the name that was meant."""
    (finding,) = check(planted(PAY, "stock * stock_price", "stock * stok_price"))
    assert finding.facts["nearest"] == "stock_price"
    assert finding.facts["part"] == "stok_price"


def test_an_ambiguous_label_is_refused_where_it_is_used(planted: Planted) -> None:
    """Two things of one grain with one label: the label says nothing; the identifiers still do."""
    folder = planted(COMPLETION, "zh: 兑现系数", "zh: 完成率")
    findings = check(folder)
    assert {finding.code for finding in findings} == {"policy.ambiguous_name"}


@pytest.mark.parametrize(
    ("files", "column"),
    [
        (
            {"tables/industry_factor.csv": "rule_id,industry,factor,valid_from,valid_to,source,note\n-i_gone,,,,,,\n"},
            "rule_id",
        ),
        ({"parameters.yaml": "thresold: {values: [{from: 2000-01-01, value: 70%, source: x}]}\n"}, "thresold"),
        ({"formulas/x.yaml": "totl: {decimals: 0}\n"}, "totl"),
        ({"formulas/x.yaml": "totl: null\n"}, "totl"),
    ],
)
def test_an_overlay_that_changes_nothing_is_refused(tmp_path: Path, files: dict[str, str], column: str) -> None:
    """A change of a rule that does not exist would be silent: it is one finding instead."""
    for name, text in files.items():
        path = tmp_path / "over" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (finding,) = check(FOLDER, [tmp_path / "over"])
    assert (finding.code, finding.place.column) == ("policy.overlay_unknown_rule", column)
    assert finding.place.file.startswith("over/")


def test_an_unused_table_is_worth_knowing(planted: Planted) -> None:
    """A table nothing reads is information, not an error."""
    (finding,) = check(planted("policy.yaml", "segment:\n  table: tier_by_sales\n", "segment: {}\n"))
    assert (finding.code, finding.severity, finding.facts["name"]) == (
        "policy.unused_table",
        Severity.INFO,
        "tier_by_sales",
    )


# ---- gaps and overlaps against brute force

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
