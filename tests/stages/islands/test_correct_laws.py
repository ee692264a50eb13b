"""A correction upon the run that was closed posts what a correction over everything posts."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import kejing
from kejing.verbs.differences import Correction
from tests.ledger.closed import Desk
from tests.stages.institution import plain_bank

MORE = [{"customer_id": f"d{number}", "industry": "trade", "unit_id": "B2"} for number in range(6)]
"""Customers of nobody, so that those of one RM are few."""


def corrected(desk: Desk, name: str, *, since: Path | None) -> tuple[Correction, dict[str, str]]:
    """Correct the first quarter of a copy of ``desk``: what was found, and every file of the ledger by its hash."""
    ledger = desk.folder / name
    shutil.copytree(desk.ledger, ledger)
    done = kejing.correct(
        desk.facts, into=ledger, period="2025-Q1", posted_in="2025-Q2", by="Li Na", reason="late", since=since
    )
    files = {
        str(file.relative_to(ledger)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(ledger.rglob("*"))
        if file.is_file()
    }
    return done, files


def test_correct_with_islands_equals_correct_without(tmp_path: Path) -> None:
    """A customer moved back in time and a late line: the same postings, reasons and entries, byte for byte."""
    bank = plain_bank()
    desk = Desk.of({**bank, "customers": [*bank["customers"], *MORE]}, tmp_path)
    out = desk.run("2025-03-31")
    desk.close(out, "2025-Q1")
    line = {"line_id": "L9", "customer_id": "c1", "product": "fee", "amount": 4_000_00, "booked_on": "2025-02-10"}
    desk.tell(
        "2025-04-20",
        income=[line],
        coverage=[
            {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-02-01"},
            {"customer_id": "c1", "rm_id": "B", "valid_from": "2025-02-01"},
        ],
    )
    whole, over_everything = corrected(desk, "whole", since=None)
    upon, with_islands = corrected(desk, "upon", since=out)
    assert whole.periods[0].differences
    assert upon.as_json() == whole.as_json()
    assert with_islands == over_everything
    assert upon.findings == whole.findings
