"""The checker tells every mistake once, with its place, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from kejing.measure.findings import Finding, Severity
from kejing.policy.check import check_folder
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
