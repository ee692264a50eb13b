"""A hold that outlives the year: withheld in one year's close, paid in the next, and corrected in both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kejing.warehouse.ledger import verify_ledger
from tests.ledger.closed import Desk, net, posted
from tests.ledger.worked_bank import balance, worked_bank
from tests.stages.institution import day

_HOLD = {"hold_id": "H/1", "rm_id": "A", "reason": "audit", "held_from": day("2025-12-01")}
_ENDED = {**_HOLD, "released_on": day("2026-03-10")}
_HELD = 141_754_91
"""236,258.18 of A less the 94,503.27 that are deferred anyhow."""


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """2025 closed under the hold; 2026, in which it ends, and 2027, each closed upon the years before."""
    desk = Desk.of(
        worked_bank(("2025-12-01", "2026-12-01", "2027-12-01"), holds=[_HOLD]), tmp_path_factory.mktemp("held")
    )
    desk.close(desk.run("2025-12-31", name="2025", grain="year"), "2025")
    desk.tell("2026-03-11", holds=[_ENDED])
    for year in ("2026", "2027"):
        desk.close(desk.run(f"{year}-12-31", name=year, grain="year", ledger=desk.ledger), year)
    return desk


def figures(desk: Desk, figure: str) -> dict[tuple[str, ...], int]:
    """What was posted of a figure of A's settlements, by the period it is for."""
    return net(posted(desk.ledger, "settlement", rm_id="A", figure=figure), "period")


def test_it_is_paid_once_in_the_year_that_ends_the_hold(years: Desk) -> None:
    """Withheld in 2025, released in 2026, nothing of it in 2027 but the instalment that vests."""
    assert figures(years, "held") == {("2025",): _HELD}
    assert figures(years, "released") == {("2026",): _HELD}
    assert figures(years, "paid_out") == {("2026",): _HELD, ("2027",): 31_501_09}
    rows = pq.read_table(years.folder / "2026" / "held.parquet").to_pylist()
    assert {(row["period"], row["released_in"], row["is_carried"]) for row in rows} == {("2025", "2026", True)}
    assert pq.read_table(years.folder / "2027" / "held.parquet").num_rows == 0


def test_a_late_fact_moves_what_was_withheld_and_what_was_paid(years: Desk, tmp_path: Path) -> None:
    """A's gross of 2025 falls by 20,354.18, of which 8,141.67 were deferred: 12,212.51 less withheld, and less paid.

    The correction reaches 2026, which paid it, and doing it again posts nothing.
    """
    shutil.copytree(years.folder, tmp_path / "desk")
    desk = Desk(tmp_path / "desk")
    assert desk.correct("2028").is_unchanged
    desk.tell("2028-02-10", balances=[balance("A1", "dep", "2025-12-01", 26_280)])
    done = {each.period: each.totals for each in desk.correct("2028").periods}
    assert done["2025"]["settlement.held"] == "-12212.51"
    assert "settlement.paid_out" not in done["2025"]
    assert done["2026"]["settlement.released"] == done["2026"]["settlement.paid_out"] == "-12212.51"
    assert desk.correct("2028").is_unchanged
    assert verify_ledger(desk.ledger) == []
