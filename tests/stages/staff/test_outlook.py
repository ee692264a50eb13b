"""The coming months: distribution, levers and hiring path against the figures of the essays and the laws they keep."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.decide.staff.outlook.expected import Expectation, SiteNow
from kejing.stages.decide.staff.outlook.path import hiring_path
from kejing.stages.decide.staff.outlook.rules import (
    FACTOR_LEVERS,
    Lever,
    LeverRangeError,
    Outlook,
    Projects,
    RampError,
    read_outlook,
)
from kejing.stages.decide.staff.outlook.solve_demand import Draws, draw_levers, draw_site, p90
from kejing.stages.decide.staff.standard import Standard
from tests.conftest import REPOSITORY
from tests.policies.test_packs import PACKS

MONTHS = tuple(dt.date(2006, month, 1) for month in range(1, 13))
ONE = Fraction(1)
BASE = {
    "leave_share": Fraction(0),
    "training_share": Fraction(1, 4),
    "selling_share": Fraction(8, 10),
    "support_factor": ONE,
    "quality_factor": ONE,
    **dict.fromkeys(FACTOR_LEVERS, ONE),
}
STANDARD = Standard(
    hours={"crystal": (Fraction(19), "r"), "a": (Fraction(11), "r")},
    visits={},
    lines={("crystal", "key_account"): ONE, ("a", "business"): ONE},
    spans={},
    ratios={},
    selling_hours=Fraction(1_200),
    support=ONE,
)


def outlook(**changes: Any) -> Outlook:
    """Twelve months in which nothing happens, but for ``changes``; 1,200 hours a year per RM."""
    calm: dict[str, Any] = {
        "months": MONTHS,
        "growth": {},
        "leaving": {},
        "moves": {},
        "projects": {},
        "levers": {},
        "base": BASE,
        "ramp": (),
        "rm_leaving": Fraction(0),
        "lead_months": 0,
        "day_hours": Fraction(2_000),
    }
    return Outlook(**(calm | changes))


def expecting(ahead: Outlook) -> Expectation:
    """Two tiers, churn left out."""
    return Expectation(outlook=ahead, standard=STANDARD, tiers=["a", "crystal"], factor_of=lambda _rate: ONE)


def site(name: str = "", part: Fraction = ONE, **customers: int) -> SiteNow:
    """A site that gets ``part`` of the joiners of every tier."""
    return SiteNow(name, customers, dict.fromkeys(("a", "crystal"), part), {})


def drawn(ahead: Outlook, now: SiteNow, *, draws: int = 400, seed: int = 7) -> Draws:
    """The draws of one site."""
    expectation = expecting(ahead)
    return draw_site(expectation, now, draw_levers(expectation, draws, seed), seed)


def level(name: str, low: Fraction, high: Fraction) -> dict[str, Lever]:
    """One lever with a range."""
    return {name: Lever(name, low, BASE[name], high, "r", "test")}


def test_1500_more_key_accounts_take_24_rms() -> None:
    """+1,500 at the crystal standard come to 23.75 heads and 24 posts at the year's end (E4-78)."""
    ahead = outlook(growth={"crystal": (Fraction(125),) * 12}, levers=level("growth", Fraction(1, 2), Fraction(2)))
    swing = expecting(ahead).swings([site()])[0]
    assert swing.heads[1] == Fraction(2_375, 100)
    assert swing.whole == (12, 24, 48)


def test_1500_more_at_the_a_standard_take_14() -> None:
    """The same customers at the A standard take 14 posts (E4-78)."""
    ahead = outlook(growth={"a": (Fraction(125),) * 12}, levers=level("growth", ONE, ONE))
    assert expecting(ahead).swings([site()])[0].whole == (14, 14, 14)


def test_gap_widens_from_6_to_30_without_hiring() -> None:
    """30 posts and 24 people, and 24 posts more by the year's end: the gap goes from 6 to 30 if nobody is hired."""
    needed = [30 + 2 * month for month in range(13)]
    steps = hiring_path(needed, Fraction(24), leaving=Fraction(0), ramp=[], lead_months=99)
    assert [step.needed - step.staying for step in (steps[0], steps[-1])] == [6, 30]
    hired = hiring_path(needed, Fraction(24), leaving=Fraction(0), ramp=[], lead_months=2)
    assert [step.needed - step.available for step in hired] == [6, 8, *[0] * 11]


