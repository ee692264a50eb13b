"""The year's end: quarters are provisional, the year's own run settles them."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejing.measure.errors import RefusedInputError
from kejing.policy import Pack
from kejing.verbs.closing_checks import NoSuchPeriodError
from kejing.verbs.earlier_years import earlier_years
from kejing.warehouse.ledger import Ledger
from tests.ledger.closed import KEY, Desk, net, posted, run_pay
from tests.ledger.worked_bank import QUARTER_ENDS, balance, worked_bank

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The worked bank with growth in every quarter, three quarters closed; runs by the quarter and by the year."""
    desk = Desk.of(worked_bank(QUARTER_ENDS), tmp_path_factory.mktemp("year"))
    out = desk.run("2025-12-31")
    desk.run("2025-12-31", name="year", grain="year")
    for period in QUARTERS[:3]:
        desk.close(out, period)
    return desk


@pytest.fixture
def desk(quarters: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(quarters.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_the_year_needs_all_its_quarters(desk: Desk) -> None:
    """A year with an open quarter cannot be settled; a run by the quarter has no year."""
    with pytest.raises(RefusedInputError) as refusal:
        desk.close(desk.folder / "year", "2025")
    assert [(f.code, f.facts["part"]) for f in refusal.value.findings] == [("ledger.part_open", "2025-Q4")]
    with pytest.raises(NoSuchPeriodError):
        desk.close(desk.folder / "out-2025-12-31", "2025")


def test_the_year_posts_what_the_quarters_left(desk: Desk) -> None:
    """Annual minus the sum of the quarters, per RM, component and line; together they are the annual run to the cent.

    A's increment pay of the year is the handbook's 140,258.18. The statement of a quarter is provisional, the year's
    is not.
    """
    fourth = desk.close(desk.folder / "out-2025-12-31", "2025-Q4")
    paid = net(posted(desk.ledger), *KEY)
    year = desk.close(desk.folder / "year", "2025")
    annual = run_pay(desk.folder / "year", "2025")
    trued = posted(desk.ledger, period="2025")
    assert {row["kind"] for row in trued} == {"true_up"}
    assert net(trued, *KEY) == {
        key: annual.get(key, 0) - paid.get(key, 0) for key in {*annual, *paid} if annual.get(key, 0) != paid.get(key, 0)
    }
    assert net(posted(desk.ledger), *KEY) == annual
    assert net(posted(desk.ledger, component="increment_pay", rm_id="A"), "rm_id") == {("A",): 140_258_18}
    assert fourth.entry.content["statement"]["is_provisional"]
    assert not year.entry.content["statement"]["is_provisional"]
    assert year.entry.content["covers"] == list(QUARTERS)


def test_the_next_year_finds_the_quarters_under_the_year_that_settled_them(desk: Desk) -> None:
    """Until the settlement each quarter has instalments of its own; after it they are the annual run's, to the cent.

    Scores stay to be seen by the quarter, and by the year too.
    """
    desk.close(desk.folder / "out-2025-12-31", "2025-Q4")
    pack = Pack.load(desk.folder / "year" / "policy")

    def past() -> dict[str, pa.Table]:
        return earlier_years(Ledger.open(desk.ledger), pack, dt.date(2026, 3, 31)).relations

    assert set(past()["ledger_instalment"]["period"].to_pylist()) == set(QUARTERS)
    desk.close(desk.folder / "year", "2025")
    carried = [
        (row["period"], row["rm_id"], row["number"], row["amount"]) for row in _rows(past()["ledger_instalment"])
    ]
    annual = pq.read_table(desk.folder / "year" / "instalment.parquet")
    assert carried == [
        (row["period"], row["rm_id"], row["number"], int(row["amount"].scaleb(2))) for row in _rows(annual)
    ]
    paid = {(row["rm_id"], row["period"]): row["amount"] for row in past()["ledger_paid"].to_pylist()}
    assert paid["A", "2025"] == 236_258_18 - 94_503_27
    assert set(past()["score_history"]["period"].to_pylist()) == {*QUARTERS, "2025"}


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: (row["rm_id"], row["number"]))


def test_a_settled_quarter_is_corrected_through_the_year(desk: Desk) -> None:
    """After the settlement a late fact is posted once, for the year; the quarter says that the year has settled it."""
    desk.close(desk.folder / "out-2025-12-31", "2025-Q4")
    desk.close(desk.folder / "year", "2025")
    late = [balance("A1", "dep", month, 25_000 + 1_280) for month in QUARTER_ENDS]
    desk.tell("2026-02-10", balances=late)
    done = {each.period: each for each in desk.correct("2026-Q1").periods}
    assert {name: each.settled_by for name, each in done.items()} == dict.fromkeys(QUARTERS, "2025") | {"2025": ""}
    assert done["2025"].totals["pay.amount"] == "-20354.18"
    assert net(posted(desk.ledger, component="increment_pay", rm_id="A"), "rm_id") == {("A",): 119_904_00}
    assert desk.correct("2026-Q1").is_unchanged


def test_periods_of_another_length_cannot_be_mixed_in(desk: Desk) -> None:
    """A month inside a closed quarter would count twice and is refused."""
    months = desk.run("2025-12-31", name="months", grain="month")
    with pytest.raises(RefusedInputError) as refusal:
        desk.close(months, "2025-01")
    assert {finding.code for finding in refusal.value.findings} == {"ledger.period_overlaps"}
