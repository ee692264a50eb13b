"""The stage on a small bank: leaver, joiner, vacant book, absences, people who follow; and what credit makes of it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kejing.facts import import_facts
from kejing.measure.period import LAST_DAY
from kejing.stages.context import StageContext
from kejing.stages.decide import segment, staff
from kejing.stages.deploy import assign, handover
from kejing.stages.deploy.handover.laws import LAWS
from kejing.stages.earn import credit
from kejing.stages.earn.credit.laws import LAWS as CREDIT_LAWS
from kejing.stages.output import output_table
from kejing.warehouse.engine import DuckEngine
from tests.stages.institution import (
    DEFAULTS,
    annual_sales,
    broken,
    corporate_pack,
    day,
    open_context,
    plain_bank,
    ran,
    rows_of,
)

AS_OF = "2025-06-30"
LEAVES = dt.date(2025, 9, 1)

type Facts = dict[str, Any]


def small_bank(**tables: Any) -> Facts:
    """HQ with B1 and B2. A leads c1 and the family f1, f2 and leaves on 1 September; B stays; J joins on 1 August.

    G left in March: c4 has nobody since. c3 never had anybody. B leads c2.
    """
    customers = ["c1", "c2", "c3", "c4", "f1", "f2"]
    rm = {"target_bonus": 120_000_00, "base_pay": 60_000_00}
    facts = plain_bank(
        rms=[
            {"rm_id": "A", "unit_id": "B1", "valid_to": LEAVES.isoformat(), **rm},
            {"rm_id": "B", "unit_id": "B1", **rm},
            {"rm_id": "J", "unit_id": "B1", "valid_from": "2025-08-01", **rm},
            {"rm_id": "G", "unit_id": "B1", "valid_to": "2025-03-01", **rm},
        ],
        customers=[
            {
                "customer_id": name,
                "industry": "mining",
                "unit_id": "B1",
                "account_home_id": "B2",
                "group_id": "F" if name.startswith("f") else None,
                "opened_on": "2024-01-01",
            }
            for name in customers
        ],
        measures=[annual_sales(name, 20_000_000_00) for name in customers],
        coverage=[
            {"customer_id": "c1", "rm_id": "A", "share": 7000},
            {"customer_id": "c1", "rm_id": "B", "role": "treasury", "share": 3000},
            {"customer_id": "f1", "rm_id": "A"},
            {"customer_id": "f2", "rm_id": "A"},
            {"customer_id": "c2", "rm_id": "B"},
            {"customer_id": "c4", "rm_id": "G"},
        ],
    )
    return {**facts, **tables}


@contextmanager
def planned(facts: Mapping[str, Any], folder: Path) -> Iterator[StageContext]:
    """A context in which books and handovers stand, every law held."""
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, corporate_pack(), facts, as_of=AS_OF, folder=folder)
        for stage in (segment, staff, assign, handover):
            stage.run(context)
        assert broken(context, LAWS) == []
        yield context


def moves(context: StageContext) -> dict[str, dict[str, Any]]:
    """Rows of ``handover`` by customer."""
    return {row["customer_id"]: row for row in rows_of(context.engine, "SELECT * FROM handover ORDER BY customer_id")}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StageContext]:
    """The small bank, planned once."""
    with planned(small_bank(), tmp_path_factory.mktemp("plan")) as context:
        yield context


def test_a_leavers_customers_have_somebody_on_the_day_he_goes(plan: StageContext) -> None:
    """E5-19: each of A's customers is led by a colleague who stays from 1 September at the latest; gap days are 0."""
    found = moves(plan)
    for name in ("c1", "f1", "f2"):
        assert found[name]["reason"] == "leaver"
        assert found[name]["to_rm_id"] in {"B", "J"}
        assert found[name]["starts_on"] < found[name]["effective_on"] <= LEAVES == found[name]["last_day"]


def test_a_family_changes_hands_together(plan: StageContext) -> None:
    """f1 and f2 have one group: one wave, one receiver, one day."""
    found = moves(plan)
    keys = ("wave", "to_rm_id", "effective_on", "decision_id")
    assert [found["f1"][key] for key in keys] == [found["f2"][key] for key in keys]


def test_books_without_an_rm_are_listed_with_their_days(plan: StageContext) -> None:
    """c4 lost its RM on 1 March, 121 days ago; c3 has waited since it opened; both say who comes and when."""
    rows = {row["customer_id"]: row for row in rows_of(plan.engine, "SELECT * FROM vacant_book")}
    assert set(rows) == {"c3", "c4"}
    assert (rows["c4"]["last_rm_id"], rows["c4"]["days"], rows["c4"]["is_long"]) == ("G", 121, True)
    assert (rows["c3"]["vacant_since"], rows["c3"]["days"]) == (dt.date(2024, 1, 1), 546)
    assert all(row["effective_on"] == moves(plan)[name]["effective_on"] for name, row in rows.items())


