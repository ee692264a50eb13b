"""Loading, asking, overlaying, writing and comparing packs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kejing.measure.errors import RefusedInputError
from kejing.policy import AmbiguousRuleError, Pack, PolicyGapError, UnknownPolicyNameError, shipped_packs
from kejing.policy.diff import RuleKind, diff_packs
from tests.policy.conftest import FOLDER, Planted

DAY = dt.date(2025, 6, 30)


@pytest.fixture(scope="module")
def pack() -> Pack:
    """The pack of essay 1."""
    return Pack.load(FOLDER)


def overlay(folder: Path, files: dict[str, str]) -> Path:
    """An overlay folder with ``files``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_parameter_is_asked_with_a_day(pack: Pack) -> None:
    """A value holds from its day on; the day before, the one before it does."""
    assert pack.parameter("threshold", DAY) == Fraction(3, 5)
    assert pack.parameter("stock_price", dt.date(2025, 12, 31)) == Fraction(24, 100_000)
    assert pack.parameter("stock_price", dt.date(2026, 1, 1)) == Fraction(3, 10_000)
    assert pack.parameter("floor_amount", DAY) == 10_000


def test_before_the_first_day_is_an_error(pack: Pack) -> None:
    """Asking before the first value names the value, the day and the earliest day."""
    with pytest.raises(PolicyGapError) as caught:
        pack.parameter("threshold", dt.date(1999, 12, 31))
    assert caught.value.facts == {"name": "threshold", "as_of": "1999-12-31", "earliest": "2000-01-01"}


def test_unknown_names_are_errors(pack: Pack) -> None:
    """A stage that asks for what the pack has not is told so."""
    with pytest.raises(UnknownPolicyNameError):
        pack.parameter("thresold", DAY)
    with pytest.raises(UnknownPolicyNameError):
        pack.table("tiers")


def test_a_table_decides_exactly_at_its_bounds(pack: Pack) -> None:
    """A boundary amount belongs to the row whose bound includes it; dated rows change over on their day."""
    tiers = pack.table("tier_by_sales")
    for sales, tier in (
        (0, "small"),
        (50_000_000, "mid"),
        (Fraction(199_999_999_999, 100), "mid"),
        (2_000_000_000, "large"),
    ):
        assert tiers.decide(DAY, {"sales": Fraction(sales)})["tier"] == tier
    factors = pack.table("industry_factor")
    assert factors.decide(dt.date(2025, 12, 31), {"industry": "mining"}).rule_ids == ("i_mining",)
    assert factors.decide(dt.date(2026, 1, 1), {"industry": "mining"})["factor"] == Fraction(4, 5)
    assert [row.rule_id for row in factors.rows_on(DAY)] == ["i_mining", "i_manufacturing", "i_software"]
    assert not factors.decide(dt.date(1999, 1, 1), {"industry": "mining"})


def test_hit_policies() -> None:
    """First takes the order of the file; sum, min and max collect; a sum over no row is zero."""
    rules = Pack.load(Path(__file__).parent / "any_rule")
    assert rules.table("summed").decide(DAY, {"x": Fraction(2)})["y"] == Fraction(7, 4)
    assert rules.table("summed").decide(DAY, {"x": Fraction(0)})["y"] == 0
    assert rules.table("smallest").decide(DAY, {"n": 5})["y"] == 2
    assert not rules.table("smallest").decide(DAY, {"n": -9})
    assert rules.table("largest").decide(dt.date(2025, 1, 20), {"day": dt.date(2025, 1, 20)})["y"] == 4
    first = rules.table("first_rule").decide(DAY, {"amount": Fraction(500), "kind": "a", "ok": True})
    assert (first["y"], first.rule_ids) == (Fraction(3, 2), ("r1",))


def test_two_rules_of_a_unique_table_are_an_error(planted: Planted) -> None:
    """A table that allows one rule never picks one of two in silence."""
    folder = planted("tables/tier_by_sales.csv", "small,<5000万", "small,<6000万")
    with pytest.raises(AmbiguousRuleError):
        Pack.load(folder).table("tier_by_sales").decide(DAY, {"sales": Fraction(55_000_000)})


