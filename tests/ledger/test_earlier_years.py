"""Years that stand upon one another: what was deferred vests, is taken back and is reviewed in later fiscal years.

The worked example of ``docs/algorithms/pay.md`` is closed for 2025. In 2026 an incident of B and one of D are
confirmed, D leaves; in 2027 the first instalments vest and B has pay again.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import kejing
from kejing.measure.errors import RefusedInputError
from kejing.policy import Pack
from kejing.verbs.closing_checks import check_ledger, open_run
from kejing.verbs.earlier_years import earlier_years
from kejing.verbs.ledger_periods import periods_of
from kejing.verbs.ledgers import NoLedgerError
from kejing.warehouse.ledger import Ledger, verify_ledger
from tests.ledger.closed import Desk, net, posted
from tests.ledger.worked_bank import balance, worked_bank
from tests.stages.institution import day

_INCIDENTS = [
    {"incident_id": "W/1", "rm_id": "B", "cause": "misselling", "happened_on": day("2025-06-30")},
    {"incident_id": "W2", "rm_id": "D", "cause": "loan_quality", "happened_on": day("2025-09-30")},
]


def rows(out: Path, table: str, **where: object) -> list[dict[str, Any]]:
    """Rows of a result table."""
    found = pq.read_table(out / f"{table}.parquet").to_pylist()
    return [row for row in found if all(row[name] == value for name, value in where.items())]


def by_rm(out: Path, table: str, figure: str) -> dict[str, Decimal]:
    """Sum of a figure by RM, without zeros."""
    sums: dict[str, Decimal] = {}
    for row in rows(out, table):
        sums[row["rm_id"]] = sums.get(row["rm_id"], Decimal(0)) + row[figure]
    return {rm: amount for rm, amount in sums.items() if amount}


def person(rm_id: str, **terms: object) -> dict[str, object]:
    """A row of an RM of the worked bank."""
    bonus = {"B": 100_000_00, "D": 60_000_00}[rm_id]
    return {"rm_id": rm_id, "name": f"RM {rm_id}", "target_bonus": bonus, "base_pay": 0, **terms}


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """2025 to 2027, each run upon the ledger of the years before it and closed."""
    desk = Desk.of(worked_bank(("2025-12-01", "2026-12-01", "2027-12-01")), tmp_path_factory.mktemp("years"))
    desk.close(desk.run("2025-12-31", name="2025", grain="year"), "2025")
    confirmed = {"confirmed_on": day("2026-06-30")}
    desk.tell("2026-07-01", incidents=[{**row, **confirmed} for row in _INCIDENTS])
    desk.tell("2026-07-02", rms=[person("D", valid_to=day("2026-02-01"))])
    desk.run("2026-12-31", name="alone", grain="year")
    desk.close(desk.run("2026-12-31", name="2026", grain="year", ledger=desk.ledger), "2026")
    paid_again = person("B", valid_from=day("2027-01-01"), base_pay=20_000_00)
    desk.tell("2027-01-15", rms=[person("B", valid_to=day("2027-01-01")), paid_again])
    desk.close(desk.run("2027-12-31", name="2027", grain="year", ledger=desk.ledger), "2027")
    return desk


@pytest.fixture
def desk(years: Desk, tmp_path: Path) -> Desk:
    """A copy of one's own."""
    shutil.copytree(years.folder, tmp_path / "desk")
    return Desk(tmp_path / "desk")


def test_the_first_instalments_vest_two_years_later(years: Desk) -> None:
    """Of 94,503.27 deferred in 2025 the first third, 31,501.09, vests on 2027-01-01; a leaver's vests like anybody's.

    Numbers of the worked table; nothing vests in 2026, and the list of 2027 pays exactly what vests and B's base pay.
    """
    mine = rows(years.folder / "2027", "instalment", rm_id="A", period="2025")
    assert [str(row["amount"]) for row in mine] == ["31501.09"] * 3
    assert [row["state"] for row in mine] == ["vested", "unvested", "unvested"]
    assert all(row["is_carried"] for row in mine)
    assert by_rm(years.folder / "2026", "settlement", "vested") == {}
    vested = {"A": "31501.09", "C": "3840.00", "D": "1924.42"}
    assert by_rm(years.folder / "2027", "settlement", "vested") == {rm: Decimal(text) for rm, text in vested.items()}
    assert net(posted(years.ledger, "settlement", period="2027", figure="paid_out"), "rm_id") == {
        ("A",): 31_501_09,
        ("B",): 5_482_85,
        ("C",): 3_840_00,
        ("D",): 1_924_42,
    }


