from __future__ import annotations

from pathlib import Path

import pytest

import kejing
from kejing.measure.errors import RefusedInputError
from kejing.measure.findings import Severity
from kejing.policy import shipped_packs
from kejing.verbs.policies import EffectsNeedBothError

MINING = "rule_id,industry,coefficient,valid_from,valid_to,source,note\nmining,mining,0.8,2000-01-01,,a test,\n"
CASE = """
- case: mining under the change
  source: a test
  as_of: 2025-03-31
  given:
    rm: [{period: 2025-Q1, rm_id: A, period_last_day: 2025-03-31, base_pay: 36500, in_force_days: 90, year_days: 365}]
  expect:
    rm: [{period: 2025-Q1, rm_id: A, base_pay_due: BASE}]
"""


def overlay(folder: Path, **files: str) -> Path:
    """An overlay of the files given by kind."""
    places = {"table": "tables/industry_coefficient.csv", "case": "cases/change.yaml", "parameters": "parameters.yaml"}
    for kind, text in files.items():
        path = folder / places[kind]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("pack", sorted(shipped_packs()))
def test_every_shipped_policy_is_sound_and_its_cases_hold(pack: str) -> None:
    """Each policy that ships has no finding, and every case holds by both evaluators."""
    checked = kejing.policy_check(pack)
    assert [finding.code for finding in checked.findings if finding.severity is Severity.ERROR] == []
    tested = kejing.policy_test(pack)
    assert tested.failed == 0
    assert tested.pack is not None
    assert tested.passed == len(tested.pack.cases) > 0


def test_a_change_need_not_keep_the_cases_below_it_but_its_own(tmp_path: Path) -> None:
    """A changed coefficient moves figures that the pack's own cases prove: they are told, and refuse nothing.

    A case that the change brings itself must hold.
    """
    moved = overlay(tmp_path / "moved", table=MINING, case=CASE.replace("BASE", "9000"))
    answer = kejing.policy_check("bank_corporate", moved)
    assert {(finding.severity, finding.code) for finding in answer.findings} == {(Severity.INFO, "policy.case_failed")}
    wrong = overlay(tmp_path / "wrong", table=MINING, case=CASE.replace("BASE", "9001"))
    errors = [f for f in kejing.policy_check("bank_corporate", wrong).findings if f.severity is Severity.ERROR]
    assert [(finding.code, finding.place.file) for finding in errors] == [
        ("policy.case_failed", "wrong/cases/change.yaml")
    ]


def test_a_figure_that_an_overlay_moves_is_no_failure(tmp_path: Path) -> None:
    """`policy test` lists what an overlay moves, before and after; its own case that does not hold is a failure."""
    moved = kejing.policy_test("bank_corporate", overlay(tmp_path / "moved", table=MINING))
    assert (moved.failed, moved.findings) == (0, ())
    assert moved.moved_cases > 0
    assert moved.pack is not None
    assert moved.passed + moved.moved_cases == len(moved.pack.cases)
    assert all(figure.before != figure.after for figure in moved.moved)
    wrong = kejing.policy_test(
        "bank_corporate", overlay(tmp_path / "wrong", table=MINING, case=CASE.replace("BASE", "9001"))
    )
    assert (wrong.failed, wrong.moved_cases) == (1, moved.moved_cases)


def test_an_overlay_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A check with an overlay that is not there, or is no policy text, is refused instead of answered."""
    broken = overlay(tmp_path / "broken", parameters="payout_cap: [")
    for change in (tmp_path / "nowhere", broken):
        with pytest.raises(RefusedInputError) as caught:
            kejing.policy_check("bank_corporate", change)
        assert caught.value.findings


def test_a_difference_names_each_rule_once(tmp_path: Path) -> None:
    """A difference lists each changed, added and removed rule with what it said and says, and nothing else."""
    table = MINING + "-other,,,,,,\nfishing,other,0.7,2000-01-01,,a test,\n"
    cap = "payout_cap: {values: [{from: 2000-01-01, value: 2, source: a test}]}\n"
    difference = kejing.policy_diff("bank_corporate", overlay(tmp_path / "change", table=table, parameters=cap))
    names = {rule.name: (rule.before, rule.after) for rule in difference.rules}
    assert set(names) == {
        "table industry_coefficient#mining",
        "table industry_coefficient#other",
        "table industry_coefficient#fishing",
        "parameter payout_cap#2000-01-01",
    }
    assert names["table industry_coefficient#other"][1] == ""
    assert names["table industry_coefficient#fishing"][0] == ""
    assert "1.75" in names["parameter payout_cap#2000-01-01"][0]
    assert "2" in names["parameter payout_cap#2000-01-01"][1]
    assert difference.effects == ()
    assert (
        kejing.policy_diff("bank_corporate", overlay(tmp_path / "nothing", table=MINING.partition("mining,")[0])).rules
        == ()
    )


def test_effects_take_facts_and_a_day(small_facts: Path, tmp_path: Path) -> None:
    """Facts without a day, or a day without facts, are refused instead of showing no effects."""
    change = overlay(tmp_path / "change", table=MINING)
    for given in ({"facts": small_facts}, {"as_of": "2025-06-30"}):
        with pytest.raises(EffectsNeedBothError):
            kejing.policy_diff("bank_corporate", change, **given)