def test_a_section_is_a_copy(pack: Pack) -> None:
    """What a stage does to its section changes no policy."""
    pack.section("segment")["table"] = "other"
    assert pack.section("segment") == {"table": "tier_by_sales"}
    assert pack.section("visit") == {}


def test_yaml_has_no_surprises(planted: Planted) -> None:
    """010, no and 1:30 stay text, fractions stay exact."""
    text = "visit: {code: 010, answer: no, at: 1:30, rate: 0.10, on: 2025-01-01, flag: true, none: null}\n"
    section = Pack.load(planted("policy.yaml", add=text)).section("visit")
    assert section["rate"] == Decimal("0.10")
    assert isinstance(section["rate"], Decimal)
    assert (section["code"], section["answer"], section["at"]) == ("010", "no", "1:30")
    assert (section["on"], section["flag"], section["none"]) == (dt.date(2025, 1, 1), True, None)


@pytest.mark.parametrize("name", ["essay_1", "any_rule"])
def test_a_written_pack_loads_to_the_same_digest(tmp_path: Path, name: str) -> None:
    """Writing the effective pack loses nothing that it says."""
    pack = Pack.load(FOLDER.parent / name)
    pack.write(tmp_path / "copy")
    copy = Pack.load(tmp_path / "copy")
    assert copy.digest == pack.digest
    assert diff_packs(pack, copy) == []


@pytest.mark.parametrize("name", sorted(shipped_packs()))
def test_a_shipped_pack_written_loads_to_the_same_digest(tmp_path: Path, name: str) -> None:
    """The copy of the policy beside a run is the policy of the run."""
    pack = Pack.load(shipped_packs()[name])
    pack.write(tmp_path / name)
    assert Pack.load(tmp_path / name).digest == pack.digest


