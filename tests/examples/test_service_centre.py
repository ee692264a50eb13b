"""Five channels with a joint service centre, from the policy to coverage: each customer one channel, no inversion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment, staff
from kejing.stages.deploy import assign, handover
from kejing.stages.deploy.assign.laws import LAWS as ASSIGN_LAWS
from kejing.stages.deploy.handover.laws import LAWS as HANDOVER_LAWS
from kejing.verbs.policies import policy_check, policy_test
from kejing.warehouse.engine import DuckEngine
from tests.conftest import REPOSITORY
from tests.stages.institution import broken, day, open_context, rows_of

POLICY = REPOSITORY / "examples" / "service_centre" / "policy"
SPEND = {"crystal": 6_500, "a": 2_250, "other": 800, "public": 200, "floating": 50, "online": 10}
"""Yuan a month of the customers of each tier."""
CHANNELS = {
    "crystal": {"key_account", "business"},
    "a": {"key_account", "business"},
    "other": {"business"},
    "public": {"community"},
    "floating": {"area"},
    "online": {"phone"},
}
LINES = ("key_account", "business", "community", "area", "phone")
EACH = 12


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StageContext]:
    """Twelve customers of every tier, one RM of each line and a second of the centre; today A leads one of them."""
    names = {f"{tier}{number:02d}": tier for tier in SPEND for number in range(EACH)}
    months = [f"2025-{month:02d}" for month in range(6, 13)]
    facts: dict[str, Any] = {
        "units": [{"unit_id": "HQ", "lat": 31.57, "lon": 120.30}],
        "rms": [{"rm_id": f"R_{line}", "line": line} for line in LINES] + [{"rm_id": "R_new", "line": "key_account"}],
        "customers": [
            {"customer_id": name, "kind": "telecom", "lat": 31.5, "lon": 120.2, "opened_on": "2025-01-01"}
            for name in names
        ],
        "coverage": [{"customer_id": "crystal00", "rm_id": "R_key_account"}],
        "measures": [
            {
                "customer_id": name,
                "measure": "monthly_spend",
                "value": SPEND[tier] * 100,
                "unit": "CNY",
                "period_start": day(f"{month}-01"),
                "period_end": day(f"{following}-01"),
            }
            for name, tier in names.items()
            for month, following in zip(months, [*months[1:], "2026-01"], strict=True)
        ],
    }
    pack = Pack.load(POLICY)
    section = {name: value for name, value in pack.section("staff").items() if name != "outlook"}
    light = replace(pack, sections={**pack.sections, "staff": section})  # the months ahead are not looked at here
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, light, facts, as_of="2025-12-31", folder=tmp_path_factory.mktemp("carrier"))
        for stage in (segment, staff, assign, handover):
            stage.run(context)
        yield context


def test_the_policy_is_sound() -> None:
    """The checker finds nothing and its cases hold: no inversion, four people in one pool where two take five."""
    assert policy_check(POLICY).findings == ()
    answer = policy_test(POLICY)
    assert answer.findings == ()
    assert answer.passed == 2


def test_every_customer_has_exactly_one_channel(carrier: StageContext) -> None:
    """E4-01: each customer is led by one RM, whose line is a channel of the tier; both kinds of RM serve the centre."""
    assert broken(carrier, ASSIGN_LAWS) == []
    rows = rows_of(
        carrier.engine,
        "SELECT a.tier, r.line, COUNT(*) AS customers FROM assign AS a JOIN rm_now AS r ON r.rm_id = a.rm_id"
        " GROUP BY a.tier, r.line",
    )
    assert sum(row["customers"] for row in rows) == EACH * len(SPEND)
    assert all(row["line"] in CHANNELS[row["tier"]] for row in rows)
    assert {row["line"] for row in rows} >= {"community", "area", "phone"}


def test_one_pool_needs_no_more_than_two(carrier: StageContext) -> None:
    """E4-60: crystal and A together are one row of headcount, rounded up once."""
    rows = rows_of(
        carrier.engine,
        "SELECT tier, required_hours, exact_heads, required_heads FROM staff"
        " WHERE line = 'key_account' AND method = 'workload'",
    )
    by_tier = {row["tier"]: row for row in rows}
    apart = sum(-(-by_tier[tier]["exact_heads"] // 1_000_000) for tier in ("crystal", "a"))
    assert by_tier[""]["required_heads"] <= apart
    assert by_tier[""]["required_hours"] == sum(by_tier[tier]["required_hours"] for tier in ("crystal", "a"))


def test_attention_is_not_inverted_in_the_centre(carrier: StageContext) -> None:
    """E4-57, E4-62: per 1,000 yuan a crystal customer gets .154 visits, an A customer .148."""
    rows = rows_of(carrier.engine, "SELECT * FROM attention WHERE tier = 'crystal' AND measure = 'visits'")
    assert [(row["intensity"], row["below_intensity"], row["is_inverted"]) for row in rows] == [
        (153_846, 148_148, False)
    ]


def test_the_plan_becomes_coverage(carrier: StageContext) -> None:
    """Whoever had no RM gets one in waves, within the budget, as rows of coverage without end."""
    assert broken(carrier, HANDOVER_LAWS) == []
    moved = {row["customer_id"] for row in rows_of(carrier.engine, "SELECT customer_id FROM handover")}
    stays = rows_of(carrier.engine, "SELECT customer_id FROM assign WHERE previous_rm_id = rm_id")
    assert len(moved) + len(stays) == EACH * len(SPEND)
    leads = rows_of(carrier.engine, "SELECT customer_id FROM handover_coverage WHERE role = 'lead'")
    assert {row["customer_id"] for row in leads} == moved
    assert Path(carrier.folder, "handover", "coverage.csv").is_file()