def test_account_homes_stay(plan: StageContext) -> None:
    """E5-27: whoever leads, the account home is B2 before and after."""
    assert {row["account_home_id"] for row in moves(plan).values()} == {"B2"}


def test_the_file_says_what_the_table_says(plan: StageContext) -> None:
    """``handover/coverage.csv`` has the rows of ``handover_coverage``: shares as percent, no end as an empty cell."""
    with (plan.folder / "handover" / "coverage.csv").open(encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    table = output_table(plan.engine, "handover_coverage", "CNY").to_pylist()
    assert len(written) == len(table)
    for row, told in zip(sorted(written, key=_key), sorted(table, key=_key), strict=True):
        assert row["valid_to"] == ("" if told["valid_to"] == LAST_DAY else told["valid_to"].isoformat())
        assert row["share"] == ("" if told["share"] is None else f"{told['share'] / 100:.2f}%")


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    first = str(row["valid_from"] or "0001-01-01")
    return (row["customer_id"], row["rm_id"], row["role"], first)


def test_an_import_takes_the_file(plan: StageContext, tmp_path: Path) -> None:
    """Journey: the institution's files, then the plan's coverage a day later; nothing is refused, rows are ended."""
    files = tmp_path / "files"
    files.mkdir()
    for name in ("units", "rms", "customers", "coverage"):
        _write(files / f"{name}.csv", small_bank()[name])
    import_facts([files], mapping=None, into=tmp_path / "facts", known_at=day("2025-06-30"))
    report = import_facts([plan.folder / "handover"], mapping=None, into=tmp_path / "facts", known_at=day("2025-07-01"))
    counts = report.tables["coverage"]
    assert counts.rejected == 0
    assert counts.changed == 4
    assert counts.new == len(rows_of(plan.engine, "SELECT * FROM handover_coverage")) - 4


def _write(path: Path, rows: list[Mapping[str, Any]]) -> None:
    """Facts as a file of an institution: whole columns, defaults filled in, shares as percent."""
    keep = {"fte": "1", "unit_id": "HQ"}
    names = ("name", "level", "line", "grade", "fte", "unit_id", "kind", "role")
    columns = {
        "units": ("unit_id", "name", "level", "parent_id"),
        "rms": ("rm_id", "name", "line", "grade", "unit_id", "fte", "valid_from", "valid_to"),
        "customers": ("customer_id", "name", "kind", "group_id", "unit_id", "account_home_id", "opened_on"),
        "coverage": ("customer_id", "rm_id", "role", "share", "valid_from", "valid_to"),
    }[path.stem]
    defaults = {name: DEFAULTS[name] for name in names} | keep
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns)
        out.writeheader()
        for row in rows:
            share = row.get("share")
            shown = {**row, "share": None if share is None else f"{int(str(share)) // 100}%"}
            out.writerow({name: shown.get(name, defaults.get(name, "")) for name in columns})


def test_income_before_and_after_is_the_ledgers(plan: StageContext) -> None:
    """Every line of c1 in the third quarter is credited in whole: to A, then to A and his successor, then to him."""
    lines = [
        {"line_id": f"L{month}", "customer_id": "c1", "product": "fee", "amount": 10_000_00, "booked_on": when}
        for month, when in ((7, "2025-07-10"), (8, "2025-08-10"), (9, "2025-09-10"))
    ]
    facts = small_bank(income=lines, balances=[])
    move = moves(plan)["c1"]
    merged = {_key(row): row for row in ({**DEFAULTS, **row} for row in facts["coverage"])}
    merged |= {_key(row): row for row in rows_of(plan.engine, "SELECT * FROM handover_coverage")}
    after = {**facts, "coverage": list(merged.values())}
    with ran(corporate_pack(), after, as_of="2025-09-30", stages=(segment, credit)) as context:
        assert broken(context, CREDIT_LAWS) == []
        rows = rows_of(
            context.engine,
            "SELECT line_id, rm_id, SUM(amount) AS amount FROM credit WHERE view = 'ledger' GROUP BY line_id, rm_id",
        )
    parts: dict[str, dict[str, int]] = {}
    for row in rows:
        parts.setdefault(row["line_id"], {})[row["rm_id"]] = row["amount"]
    assert all(sum(by_rm.values()) == 10_000_00 for by_rm in parts.values())
    new = move["to_rm_id"]
    assert move["starts_on"] <= day("2025-08-10") < move["effective_on"]
    assert parts["L7"]["A"] == 7_000_00
    assert (parts["L8"]["A"], parts["L9"].get("A")) == (3_500_00, None)
    assert parts["L9"][new] == (10_000_00 if new == "B" else 7_000_00)