people = st.fractions(0, 60, max_denominator=4)
shares = st.lists(st.fractions(Fraction(1, 10), Fraction(9, 10), max_denominator=10), max_size=6).map(sorted)


@given(
    needed=st.lists(st.integers(0, 60), min_size=1, max_size=18),
    start=people,
    leaving=st.fractions(0, Fraction(1, 2), max_denominator=20),
    ramp=shares,
    lead=st.integers(0, 4),
)
def test_hires_close_the_gap_for_good(
    needed: list[int], start: Fraction, leaving: Fraction, ramp: list[Fraction], lead: int
) -> None:
    """Nobody is hired in the lead time; once it and the ramp-up are over nobody is missing; people never rise alone."""
    steps = hiring_path(needed, start, leaving=leaving, ramp=ramp, lead_months=lead)
    assert all(step.hires == 0 for step in steps[:lead])
    assert all(step.available >= step.needed for step in steps[lead + len(ramp) :])
    stay = [step.staying for step in steps]
    assert stay == sorted(stay, reverse=True)
    assert all(step.available >= step.staying for step in steps)


@given(crystal=st.integers(0, 3_000), a=st.integers(0, 3_000))
def test_without_chance_the_p90_is_the_need(crystal: int, a: int) -> None:
    """Where nothing is uncertain, mean, P90 and today's heads are one."""
    draws = drawn(outlook(), site(crystal=crystal, a=a), draws=100)
    assert p90(draws.heads["key_account"][-1]) == ceil(crystal * Fraction(19) / 1_200)
    assert p90(draws.heads["business"][-1]) == ceil(a * Fraction(11) / 1_200)


UNCERTAIN: dict[str, Any] = {
    "growth": {"crystal": (Fraction(20),) * 12},
    "leaving": {"crystal": Fraction(6, 100), "a": Fraction(6, 100)},
    "moves": {("a", "crystal"): Fraction(5, 100), ("crystal", "a"): Fraction(5, 100)},
    "projects": {"crystal": Projects(Fraction(1, 2), Fraction(8), ONE)},
}


def test_the_mean_of_the_draws_is_the_exact_mean() -> None:
    """With levers at their base, 20,000 draws come within half a percent of the exact expectation."""
    ahead = outlook(**UNCERTAIN)
    now = site(crystal=900, a=700)
    exact = expecting(ahead).heads([now], BASE)
    draws = drawn(ahead, now, draws=20_000)
    for line in ("key_account", "business"):
        assert float(np.mean(draws.heads[line][-1])) == pytest.approx(float(exact["", line]), rel=0.005)


def test_customers_are_kept_count_of() -> None:
    """Nobody is lost on the way: with moves and no leavers or joiners the customers stay as many as they were."""
    draws = drawn(outlook(moves=UNCERTAIN["moves"]), site(crystal=900, a=700))
    assert set((draws.customers["crystal"] + draws.customers["a"]).tolist()) == {1_600}


def test_the_same_seed_gives_the_same_draws() -> None:
    """A run is a pure function of its seed; another seed gives other draws, another site its own."""
    first, again = (drawn(outlook(**UNCERTAIN), site(crystal=900)) for _ in range(2))
    assert np.array_equal(first.heads["key_account"], again.heads["key_account"])
    assert not np.array_equal(
        first.heads["key_account"], drawn(outlook(**UNCERTAIN), site(crystal=900), seed=8).heads["key_account"]
    )
    assert not np.array_equal(
        first.heads["key_account"], drawn(outlook(**UNCERTAIN), site("B", crystal=900)).heads["key_account"]
    )


@pytest.mark.parametrize(
    ("lever", "better"),
    [
        ("quality_factor", Fraction(11, 10)),
        ("selling_share", Fraction(9, 10)),
        ("training_share", Fraction(1, 10)),
        ("support_factor", Fraction(8, 10)),
        ("contact_hours", Fraction(9, 10)),
        ("projects", Fraction(1, 2)),
    ],
)
def test_better_people_and_more_hours_never_need_more(lever: str, better: Fraction) -> None:
    """More quality, hours or support: no draw of the same seed needs more heads, and neither does the mean."""
    now = site(crystal=900, a=700)
    before = drawn(outlook(**UNCERTAIN), now)
    after = drawn(outlook(**UNCERTAIN, base=BASE | {lever: better}), now)
    if lever == "projects":  # its draws are others, for the lever is the mean of a Poisson
        assert after.heads["key_account"].mean() < before.heads["key_account"].mean()
    else:
        assert (after.heads["key_account"] <= before.heads["key_account"]).all()
    exact = expecting(outlook(**UNCERTAIN))
    assert exact.heads([now], BASE | {lever: better})["", "key_account"] < exact.heads([now], BASE)["", "key_account"]


