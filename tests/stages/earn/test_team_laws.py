from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.warehouse.engine import DuckEngine
from tests.stages.earn.credit_oracle import CreditOracle
from tests.stages.flow.random_institution import Institution, institutions
from tests.stages.institution import Facts, corporate_pack, day, open_context, rows_of

_DAY = dt.timedelta(days=1)
_FIRST, _LAST = day("2025-01-01"), day("2025-01-13")


@settings(max_examples=20, deadline=None)
@given(institutions())
def test_teams_of_an_institution_are_those_of_each_day(made: Institution) -> None:
    """On every day on which anything changes, who shares a customer and for how much is read off coverage itself."""
    _same_on_every_day(CreditOracle(made.facts, made.pack, day(made.as_of)))


_SPAN = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(sorted).filter(lambda span: span[0] < span[1])
_SHARE = st.tuples(
    st.sampled_from(["c0", "c1"]), st.sampled_from(["R0", "R1", "R2", "R3", "R4"]), st.integers(1, 9_999), _SPAN
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_SHARE, max_size=9), st.lists(st.tuples(st.sampled_from(["R0", "R1"]), st.integers(1, 11)), max_size=2))
def test_overlaps_and_changes_of_post_are_cut_to_the_day(
    shares: list[tuple[str, str, int, list[int]]], left: list[tuple[str, int]]
) -> None:
    """Coverage that overlaps in any way, and RMs who change unit in the middle of it, give the teams of each day.

    An RM may be named several times on one day: the weights add up and the RM stays one member.
    """
    moves = dict(left)
    rms: list[dict[str, object]] = []
    for rm in ("R0", "R1", "R2", "R3"):  # R4 is in nobody's post: the weight stays with the house
        cut = _FIRST + moves[rm] * _DAY if rm in moves else LAST_DAY
        rms.append({"rm_id": rm, "unit_id": "B1", "valid_to": cut})
        if rm == "R0" and rm in moves:  # R0 moves to another unit, R1 leaves
            rms.append({"rm_id": rm, "unit_id": "B2", "valid_from": cut})
    facts: Facts = {
        "units": [{"unit_id": "HQ"}, {"unit_id": "B1"}, {"unit_id": "B2"}],
        "rms": rms,
        "customers": [{"customer_id": "c0"}, {"customer_id": "c1"}],
        "coverage": [
            {
                "customer_id": customer,
                "rm_id": rm,
                "share": weight,
                "role": "lead" if place % 2 else "assist",
                "valid_from": _FIRST + start * _DAY,
                "valid_to": LAST_DAY if end == 12 else _FIRST + end * _DAY,
            }
            for place, (customer, rm, weight, (start, end)) in enumerate(shares)
        ],
    }
    _same_on_every_day(CreditOracle(facts, corporate_pack(), _LAST))


def _same_on_every_day(oracle: CreditOracle) -> None:
    teams = _teams(oracle.facts, oracle)
    named = ("coverage", "rms")
    changes = {row[name] for table in named for row in oracle.tables[table] for name in ("valid_from", "valid_to")}
    days = {one for one in changes if isinstance(one, dt.date) and FIRST_DAY < one < LAST_DAY}
    kinds = oracle.pack.population.customer_kinds
    of_policy = {str(row["customer_id"]) for row in oracle.tables["customers"] if row["kind"] in kinds}
    assert set(teams) <= of_policy
    for customer in of_policy & {str(row["customer_id"]) for row in oracle.tables["coverage"]}:
        for on in sorted(days | {one - _DAY for one in days}):
            expected = oracle.team(customer, on)
            whole = sum(expected.values())
            assert teams[customer].get(on, {}) == {rm: Fraction(weight, whole) for rm, weight in expected.items()}, on


class _Days(dict[dt.date, dict[str, Fraction]]):
    """Shares by RM, by day; spans may not overlap."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: list[tuple[dt.date, dt.date, dict[str, Fraction]]] = []

    def get(self, on: dt.date, default: dict[str, Fraction]) -> dict[str, Fraction]:  # type: ignore[override]
        """The team of a day."""
        found = [team for start, end, team in self.spans if start <= on < end]
        assert len(found) <= 1
        return found[0] if found else default


def _teams(facts: Facts, oracle: CreditOracle) -> dict[str, _Days]:
    spans: dict[tuple[str, dt.date, dt.date], dict[str, Fraction]] = defaultdict(dict)
    with DuckEngine(threads=1) as engine:
        open_context(engine, oracle.pack, facts, as_of=oracle.as_of.isoformat())
        for row in rows_of(engine, "SELECT * FROM team"):
            team = spans[row["customer_id"], row["valid_from"], row["valid_to"]]
            assert row["rm_id"] not in team
            team[row["rm_id"]] = Fraction(row["weight"], row["whole"])
    teams: dict[str, _Days] = defaultdict(_Days)
    for (customer, start, end), team in spans.items():
        assert sum(team.values()) == 1
        teams[customer].spans.append((start, end, team))
    return teams