def test_the_digest_is_of_what_is_said(pack: Pack, planted: Planted) -> None:
    """Line endings, a byte order mark, comments and the way a cell is written do not count; a value does."""
    folder = planted("tables/tier_by_sales.csv", "mid,[5000万..20亿)", 'mid,"[50,000,000..2000000000)"')
    for path in folder.rglob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    path = folder / "parameters.yaml"
    path.write_bytes(b"# a comment\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Pack.load(folder).digest == pack.digest
    path.write_bytes(path.read_bytes().replace(b"value: 60%", b"value: 61%"))
    assert Pack.load(folder).digest != pack.digest


def test_a_csv_saved_by_a_chinese_spreadsheet_is_read(pack: Pack, planted: Planted) -> None:
    """GB18030 is what spreadsheets in China save."""
    folder = planted()
    path = folder / "tables" / "tier_by_sales.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert Pack.load(folder).digest == pack.digest


def test_all_mistakes_come_at_once(planted: Planted) -> None:
    """A load that fails tells everything that is wrong."""
    folder = planted("tables/tier_by_sales.csv", "large,>=20亿", "large,>=20个")
    planted_too = folder / "parameters.yaml"
    planted_too.write_text(
        planted_too.read_text(encoding="utf-8").replace("value: 60%", "value: six"), encoding="utf-8"
    )
    with pytest.raises(RefusedInputError) as caught:
        Pack.load(folder)
    assert {finding.code for finding in caught.value.findings} == {"policy.bad_cell", "policy.bad_value"}


def test_an_overlay_is_a_difference(pack: Pack, tmp_path: Path) -> None:
    """Maps merge, rows change by id, new ones are added, `-id` and null take away; the rest stays."""
    folder = overlay(
        tmp_path / "what_if",
        {
            "parameters.yaml": "threshold: {values: [{from: 2000-01-01, value: 70%, source: what if}]}\n",
            "policy.yaml": "segment: {hold: 5%}\n",
            "tables/industry_factor.csv": (
                "rule_id,industry,factor,valid_from,valid_to,source,note\n"
                "-i_mining_cut,,,,,,\n"
                "i_mining,mining,0.7,2000-01-01,,what if,\n"
            ),
            "formulas/extra.yaml": "word: null\nmix: {decimals: 4}\n",
            "cases/none.yaml": "- {case: retail A, source: x, as_of: 2025-01-01, given: {}, expect: {}}\n",
        },
    )
    changed = Pack.load(FOLDER, [folder])
    assert changed.parameter("threshold", DAY) == Fraction(7, 10)
    assert changed.parameters["threshold"].labels == pack.parameters["threshold"].labels
    assert changed.section("segment") == {"table": "tier_by_sales", "hold": "5%"}
    assert [row.rule_id for row in changed.table("industry_factor").rows] == [
        "i_mining",
        "i_manufacturing",
        "i_software",
    ]
    assert "word" not in changed.formulas
    assert changed.formulas["mix"].decimals == 4
    assert len(changed.cases) == len(pack.cases)
    kinds = [(change.kind, change.name, change.rule_id) for change in diff_packs(pack, changed)]
    assert (RuleKind.PARAMETER, "threshold", "2000-01-01") in kinds
    assert (RuleKind.TABLE, "industry_factor", "i_mining_cut") in kinds
    assert (RuleKind.FORMULA, "word", "2000-01-01") in kinds
    assert (RuleKind.SECTION, "segment", "hold") in kinds
    assert not any(name in {"tier_factor", "payout_cap"} for _, name, _ in kinds)


def test_a_new_rule_of_a_first_hit_table_comes_to_its_turn(pack: Pack, tmp_path: Path) -> None:
    """Where the first rule decides, a new one goes before the rest; one that is replaced keeps its place."""
    text = "rule_id,tier,factor,valid_from,valid_to,source,note\nt_new,large,1.5,2000-01-01,,what if,\n"
    changed = Pack.load(FOLDER, [overlay(tmp_path / "what_if", {"tables/tier_factor.csv": text})])
    below = [row.rule_id for row in pack.table("tier_factor").rows]
    assert [row.rule_id for row in changed.table("tier_factor").rows] == ["t_new", *below]
    assert changed.table("tier_factor").decide(DAY, {"tier": "large"})["factor"] == Fraction(3, 2)
    replaced = text.replace("t_new,large", f"{below[-1]},-")
    changed = Pack.load(FOLDER, [overlay(tmp_path / "same", {"tables/tier_factor.csv": replaced})])
    assert [row.rule_id for row in changed.table("tier_factor").rows] == below


def test_findings_of_an_overlay_name_the_overlay(tmp_path: Path) -> None:
    """A mistake stands in the file that makes it."""
    text = "rule_id,industry,factor,valid_from,valid_to,source,note\ni_mining,minning,0.7,2000-01-01,,x,\n"
    folder = overlay(tmp_path / "what_if", {"tables/industry_factor.csv": text})
    pack, (finding,) = Pack.read(FOLDER, [folder])
    assert pack is None
    assert (finding.code, finding.place.file, finding.place.row) == (
        "policy.unknown_code",
        "what_if/tables/industry_factor.csv",
        2,
    )


def test_a_pack_may_extend_another(pack: Pack, tmp_path: Path) -> None:
    """A pack that extends another says only what differs, and says what it extends."""
    own = 'pack: own\nversion: "3"\nextends: essay_1\nlabels: {zh: 本行, en: own}\n'
    folder = overlay(tmp_path / "own", {"policy.yaml": own})
    own_pack = Pack.load(folder, find_pack=lambda name: FOLDER.parent / name)
    assert (own_pack.name, own_pack.extends, own_pack.currency) == ("own", "essay_1", "CNY")
    assert own_pack.formulas.keys() == pack.formulas.keys()
    own_pack.write(tmp_path / "written")
    assert Pack.load(tmp_path / "written").digest == own_pack.digest


def test_a_change_is_told_with_before_and_after(pack: Pack, tmp_path: Path) -> None:
    """A difference reads as the rule does."""
    text = "rule_id,industry,factor,valid_from,valid_to,source,note\ni_software,software,1.3,2000-01-01,,x,\n"
    changed = Pack.load(FOLDER, [overlay(tmp_path / "up", {"tables/industry_factor.csv": text})])
    (change,) = diff_packs(pack, changed)
    assert (change.before, change.after) == ('industry "software" → factor 1.2', 'industry "software" → factor 1.3')
    assert change.labels.zh == "行业系数"
