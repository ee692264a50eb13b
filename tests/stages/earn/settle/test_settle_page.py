"""The tables of the page on the settlement say what the stage computes."""

from __future__ import annotations

from typing import Any

from kejing.measure.money import from_minor, to_minor
from kejing.measure.share import largest_remainder
from tests.architecture.tracked import REPOSITORY
from tests.stages.earn.settle.scene import confirmed, line, pack, settled, table


def page_rows(page: str, heading: str) -> list[dict[str, str]]:
    """Rows of the first table under ``heading``."""
    text = (REPOSITORY / "docs" / "algorithms" / page).read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [[cell.strip() for cell in row[1:-1].split("|")] for row in section.splitlines() if row[:1] == "|"]
    assert len(lines) > 2
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]


def test_instalments_of_the_page() -> None:
    """Each deferred amount vests in the parts that the page shows."""
    for row in page_rows("settle.md", "Instalments"):
        parts = largest_remainder(to_minor(row["deferred"], "CNY"), {1: 1, 2: 1, 3: 1})
        assert [str(from_minor(part, "CNY")) for part in parts.values()] == [row["first"], row["second"], row["third"]]


def test_two_incidents_of_the_page() -> None:
    """What the stage takes for W1 and W2 is what the page says."""
    ledger = [
        {"rm_id": "A", "period": "2024-Q4", "number": number, "vests_on": f"{2026 + number}-01-01", "amount": amount}
        for number, amount in ((1, 60), (2, 40))
    ]
    incidents = [
        confirmed("W1", "A", "loan_quality", "2024-12-10", "2025-05-20"),
        confirmed("W2", "A", "grave_damage", "2024-12-10", "2025-06-20"),
    ]
    with settled([line("2025-Q1", "B", 100)], ledger=ledger, incidents=incidents) as context:
        took = {(row["incident_id"], row["number"]): row["amount"] for row in table(context, "malus")}
    left = 100
    for row in page_rows("settle.md", "Two incidents"):
        one = [took.get((row["incident"], number), 0) for number in (1, 2)]
        left -= sum(one)
        assert [str(value) for value in (*one, left)] == [
            row["takes of the first"],
            row["takes of the second"],
            row["left"],
        ]


def test_balances_of_the_page() -> None:
    """Paid out and owed under both ways of a negative balance."""
    rows = page_rows("settle.md", "A balance below zero")
    pay = [line(f"2025-Q{row['quarter']}", "A", int(row["payable"])) for row in rows]
    for way, policy in (("carry", pack()), ("claim", pack("claim"))):
        with settled(pay, policy=policy) as context:
            got: dict[str, dict[str, Any]] = {row["period"]: row for row in table(context, "settlement")}
        for row in rows:
            found = got[f"2025-Q{row['quarter']}"]
            shown = (row[f"{way}: paid out"], row[f"{way}: owed"])
            assert (str(found["paid_out"]), str(found["receivable"])) == shown
