"""Overlay credit of the plan with pieces and pools, through the flow: twice in the shadow, once in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.flow import run_flow
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import open_context, rows_of

PLAN = Path(__file__).resolve().parents[2] / "examples" / "plans" / "piece_and_pool"
_TEAMS: dict[str, Sequence[tuple[str, str]]] = {
    "alone": (("A", "lead"),),
    "pair": (("A", "lead"), ("B", "assist")),
    "overlay": (("A", "lead"), ("T", "treasury")),
    "all": (("A", "lead"), ("B", "assist"), ("T", "treasury")),
}
"""Customers and who covers them; T is the product officer whose credit is overlay alone."""


def bank(amounts: Sequence[tuple[str, int]]) -> dict[str, Sequence[Mapping[str, object]]]:
    """Lines of the customers of `_TEAMS`, in minor units."""
    lines = enumerate(amounts)
    return {
        "units": [{"unit_id": "HQ"}],
        "rms": [{"rm_id": rm} for rm in "ABT"],
        "customers": [{"customer_id": name} for name in _TEAMS],
        "products": [{"product": "sale", "business_type": "fee", "measure": "retail_sales"}],
        "coverage": [
            {"customer_id": name, "rm_id": rm, "role": role} for name, team in _TEAMS.items() for rm, role in team
        ],
        "income": [
            {"line_id": f"L{place}", "customer_id": name, "product": "sale", "amount": cents, "booked_on": "2025-02-03"}
            for place, (name, cents) in lines
        ],
    }


def views(amounts: Sequence[tuple[str, int]]) -> dict[str, dict[str, int]]:
    """Credit by view and RM after a run of the flow, whose laws hold."""
    found: dict[str, dict[str, int]] = {"ledger": defaultdict(int), "shadow": defaultdict(int)}
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, Pack.load(PLAN), bank(amounts), as_of="2025-03-31")
        assert "credit" in run_flow(context, ("credit",))
        for row in rows_of(engine, "SELECT view, rm_id, amount FROM credit"):
            found[row["view"]][row["rm_id"]] += row["amount"]
    return found


def test_an_officer_is_credited_beside_the_rm_and_taken_out_again() -> None:
    """1,000.01 with an assist and an officer: 600.01 and 400.00 in the ledger, twice the whole in the shadow."""
    found = views([("all", 1_000_01)])
    assert {rm: amount for rm, amount in found["ledger"].items() if amount} == {"A": 600_01, "B": 400_00}
    shadow = {rm: amount for rm, amount in found["shadow"].items() if amount}
    assert shadow == {"A": 1_000_01, "T": 1_000_01, "~elimination": -1_000_01}


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from(sorted(_TEAMS)), st.integers(-5_000_00, 9_000_00)), min_size=1, max_size=12))
def test_the_shadow_is_the_ledger_and_the_overlay(amounts: Sequence[tuple[str, int]]) -> None:
    """Whatever is booked: shadow total = ledger total + overlay, and the elimination brings it back to the ledger.

    The overlay is what T is credited, who has nothing of the ledger; the ledger is what was booked.
    """
    found = views(amounts)
    ledger = sum(found["ledger"].values())
    elimination = found["shadow"].pop("~elimination", 0)
    overlay = sum(cents for name, cents in amounts if name in ("overlay", "all"))
    assert ledger == sum(cents for _, cents in amounts)
    assert found["ledger"].get("T", 0) == 0
    assert found["shadow"].get("T", 0) == overlay == -elimination
    assert sum(found["shadow"].values()) == ledger + overlay
    assert sum(found["shadow"].values()) + elimination == ledger