def test_a_joiner_takes_part_with_what_he_is_worth(tmp_path: Path) -> None:
    """B's book is fuller than J's, a full RM's is not J's: of six equal families of a leaver J gets fewer than B.

    On the leaver's day J is in his second month, worth 30 % by table `rm_ramp`.
    """
    names = [f"k{number}" for number in range(6)]
    facts = small_bank(
        customers=[{"customer_id": name, "unit_id": "B1", "opened_on": "2024-01-01"} for name in names],
        measures=[annual_sales(name, 20_000_000_00) for name in names],
        coverage=[{"customer_id": name, "rm_id": "A"} for name in names],
        pins=[{"customer_id": name, "rm_id": "A", "rule": "pin", "reason": "test"} for name in names],
    )
    with planned(facts, tmp_path) as context:
        received = [row["to_rm_id"] for row in moves(context).values()]
    assert (received.count("B"), received.count("J")) == (5, 1)


ABSENCES = [
    ("A", "J", "2025-08-01", "2025-08-15", "covered"),
    ("B", None, "2025-07-01", "2025-07-20", "nobody"),
    ("A", "G", "2025-10-01", "2025-10-09", "cover_left"),
    ("B", "A", "2025-07-25", "2025-08-05", "cover_away"),
    ("B", "A", "2025-08-20", "2025-08-25", "covered"),
    ("B", "A", "2025-11-01", "9999-12-31", "no_end"),
]


def test_every_absence_says_who_covers_and_that_it_ends(tmp_path: Path) -> None:
    """A cover must be there throughout: named, in post, not away himself; and the absence must end."""
    absences = [
        {"rm_id": rm, "cover_rm_id": cover, "reason": "leave", "valid_from": start, "valid_to": end}
        for rm, cover, start, end, _ in ABSENCES
    ]
    with planned(small_bank(rm_absences=absences), tmp_path) as context:
        rows = rows_of(context.engine, "SELECT rm_id, valid_from, status FROM leave_cover")
        codes = {finding.code for finding in context.findings}
    told = {(row["rm_id"], row["valid_from"].isoformat()): row["status"] for row in rows}
    assert told == {(rm, start): status for rm, _, start, _, status in ABSENCES}
    assert {"handover.leave_without_cover", "handover.leave_without_end"} <= codes


def test_people_follow_their_customers_on_the_same_day(tmp_path: Path) -> None:
    """E5-18, 19: c1 and c2 go to B2 on 1 August. B goes that day, 0 days apart; A stays, which is said."""
    change = "2025-08-01"
    kept = [row for row in small_bank()["customers"] if row["customer_id"] not in {"c1", "c2"}]
    moved = [
        {"customer_id": name, "unit_id": unit, "account_home_id": "B2", **span}
        for name in ("c1", "c2")
        for unit, span in (("B1", {"valid_to": change}), ("B2", {"valid_from": change}))
    ]
    others = [row for row in small_bank()["rms"] if row["rm_id"] != "B"]
    follows = [
        {"rm_id": "B", "unit_id": "B1", "valid_to": change},
        {"rm_id": "B", "unit_id": "B2", "valid_from": change},
    ]
    with planned(small_bank(customers=[*kept, *moved], rms=[*others, *follows]), tmp_path) as context:
        rows = rows_of(context.engine, "SELECT rm_id, customers, gap_days, status FROM unit_move ORDER BY rm_id")
        codes = {finding.code for finding in context.findings}
    assert rows == [
        {"rm_id": "A", "customers": 1, "gap_days": None, "status": "stays"},
        {"rm_id": "B", "customers": 1, "gap_days": 0, "status": "follows"},
    ]
    assert "handover.not_followed" in codes


def test_what_is_arranged_already_is_left_alone(tmp_path: Path) -> None:
    """Imported once, the plan is not planned again: A's customers have their next lead in coverage."""
    with planned(small_bank(), tmp_path) as context:
        merged = {_key({**DEFAULTS, **row}): {**DEFAULTS, **row} for row in small_bank()["coverage"]}
        merged |= {_key(row): row for row in rows_of(context.engine, "SELECT * FROM handover_coverage")}
    with planned(small_bank(coverage=list(merged.values())), tmp_path) as context:
        assert moves(context) == {}


def test_nobody_today_means_no_handover(tmp_path: Path) -> None:
    """Without coverage nothing changes hands, and the run says so."""
    with planned(small_bank(coverage=[]), tmp_path) as context:
        assert moves(context) == {}
        assert "handover.no_books" in {finding.code for finding in context.findings}