@given(counts=st.lists(st.integers(0, 800), min_size=2, max_size=4))
def test_merged_sites_never_expect_more(counts: list[int]) -> None:
    """The exact mean of merged sites is the sum of theirs, so whole heads never rise by a merger."""
    ahead = outlook(**UNCERTAIN)
    part = Fraction(1, len(counts))
    apart = expecting(ahead).heads([site(str(n), part, crystal=count) for n, count in enumerate(counts)], BASE)
    merged = expecting(ahead).heads([site("all", crystal=sum(counts))], BASE)
    lines = {line for _, line in apart}
    for line in lines:
        whole = [heads for (_, of_line), heads in apart.items() if of_line == line]
        assert merged["all", line] == sum(whole)
        assert ceil(merged["all", line]) <= sum(ceil(heads) for heads in whole)


def test_merged_sites_need_less_for_their_p90() -> None:
    """Chance evens out: 40 places of 60 customers need more for their P90 apart than merged, whatever they do alike."""
    ahead = outlook(**UNCERTAIN | {"growth": {}}, levers=level("contact_hours", Fraction(9, 10), Fraction(5, 4)))
    apart = sum(p90(drawn(ahead, site(str(n), crystal=60)).heads["key_account"][-1]) for n in range(40))
    assert p90(drawn(ahead, site("all", crystal=2_400)).heads["key_account"][-1]) < apart


def test_officers_of_an_uncertain_year_cost_more() -> None:
    """A wider range of a lever moves the P90 up and leaves the likeliest value where it is (E4-84: mean 24, P90 27)."""
    growth = {"crystal": (Fraction(125),) * 12}
    narrow = drawn(outlook(growth=growth), site())
    wide = drawn(outlook(growth=growth, levers=level("contact_hours", Fraction(8, 10), Fraction(13, 10))), site())
    assert round(float(narrow.heads["key_account"][-1].mean())) == 24
    assert p90(narrow.heads["key_account"][-1]) == 25
    assert 26 <= p90(wide.heads["key_account"][-1]) <= 29


@pytest.mark.parametrize("name", PACKS)
def test_shipped_packs_look_ahead(name: str) -> None:
    """The shipped packs have an outlook; the carrier's expects 1,500 key accounts in 2006 and none in 2026."""
    pack = Pack.load(REPOSITORY / "policies" / name)
    ahead = read_outlook(pack, dt.date(2005, 12, 31), 12)
    assert ahead.months == MONTHS
    assert len(ahead.ramp) == 6
    joining = sum(ahead.growth.get("crystal", ()), Fraction(0))
    assert joining == (1_500 if name == "telecom_4plus1" else 0)
    assert not any(sum(months) for months in read_outlook(pack, dt.date(2025, 12, 31), 12).growth.values())


def overlaid(folder: Path, table: str, text: str) -> Pack:
    """The carrier's pack with rows of one table replaced."""
    (folder / "tables").mkdir()
    (folder / "tables" / f"{table}.csv").write_text(text, encoding="utf-8")
    return Pack.load(REPOSITORY / "policies" / "telecom_4plus1", [folder])


def test_a_range_holds_what_is_in_force(tmp_path: Path) -> None:
    """A range of 30 to 40 % around training of 25 % is refused with its place."""
    lines = (
        "rule_id,lever,low,high,valid_from,valid_to,source,note\nlv_training,training_share,30%,40%,2000-01-01,,x,\n"
    )
    with pytest.raises(LeverRangeError) as refused:
        read_outlook(overlaid(tmp_path, "staff_lever", lines), dt.date(2025, 12, 31), 12)
    assert refused.value.facts["value"] == "0.25"


def test_a_ramp_has_an_end(tmp_path: Path) -> None:
    """A ramp that stays at 90 % for ever is refused."""
    lines = "rule_id,month_of_service,share,valid_from,valid_to,source,note\nramp_full,>=7,90%,2000-01-01,,x,\n"
    with pytest.raises(RampError):
        read_outlook(overlaid(tmp_path, "rm_ramp", lines), dt.date(2025, 12, 31), 12)