def test_an_incident_reaches_unvested_instalments_and_then_paid_pay(years: Desk) -> None:
    """Half of B's 145,171.43 of 2025 is 72,585.72: the instalments of 58,068.57 go, 14,517.15 of paid pay is owed.

    D has left: 30 % of the unvested 57,732.63 goes from the first instalment all the same.
    """
    taken = rows(years.folder / "2026", "malus", rm_id="B")
    assert [(row["number"], row["kind"], str(row["amount"])) for row in sorted(taken, key=lambda r: r["number"])] == [
        (0, "recover", "14517.15"),
        (1, "malus", "19356.19"),
        (2, "malus", "19356.19"),
        (3, "malus", "19356.19"),
    ]
    left = rows(years.folder / "2026", "malus", rm_id="D")
    assert [(row["number"], row["kind"], str(row["amount"])) for row in left] == [(1, "malus", "17319.79")]
    assert by_rm(years.folder / "2026", "settlement", "receivable") == {"B": Decimal("14517.15")}
    assert rows(years.folder / "2027", "malus") == []


def test_what_is_owed_at_the_years_end_is_set_against_later_pay(years: Desk) -> None:
    """B owes 14,517.15 from 2026: of the 20,000.00 of 2027 the rest of 5,482.85 is paid out and nothing is owed."""
    (row,) = rows(years.folder / "2027", "settlement", rm_id="B")
    assert (str(row["payable"]), str(row["paid_out"]), str(row["receivable"])) == ("20000.00", "5482.85", "0.00")


def test_grades_are_reviewed_over_the_years_end(years: Desk) -> None:
    """C fell short in 2025 and in 2026: with the ledger the second year in a row is a demotion, alone it is a watch."""
    (alone,) = rows(years.folder / "alone", "grade_review", rm_id="C")
    (upon,) = rows(years.folder / "2026", "grade_review", rm_id="C")
    assert (alone["verdict"], upon["verdict"]) == ("watch", "demote")
    assert set(json.loads(upon["evidence"])["parts"][0]["values"]) == {"2025", "2026"}


def test_the_scores_of_earlier_years_are_those_that_were_closed(years: Desk) -> None:
    """To the last digit, a figure of zero as zero and a missing one as missing."""
    pack = Pack.load(years.folder / "2027" / "policy")
    past = earlier_years(Ledger.open(years.ledger), pack, dt.date(2028, 3, 31)).relations["score_history"]
    got = {(row["period"], row["rm_id"], row["measure"]): row for row in past.to_pylist()}
    digits = {"actual": 2, "target": 2, "completion": 6, "points": 6, "rank": 0}
    closed = [row for year in ("2025", "2026", "2027") for row in rows(years.folder / year, "score")]
    assert any(row["points"] == 0 for row in closed)
    assert len(got) == len(closed)
    for row in closed:
        stored = {name: None if row[name] is None else int(Decimal(row[name]).scaleb(n)) for name, n in digits.items()}
        seen = got[row["period"], row["rm_id"], row["measure"]]
        assert {name: seen[name] for name in digits} == stored


