"""What a dispute came to in money: read from the postings that corrected the period after it was filed."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import kejing
from tests.ledger.closed import Desk, posted
from tests.stages.institution import day, plain_bank

_DECIDED = {"decided_on": day("2025-04-18")}


def dispute(dispute_id: str, **more: object) -> Mapping[str, object]:
    """A dispute about the first quarter, filed after its close."""
    plain = {"rm_id": "B", "period": "2025-Q1", "claim": "amount", "owner": "administrator"}
    return {"dispute_id": dispute_id, **plain, "filed_on": day("2025-04-10"), "due_on": day("2025-05-10"), **more}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The first quarter closed; B's line L2 and deposits turn out to be more, A's line L1 less.

    B disputed the line and the whole quarter, was granted both, and lost a third dispute about the same line.
    """
    made = Desk.of(plain_bank(), tmp_path_factory.mktemp("dispute"))
    made.close(made.run("2025-03-31"), "2025-Q1")
    made.tell(
        "2025-04-18",
        disputes=[
            dispute("line", line_id="L2", outcome="granted", **_DECIDED),
            dispute("quarter", outcome="partly", **_DECIDED),
            dispute("lost", line_id="L2", outcome="rejected", **_DECIDED),
            dispute("open", rm_id="A"),
        ],
    )
    lines = {row["line_id"]: row for row in plain_bank()["income"]}
    deposits = {"customer_id": "c2", "product": "dep", "month": day("2025-03-01"), "average_balance": 6_000_000_00}
    less = {**lines["L1"], "amount": 11_000_00}
    made.tell("2025-04-20", income=[{**lines["L2"], "amount": 12_000_00}, less], balances=[deposits])
    made.correct("2025-Q2", reason="disputes")
    made.run("2025-06-30", name="upon", ledger=made.ledger)
    made.run("2025-06-30", name="alone")
    return made


def rows(out: Path, table: str) -> dict[str, dict[str, Any]]:
    """Rows of a table by their first column."""
    found = pq.read_table(out / f"{table}.parquet").to_pylist()
    return {next(iter(row.values())): row for row in found}


def test_what_was_booked_is_the_sum_of_the_linked_postings(desk: Desk) -> None:
    """The line's own postings belong to the dispute of the line, B's others to that of the quarter, A's to none.

    The amount before corrections is today's less what was booked; without a ledger nothing is known to be booked.
    """
    corrected = list(posted(desk.ledger, entry=2, period="2025-Q1"))
    of_line = sum(row["amount"] for row in corrected if row["line_id"] == "L2")
    of_rm = sum(row["amount"] for row in corrected if row["rm_id"] == "B" and row["line_id"] != "L2")
    assert of_line > 0
    assert of_rm != 0
    found = rows(desk.folder / "upon", "dispute")
    booked = {name: None if row["booked"] is None else int(row["booked"].scaleb(2)) for name, row in found.items()}
    assert booked == {"line": of_line, "quarter": of_rm, "lost": 0, "open": None}
    assert {name: row["state"] for name, row in found.items()}["quarter"] == "partly"
    for name in ("line", "quarter"):
        assert found[name]["expected"] == found[name]["amount"] - found[name]["booked"]
    assert found["open"]["expected"] == found["open"]["amount"]
    linked = pq.read_table(desk.folder / "upon" / "dispute_posting.parquet").to_pylist()
    assert {row["rm_id"] for row in linked} == {"B"}
    assert {row["posted_in"] for row in linked} == {"2025-Q2"}
    ids = [row["posting_id"] for row in linked]
    assert len(ids) == len(set(ids)) == sum(row["rm_id"] == "B" for row in corrected)
    alone = rows(desk.folder / "alone", "dispute")
    assert {row["booked"] for row in alone.values()} == {None}


def test_a_dispute_explains_what_was_booked_for_it(desk: Desk) -> None:
    """Before corrections = today less the postings, each with its id; a lost dispute has its pay lines alone."""
    tree = kejing.explain(desk.folder / "upon", "dispute", dispute_id="line")[0]
    assert tree.name == "expected"
    assert tree.value == sum(Fraction(str(one.value)) for one in tree.children)
    postings = [one for one in tree.walk() if one.name == "posting"]
    assert all(one.rule.startswith("000002:pay:") for one in postings)
    assert sum(Fraction(str(one.value)) for one in postings) == tree.children[1].value
    assert kejing.explain(desk.folder / "upon", "dispute", dispute_id="lost")[0].name == "amount"


def test_the_statement_shows_before_and_after(desk: Desk) -> None:
    """The statement of the disputed quarter shows the dispute with its amount before and what was booked."""
    kejing.statement(desk.folder / "upon", period="2025-Q1", into=desk.folder / "papers", rm=["B"], ledger=desk.ledger)
    [page] = [path for path in (desk.folder / "papers").rglob("*.html") if "B" in path.name]
    text = page.read_text(encoding="utf-8")
    assert "更正前金额" in text
    assert "更正入账" in text
    row = rows(desk.folder / "upon", "dispute")["line"]
    assert f"{row['booked']:,}" in text
    assert f"{row['expected']:,}" in text
