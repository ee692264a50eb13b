"""What funds pay reaches pay, the settlement and the deferred amount as the policy says, to the cent and once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import credit, fund, pay, pool, score, settle
from kejing.stages.earn.fund.laws import LAWS as FUND_LAWS
from kejing.stages.earn.pay.laws import LAWS as PAY_LAWS
from kejing.stages.earn.settle.laws import LAWS as SETTLE_LAWS
from kejing.stages.sections import check_policy
from tests.stages.earn.fund.fund_scene import claim, grant
from tests.stages.institution import broken, corporate_pack, plain_bank, ran, rows_of

_STAGES = (segment, target, credit, score, pool, fund, pay, settle)
_BOTH = [grant(100_000_00), grant(50_000_00, "F2", kind="expense")]


def laid(section: str, **changed: object) -> Pack:
    """The corporate policy with settings of one section changed."""
    plain = corporate_pack()
    return replace(plain, sections={**plain.sections, section: {**plain.section(section), **changed}})


def figures(facts: Mapping[str, Any], policy: Pack | None = None) -> dict[str, list[dict[str, Any]]]:
    """Pay lines of funds, totals and settlements of a run, its laws held, and its fund findings."""
    with ran(policy or corporate_pack(), plain_bank(**facts), as_of="2025-06-30", stages=_STAGES) as context:
        assert broken(context, (*FUND_LAWS, *PAY_LAWS, *SETTLE_LAWS)) == []
        texts = {
            "pay": "SELECT period, rm_id, line_id, amount FROM pay WHERE component = 'fund_bonus' ORDER BY line_id",
            "total": "SELECT period, rm_id, gross, deferred FROM pay_total ORDER BY period, rm_id",
            "settlement": "SELECT period, rm_id, gross, paid_out, reimbursed FROM settlement ORDER BY period, rm_id",
            "fund": "SELECT kind, day, rm_id, amount FROM fund WHERE state = 'paid'",
        }
        found = {name: rows_of(context.engine, text) for name, text in texts.items()}
        return {**found, "codes": [{"code": one.code} for one in context.findings if one.stage == "fund"]}


def test_an_award_is_pay_and_an_expense_stands_apart() -> None:
    """60,000.00 of award are gross pay of the quarter of its approval; 1,234.56 of expenses leave pay as it is.

    The award of 50,000.00 that the fund no longer holds is nobody's pay.
    """
    claims = [
        claim("c1", 60_000_00, "2025-04-02"),
        claim("c2", 50_000_00, "2025-04-03"),
        claim("c3", 1_234_56, "2025-05-05", fund_id="F2", rm_id="A"),
    ]
    before, after = figures({}), figures({"funds": _BOTH, "fund_claims": claims})
    assert after["pay"] == [{"period": "2025-Q2", "rm_id": "B", "line_id": "fund:c1", "amount": 60_000_00}]
    for old, new in zip(before["settlement"], after["settlement"], strict=True):
        at = new["period"], new["rm_id"]
        assert new["gross"] - old["gross"] == (60_000_00 if at == ("2025-Q2", "B") else 0)
        assert new["paid_out"] - old["paid_out"] == new["gross"] - old["gross"]
        assert new["reimbursed"] == (1_234_56 if at == ("2025-Q2", "A") else 0)
    assert [one["code"] for one in after["codes"]] == ["fund.overspent"]


def test_who_has_no_statement_is_told_and_paid_outside_of_pay() -> None:
    """An award to nobody in particular and one to an RM who left before are paid from the fund and are nobody's pay."""
    rm = {"target_bonus": 120_000_00, "base_pay": 60_000_00}
    rms = [*plain_bank()["rms"], {"rm_id": "C", "unit_id": "B1", "valid_to": "2025-01-01", **rm}]
    claims = [claim("c1", 100_00, rm_id=None), claim("c2", 200_00, rm_id="C")]
    found = figures({"rms": rms, "funds": _BOTH, "fund_claims": claims})
    assert found["pay"] == []
    assert [one["code"] for one in found["codes"]] == ["fund.no_statement"] * 2


_CLAIM = st.tuples(
    st.sampled_from(["F1", "F2"]),
    st.sampled_from(["A", "B"]),
    st.integers(1, 60_000_00),
    st.dates(dt.date(2025, 1, 1), dt.date(2025, 9, 30)),
)


@settings(max_examples=6)
@given(st.lists(_CLAIM, max_size=10))
def test_every_cent_a_fund_pays_is_pay_or_repaid_once(asked: Sequence[tuple[str, str, int, Any]]) -> None:
    """Whatever is claimed: pay lines are the awards paid, repayments the expenses, and no grant is exceeded."""
    claims = [
        claim(f"c{place:02d}", amount, day, fund_id=name, rm_id=rm)
        for place, (name, rm, amount, day) in enumerate(asked)
    ]
    found = figures({"funds": _BOTH, "fund_claims": claims})
    paid = {
        kind: sum(row["amount"] for row in found["fund"] if row["kind"] == kind and str(row["day"]) < "2025-07-01")
        for kind in ("bonus", "expense")
    }
    assert sum(row["amount"] for row in found["pay"]) == paid["bonus"] <= 100_000_00
    assert sum(row["reimbursed"] for row in found["settlement"]) == paid["expense"] <= 50_000_00


@pytest.mark.parametrize(("share", "deferred"), [("0.4", 24_000_00), ("1 / 3", 20_000_00), ("0.00000013", 1)])
def test_a_share_of_what_is_handed_over_is_deferred(share: str, deferred: int, tmp_path: Path) -> None:
    """With deferred_of an award of 60,000.00 adds its share to what is deferred: rounded once, and no other RM's."""
    (tmp_path / "formulas").mkdir()
    (tmp_path / "policy.yaml").write_text("pay:\n  deferred_of: {fund_bonus: share_of_award}\n", encoding="utf-8")
    (tmp_path / "formulas" / "share.yaml").write_text(_SHARE.format(share), encoding="utf-8")
    facts = {"funds": _BOTH, "fund_claims": [claim("c1", 60_000_00, "2025-04-02")]}
    before, after = figures(facts), figures(facts, corporate_pack(tmp_path))
    moved = {
        (new["period"], new["rm_id"]): new["deferred"] - old["deferred"]
        for old, new in zip(before["total"], after["total"], strict=True)
    }
    assert {at: amount for at, amount in moved.items() if amount} == {("2025-Q2", "B"): deferred}


_SHARE = """
share_of_award:
  over: rm
  zh: 奖励延期比例
  en: deferred share of an award
  type: number
  decimals: 8
  versions: [{{from: 2000-01-01, formula: "{}", source: "assumption: test"}}]
"""


def test_settings_that_would_pay_nobody_are_refused() -> None:
    """A kind under a component that no fund pays, and a share of what no stage hands over, stop the policy."""
    assert "policy.fund_component" in {one.code for one in check_policy(laid("fund", pays={"bonus": "stock_pay"}))}
    for section, change in (
        ("fund", {"reimburses": ["bonus"]}),
        ("pay", {"deferred_of": {"stock_pay": "total_points"}}),
    ):
        assert "policy.bad_section" in {one.code for one in check_policy(laid(section, **change))}
    assert "policy.unknown_formula" in {
        one.code for one in check_policy(laid("pay", deferred_of={"team_bonus": "nowhere"}))
    }
