"""Revenue that more RMs keep from churn against what they cost: the numbers of E4-93, and what holds of any curve."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.policy import Pack, find_shipped_pack
from kejing.stages.decide import staff
from kejing.stages.decide.staff.benefit import Point, best_of
from kejing.stages.decide.staff.explain_ahead import explain_benefit
from kejing.stages.output import output_table
from kejing.warehouse.engine import DuckEngine
from tests.stages.assign.scene import AS_OF, Scene, codes, line

_POLICY = """
staff: {site_level: null, outlook: null, benefit: {most_added: 6}}
"""
_PARAMETERS = {
    "staff_working_days": 100,
    "staff_hours_per_day": 11,
    "staff_leave_share": 0,
    "staff_training_share": 0,
    "staff_selling_share": 1,
    "staff_rm_cost": 120_000,
}
"""1,100 hours an RM: a hundred small customers, who take 11 hours a year each."""

_CURVE = [("75%", "1"), ("85%", "0.7"), ("100%", "0.6")]


def overlaid(folder: Path, curve: Sequence[tuple[str, str]] = _CURVE) -> Pack:
    """The corporate policy with the hours, the cost and the curve of the test."""
    overlay = folder / "overlay"
    (overlay / "tables").mkdir(parents=True)
    (overlay / "policy.yaml").write_text(_POLICY, encoding="utf-8")
    said = [f"{name}: {{values: [{{from: 2000-01-01, value: {v}, source: test}}]}}" for name, v in _PARAMETERS.items()]
    (overlay / "parameters.yaml").write_text("\n".join(said), encoding="utf-8")
    head = "rule_id,coverage,churn_factor,valid_from,valid_to,source,note"
    gone = [f"-{name},,,,,," for name in ("cc_half", "cc_four_fifths", "cc_full", "cc_more")]
    rows = [f"p{at},{x},{y},2000-01-01,,test," for at, (x, y) in enumerate(curve)]
    (overlay / "tables" / "churn_by_coverage.csv").write_text("\n".join([head, *gone, *rows]), encoding="utf-8")
    return Pack.load(find_shipped_pack("bank_corporate"), [overlay])


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckEngine, Pack, set[str]]]:
    """2,000 small customers take 20 RMs, 15 are there, 1,000,000 yuan were lost for sure in twelve months."""
    folder = tmp_path_factory.mktemp("benefit")
    loss = {"currency": "CNY", "service": "loan", "reason": "price", "suspected_on": "2025-02-01"}
    scene = Scene(
        customers=line(2000, tier="small"),
        rms=[{"rm_id": f"R{number}", "unit_id": "HQ"} for number in range(15)],
        losses=[{"customer_id": "C000", "amount": 1_000_000_00, "confirmed_on": "2025-03-01", **loss}],
    )
    with DuckEngine(threads=1) as engine:
        context = scene.open(engine, overlaid(folder), folder)
        staff.run(context)
        yield engine, context.policy, codes(context)


def rows_of(engine: DuckEngine) -> dict[int, dict[str, Any]]:
    """Rows of ``staff_benefit`` by RMs added, as the file has them."""
    return {row["added"]: row for row in output_table(engine, "staff_benefit", "CNY").to_pylist()}


def test_five_rms_are_not_worth_it_and_two_are(ran: tuple[DuckEngine, Pack, set[str]]) -> None:
    """E4-93: +5 RMs save 400k at a cost of 600k, not worth; +2 save 300k at 240k, worth; two is the best number."""
    engine, _, found = ran
    rows = rows_of(engine)
    told = {added: (rows[added]["saved"], rows[added]["cost"], rows[added]["is_worth"]) for added in (2, 5)}
    assert told == {2: (300_000, 240_000, True), 5: (400_000, 600_000, False)}
    assert [added for added, row in rows.items() if row["is_best"]] == [2]
    assert "staff.more_pay_off" in found


def test_an_rm_more_than_needed_saves_nothing(ran: tuple[DuckEngine, Pack, set[str]]) -> None:
    """Beyond the last point of the curve, the sixth RM costs and saves no more."""
    rows = rows_of(ran[0])
    assert rows[6]["saved"] == rows[5]["saved"]
    assert rows[6]["net"] < rows[5]["net"]
    assert list(rows) == list(range(7))


def test_the_tree_adds_up(ran: tuple[DuckEngine, Pack, set[str]]) -> None:
    """Net is saved less cost; saved is what is lost times what the factor falls by, with the points of the curve."""
    engine, policy, _ = ran
    row = rows_of(engine)[2]
    engine.create("run_days", f"SELECT CAST('{AS_OF}' AS DATE) AS as_of")
    engine.attach_arrow("staff_benefit", output_table(engine, "staff_benefit", "CNY"))
    tree = explain_benefit(engine, policy, row)
    saved, cost = tree.children
    assert isinstance(saved.value, Fraction)
    assert isinstance(cost.value, Fraction)
    assert tree.value == saved.value - cost.value == 60_000
    lost, today, then = (child.value for child in saved.children)
    assert all(isinstance(value, Fraction) for value in (lost, today, then))
    assert saved.value == lost * (1 - then / today)  # type: ignore[operator]  # fractions, as said
    assert {figure.rule for figure in tree.walk() if figure.name == "point"} == {
        "churn_by_coverage#p0",
        "churn_by_coverage#p1",
    }


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 200)), min_size=1, max_size=12))
def test_nothing_leaves_more_than_the_best(pairs: list[tuple[int, int]]) -> None:
    """Of any curve and cost: no number of RMs leaves more, none with as much has fewer, and it never costs money."""
    points = [Point(0, 0, 0), *(Point(added, saved, cost) for added, (saved, cost) in enumerate(pairs, start=1))]
    best = best_of(points)
    assert best.net >= 0
    assert all(point.net < best.net or (point.net == best.net and point.added >= best.added) for point in points)
