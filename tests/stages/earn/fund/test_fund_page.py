"""The page on funds says what the stage does."""

from __future__ import annotations

from pathlib import Path

from kejing.measure.money import from_minor, to_minor
from tests.stages.earn.fund.fund_scene import claim, grant, states

PAGE = Path(__file__).resolve().parents[4] / "docs" / "algorithms" / "fund.md"


def test_the_worked_table_is_what_the_stage_decides() -> None:
    """State and balance of every claim of the page."""
    section = PAGE.read_text(encoding="utf-8").split("## Worked table", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    claims = [claim(name, to_minor(amount, "CNY"), day or None) for name, day, amount, _, _ in rows]
    found = states([grant(100_000_00)], claims)
    assert [[name, state, str(from_minor(balance, "CNY"))] for name, (state, _, balance) in found.items()] == [
        [name, state, balance] for name, _, _, state, balance in rows
    ]
