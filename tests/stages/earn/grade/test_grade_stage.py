"""The grade stage: worked rules, appeals, history, boards; and the SQL against the exact judge on any scores."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.earn.grade.judge import judge, read_parts
from kejing.stages.earn.grade.settings import GradeReviewSettings
from tests.stages.earn.grade.scene import MICRO, pack, reviewed, scored, table, verdicts

QUARTERS = [f"2025-Q{q}" for q in (1, 2, 3, 4)]


def test_two_years_below_sixty_lead_to_exit_and_one_better_year_does_not() -> None:
    """Rule "2 consecutive years < 60": scores 58 and 59 → exit review; 58 and 61 → no (E1-09)."""
    history = [scored("2024", "A", 58), scored("2024", "B", 58), scored("2024", "C", 61)]
    scores = [scored("2025", "A", 59), scored("2025", "B", 61), scored("2025", "C", 58)]
    with reviewed(scores, history=history, policy=pack("yearly")) as context:
        (row,) = [row for row in table(context, "grade_review") if row["rm_id"] == "A"]
        found = verdicts(context)
    assert {rm: found["2025", rm][0] for rm in "ABC"} == {"A": "exit", "B": "keep", "C": "keep"}
    assert row["effective_on"] == dt.date(2026, 1, 1)
    assert json.loads(row["evidence"])["parts"][0]["values"] == {"2024": "58", "2025": "59"}


def test_the_shadow_run_shows_every_closed_quarter() -> None:
    """A head sees who would have been promoted after each quarter, judged by the figures up to it alone."""
    deposits = [scored(q, "A", None, measure="deposit_increment", completion=1_200_000) for q in QUARTERS]
    scores = [*(scored(q, "A", 95) for q in QUARTERS), *deposits]
    with reviewed(scores, as_of="2025-11-30") as context:
        found = verdicts(context)
    assert found == {
        ("2025-Q1", "A"): ("keep", "middle"),
        ("2025-Q2", "A"): ("keep", "middle"),
        ("2025-Q3", "A"): ("promote", "senior"),
    }


def test_an_open_appeal_suspends_and_an_upheld_one_ends_a_demotion() -> None:
    """A demotion with an open appeal has no day; upheld it is gone; rejected it stands from the first day after."""
    scores = [scored(q, rm, 50) for q in ("2025-Q3", "2025-Q4") for rm in "ABCD"]
    appeal = {"subject": "grade", "period": "2025-Q4", "filed_on": "2025-12-20"}
    appeals = [
        {"appeal_id": "1", "rm_id": "B", **appeal},
        {"appeal_id": "2", "rm_id": "C", **appeal, "decided_on": "2025-12-30", "outcome": "upheld"},
        {"appeal_id": "3", "rm_id": "D", **appeal, "decided_on": "2025-12-30", "outcome": "rejected"},
    ]
    with reviewed(scores, appeals=appeals) as context:
        rows = {row["rm_id"]: row for row in table(context, "grade_review") if row["period"] == "2025-Q4"}
        assert "grade.suspended" in {finding.code for finding in context.findings}
    first = dt.date(2026, 1, 1)
    assert {rm: (row["verdict"], row["appeal"], row["effective_on"]) for rm, row in rows.items()} == {
        "A": ("demote", "", first),
        "B": ("demote", "open", None),
        "C": ("keep", "upheld", None),
        "D": ("demote", "rejected", first),
    }
    with reviewed(scores, appeals=appeals, policy=pack("no_suspension")) as context:
        rows = {row["rm_id"]: row for row in table(context, "grade_review") if row["period"] == "2025-Q4"}
    assert rows["B"]["effective_on"] == first


def test_too_short_in_post_or_in_the_grade() -> None:
    """Fewer service days than asked: not reviewed, and the period counts for nothing; a year in the grade to rise."""
    scores = [
        row
        for rm in ("A", "B", "C")
        for q in QUARTERS
        for row in (scored(q, rm, 95), scored(q, rm, None, measure="deposit_increment", completion=MICRO))
    ]
    rms = [
        {"rm_id": "A"},
        {"rm_id": "B"},
        {"rm_id": "C", "grade": "junior", "valid_to": "2025-03-01"},
        {"rm_id": "C", "grade": "middle", "valid_from": "2025-03-01"},
    ]
    with reviewed(scores, rms=rms, short={("2025-Q4", "A"): 44, ("2025-Q2", "B"): 44}) as context:
        found = verdicts(context)
        (short,) = [
            row for row in table(context, "grade_review") if row["verdict"] == "not_reviewed" and row["rm_id"] == "A"
        ]
    assert found["2025-Q4", "A"] == ("not_reviewed", "middle")
    assert json.loads(short["evidence"]) == {"service_days": 44, "needed": 45}
    assert (found["2025-Q3", "B"], found["2025-Q4", "B"]) == (("keep", "middle"), ("promote", "senior"))
    assert found["2025-Q4", "C"] == ("keep", "middle")


def test_boards_keep_ties_and_show_the_cut_off() -> None:
    """Top 2 with points 90, 80, 80, 70: three on the board, places 1, 2, 2; nobody scores himself on with nothing."""
    points = {"A": 80, "B": 90, "C": 80, "D": 70, "E": 0}
    late = [{"line_id": "L", "customer_id": "c", "amount": 1, "booked_on": "2025-12-31", "known_at": "2026-01-20"}]
    scores = [scored("2025-Q4", rm, value) for rm, value in points.items()]
    with reviewed(scores, income=late, policy=pack("top_two")) as context:
        rows = table(context, "praise")
        findings = {finding.code: finding.facts for finding in context.findings}
    assert [(row["place"], row["rm_id"], str(row["cut_off"])) for row in rows] == [
        (1, "B", "2025-12-31"),
        (2, "A", "2025-12-31"),
        (2, "C", "2025-12-31"),
    ]
    assert findings["grade.known_after_cut_off"]["count"] == "1"


def test_no_board_before_its_cut_off() -> None:
    """A board that is cut off ten days after the quarter does not exist on its last day."""
    with reviewed([scored("2025-Q4", "A", 90)], policy=pack("later_cut_off")) as context:
        assert {row["period"] for row in table(context, "praise")} == set()


POINTS = st.one_of(st.none(), st.integers(40, 100))


@st.composite
def score_rows(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    """Scores of four RMs over four quarters and two of the year before, some missing."""
    rows: dict[str, list[dict[str, Any]]] = {"scores": [], "history": []}
    for rm in "ABCD":
        for period in ("2024-Q3", "2024-Q4", *QUARTERS):
            kept = rows["history" if period < "2025" else "scores"]
            points, deposits = draw(POINTS), draw(POINTS)
            if points is not None:
                kept.append(scored(period, rm, points))
            if deposits is not None:
                kept.append(scored(period, rm, None, measure="deposit_increment", completion=deposits * 12_500))
    return rows


GRADES = [
    {"rm_id": "A", "grade": "senior"},
    {"rm_id": "B"},
    {"rm_id": "C", "grade": "junior"},
    {"rm_id": "D", "grade": "other"},
]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(score_rows(), st.randoms(use_true_random=False))
def test_the_engine_says_what_the_judge_says(rows: dict[str, list[dict[str, Any]]], chance: Any) -> None:
    """For any scores, in any order of rows, the stage proposes what the exact judge proposes of one RM at a time."""
    policy = pack("many_rules")
    options = GradeReviewSettings.model_validate(policy.section("grade_review"))
    parts = read_parts(policy.table(options.rules), dt.date(2025, 12, 31))
    for kept in rows.values():
        chance.shuffle(kept)
    with reviewed(rows["scores"], history=rows["history"], rms=GRADES, policy=policy) as context:
        found = verdicts(context)
    periods = ["2024-Q3", "2024-Q4", *QUARTERS]
    for rm in GRADES:
        known: dict[tuple[str, str, str], Fraction] = {}
        for row in [*rows["scores"], *rows["history"]]:
            if row["rm_id"] == rm["rm_id"]:
                for name in ("points", "completion"):
                    if row.get(name) is not None:
                        known[name, row["measure"], row["period"]] = Fraction(row[name], MICRO)
        for period in QUARTERS:
            upto = [one for one in periods if one <= period]
            figures = {
                key: [known.get((*key, one)) for one in upto]
                for key in {("points", ""), ("completion", "deposit_increment")}
            }
            who = {"grade": str(rm.get("grade", "middle")), "line": "corporate"}
            expected = judge(options, parts, who, figures)
            assert found[period, str(rm["rm_id"])] == (expected.verdict, expected.grade), (rm, period, figures)


def with_threshold(policy: Pack, points: int) -> Pack:
    """``policy`` with another threshold in the first condition of promotion."""
    rules = policy.table("grade_rule")
    rows = tuple(
        replace(row, outputs={**row.outputs, "threshold": Fraction(points)}) if row.rule_id == "promote_1" else row
        for row in rules.rows
    )
    return replace(policy, tables={**policy.tables, "grade_rule": replace(rules, rows=rows)})


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(score_rows(), st.integers(40, 100), st.integers(0, 30))
def test_a_higher_threshold_never_promotes_more(rows: dict[str, list[dict[str, Any]]], points: int, more: int) -> None:
    """Whoever is promoted under the higher threshold is promoted under the lower one."""
    promoted = []
    for threshold in (points, points + more):
        policy = with_threshold(pack(), threshold)
        with reviewed(rows["scores"], history=rows["history"], rms=GRADES, policy=policy) as context:
            promoted.append({key for key, (verdict, _) in verdicts(context).items() if verdict == "promote"})
    assert promoted[1] <= promoted[0]


def test_nobody_below_the_least_figure_is_praised() -> None:
    """With one place a unit and 79 points the best, nobody is praised: the policy asks for 80."""
    with reviewed([scored("2025-Q4", "A", 79), scored("2025-Q4", "B", 70)]) as context:
        assert table(context, "praise") == []
    with reviewed([scored("2025-Q4", "A", 80), scored("2025-Q4", "B", 70)]) as context:
        assert {row["board"] for row in table(context, "praise")} == {"top_of_line", "top_of_unit"}


def test_a_formula_of_the_policy_can_be_the_figure() -> None:
    """A rule on performance pay reads the formula's own column: 50,000 or more in a quarter promotes (E2-62)."""
    pay = {"A": 50_000_00, "B": 49_999_99}
    scores = [scored("2025-Q4", rm, 50) for rm in pay]
    with reviewed(scores, policy=pack("by_pay"), pay=pay) as context:
        found = verdicts(context)
        (row,) = [row for row in table(context, "grade_review") if (row["period"], row["rm_id"]) == ("2025-Q4", "A")]
    assert (found["2025-Q4", "A"], found["2025-Q4", "B"]) == (("promote", "senior"), ("keep", "middle"))
    assert json.loads(row["evidence"])["parts"][0]["values"] == {"2025-Q4": "50000"}


def test_a_quarter_without_any_score_breaks_a_row() -> None:
    """81 points in the third quarter of one year and the first of the next are not two in a row."""
    with reviewed(
        [scored("2025-Q1", "C", 81)], history=[scored("2024-Q3", "C", 81)], rms=GRADES, policy=pack("many_rules")
    ) as context:
        assert verdicts(context)["2025-Q1", "C"] == ("keep", "junior")
    with reviewed(
        [scored("2025-Q1", "C", 81)], history=[scored("2024-Q4", "C", 81)], rms=GRADES, policy=pack("many_rules")
    ) as context:
        assert verdicts(context)["2025-Q1", "C"] == ("promote", "senior")
