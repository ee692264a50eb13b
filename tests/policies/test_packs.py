"""Every shipped pack, and every example's policy, passes its own check and its own cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from kejing.measure.findings import Severity
from kejing.policy import Pack
from kejing.policy.tables import DecisionTable
from kejing.verbs.policies import policy_check, policy_test

REPOSITORY = Path(__file__).resolve().parents[2]
PACKS = ("bank_corporate", "bank_retail", "telecom_4plus1")
EXAMPLES = ("correspondent_book", "telecom_carrier", "pipeline")
FOLDERS = [
    *(REPOSITORY / "policies" / pack for pack in PACKS),
    *(REPOSITORY / "examples" / example / "policy" for example in EXAMPLES),
]


def _name(folder: Path) -> str:
    return folder.parent.name if folder.name == "policy" else folder.name


@pytest.fixture(params=FOLDERS, ids=_name)
def pack(request: pytest.FixtureRequest) -> Pack:
    """Each pack and each example's policy."""
    return Pack.load(request.param)


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_check_finds_nothing(folder: Path) -> None:
    """No gap, overlap, unknown name, cycle, wrong unit or unused table, not even a remark."""
    assert [(finding.code, finding.place) for finding in policy_check(folder).findings] == []


@pytest.mark.parametrize("pack_name", PACKS)
def test_cases_hold(pack_name: str) -> None:
    """Every case of a shipped pack holds by the exact evaluator and by the compiled SQL; each pack has some."""
    answer = policy_test(REPOSITORY / "policies" / pack_name)
    assert [(finding.code, dict(finding.facts)) for finding in answer.findings] == []
    assert answer.failed == 0
    assert answer.passed >= 8


def test_every_value_has_a_source(pack: Pack) -> None:
    """A value cites a row of the requirements, names a regulation, or says that it is an assumption."""
    sources = {f"{table.name}#{row.rule_id}": row.source for table in pack.tables.values() for row in table.rows}
    sources |= {one.name: value.source for one in pack.parameters.values() for value in one.values}
    sources |= {one.name: version.source for one in pack.formulas.values() for version in one.versions}
    regulation = ("商业银行稳健薪酬监管指引", "关于建立完善银行保险机构绩效薪酬追索扣回机制的指导意见")
    law = ("企业所得税",)
    known = ("assumption:", "E1-", "E2-", "E3-", "E4-", "E5-", *regulation, *law)
    assert {name: source for name, source in sources.items() if not source.startswith(known)} == {}


def test_no_remark_below_an_error(pack: Pack) -> None:
    """Loading a pack leaves no error behind."""
    assert [finding for finding in pack.findings if finding.severity is Severity.ERROR] == []


def test_tiers_the_source_does_not_describe_stay_empty() -> None:
    """The telecom pack has thresholds for crystal, A and the list only, and no standard for other tiers."""
    telecom = Pack.load(REPOSITORY / "policies" / "telecom_4plus1")
    bounds = {row.rule_id: str(row.cells["monthly_spend"]) for row in telecom.table("tier_by_monthly_spend").rows}
    assert bounds == {"key_other": ">=10000", "crystal": "[3000..10000)", "a": "[1500..3000)", "other": "[0..1500)"}
    assert _tiers(telecom.table("service_standard")) == {"crystal", "a", "a_plus"}
    assert telecom.table("rm_span").rows == ()


def _tiers(table: DecisionTable) -> set[str]:
    return {word for row in table.rows for word in getattr(row.cells["tier"], "words", ())}


def test_visit_and_call_standards_of_the_source() -> None:
    """Crystal twice a quarter, A and A+ once; one call a month for all of them (E4-52..56)."""
    rows = Pack.load(REPOSITORY / "policies" / "telecom_4plus1").table("service_standard").rows
    contacts = {(str(row.cells["tier"]), str(row.cells["channel"])): row.outputs["contacts_per_year"] for row in rows}
    assert {key: value for key, value in contacts.items() if "visit" in key[1]} == {
        ('"crystal"', '"visit"'): 2 * 4,
        ('"a"', '"visit"'): 4,
        ('"a_plus"', '"visit"'): 4,
    }
    assert {value for key, value in contacts.items() if "phone" in key[1]} == {12}


def test_retail_is_the_corporate_method_without_stock() -> None:
    """Retail keeps every formula of the corporate pack but those that rest on the stock (E1-35, E1-36)."""
    corporate, retail = (Pack.load(REPOSITORY / "policies" / name) for name in ("bank_corporate", "bank_retail"))
    dropped = set(corporate.formulas) - set(retail.formulas)
    assert dropped == {"stock_pay_due", "decline_points", "decline_whole", "decline_pro_rata", "decline_due"}
    shared = set(corporate.formulas) & set(retail.formulas) - {"performance_pay"}
    assert {
        name for name in shared if corporate.formulas[name].versions[0].text != retail.formulas[name].versions[0].text
    } == set()
    assert {row.outputs["coefficient"] for row in retail.table("industry_coefficient").rows} == {1}
    contribution = retail.section("target")["contribution"]
    assert contribution == {"basis": "none", "weights": None}