def test_what_vested_was_paid_and_what_was_taken_is_gone(years: Desk) -> None:
    """On the first day of 2028 every instalment is paid, cancelled, or still to vest; carried ones are posted once."""
    pack = Pack.load(years.folder / "2027" / "policy")
    past = earlier_years(Ledger.open(years.ledger), pack, dt.date(2028, 1, 1)).relations
    for row in past["ledger_instalment"].to_pylist():
        settled = row["amount"] if row["vests_on"] < dt.date(2028, 1, 1) else row["cancelled"]
        assert row["paid"] + row["cancelled"] == settled, row
    left = {(row["rm_id"], row["period"]): row["amount"] for row in past["ledger_paid"].to_pylist()}
    assert left["B", "2025"] == 87_102_86 - 14_517_15
    assert left["A", "2025"] == 236_258_18 - 94_503_27
    assert past["ledger_balance"].num_rows == 0
    assert posted(years.ledger, "instalment", period="2026") == posted(years.ledger, "instalment", period="2027") == []


def test_running_closed_years_again_posts_nothing(desk: Desk) -> None:
    """All three years run again on the facts as known now: not a line differs, and the ledger is whole."""
    before = Ledger.open(desk.ledger).head
    assert desk.correct("2028").is_unchanged
    assert Ledger.open(desk.ledger).head == before
    assert verify_ledger(desk.ledger) == []


def test_a_late_fact_of_the_first_year_reaches_the_year_in_which_it_vests(desk: Desk) -> None:
    """A's 15.0 million turn out to be 12.8: 2025 defers 8,141.67 less, and 2027 was paid 2,713.89 too much.

    2025: -20,354.18 gross, of which -12,212.51 paid then. 2026 has nothing of it. Doing it again posts nothing.
    """
    desk.tell("2028-02-10", balances=[balance("A1", "dep", "2025-12-01", 26_280)])
    done = {each.period: each.totals for each in desk.correct("2028").periods}
    assert done["2025"]["settlement.gross"] == "-20354.18"
    assert done["2025"]["settlement.paid_out"] == "-12212.51"
    assert done["2025"]["instalment.amount"] == "-8141.67"
    assert net(posted(desk.ledger, "settlement", posted_in="2028", period="2026")) == {}
    assert done["2027"]["settlement.vested"] == done["2027"]["settlement.paid_out"] == "-2713.89"
    assert desk.correct("2028").is_unchanged


def test_the_head_of_the_ledger_is_part_of_a_runs_identity(desk: Desk) -> None:
    """Another head, another run; without a ledger nothing of it is said and the id stays as the ledger grows."""
    ledger = Ledger.open(desk.ledger)
    said = {
        name: json.loads((desk.folder / name / "manifest.json").read_text(encoding="utf-8"))
        for name in ("alone", "2026", "2027")
    }
    assert [said[name]["ledger"]["sha256"] for name in ("2026", "2027")] == [e.sha256 for e in ledger.entries[:2]]
    assert "ledger" not in said["alone"]
    again = kejing.run(
        desk.facts,
        policy="bank_corporate",
        as_of="2027-12-31",
        out=desk.folder / "again",
        grain="year",
        ledger=desk.ledger,
        stages=said["2027"]["stages"],
    )
    same = {name: again.manifest[name] for name in ("facts", "policy", "as_of", "stages")}
    assert same == {name: said["2027"][name] for name in same}
    assert again.manifest["tables"] == said["2027"]["tables"]
    assert again.run_id != said["2027"]["run_id"]


def test_a_run_must_stand_upon_the_ledger_it_is_closed_into(desk: Desk) -> None:
    """A run upon an older head is refused; one without the ledger is told what it leaves out; no ledger, no run."""
    kejing.reopen(desk.ledger, period="2027", request_by="Li Na", reason="look again")
    kejing.reopen(desk.ledger, period="2027", approve_by="Wang Fang")
    with pytest.raises(RefusedInputError) as refusal:
        desk.close(desk.folder / "2027", "2027")
    assert [finding.code for finding in refusal.value.findings if finding.severity == "error"] == ["ledger.run_behind"]
    ledger, alone = Ledger.open(desk.ledger), open_run(desk.folder / "alone", "2026")
    assert [finding.code for finding in check_ledger(alone, ledger, periods_of(ledger))] == ["ledger.not_used"]
    with pytest.raises(NoLedgerError):
        desk.run("2028-12-31", grain="year", ledger=desk.folder / "elsewhere")
