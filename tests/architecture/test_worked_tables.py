"""The worked tables of the algorithm pages say what the code computes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kejing.measure.money import from_minor, to_minor
from kejing.measure.rounding import Rounding, round_fraction
from kejing.measure.share import largest_remainder
from tests.architecture.tracked import REPOSITORY


def _worked_rows(page: str) -> list[list[str]]:
    """Cells of the table under the heading *Worked table*, without its head."""
    text = (REPOSITORY / "docs" / "algorithms" / page).read_text(encoding="utf-8")
    section = text.split("## Worked table", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) > 1
    return rows


def _pairs(text: str) -> dict[str, str]:
    return dict(item.rsplit(" ", 1) for item in text.split(", "))


@pytest.mark.parametrize("row", _worked_rows("rounding.md")[1:], ids=lambda row: row[0])
def test_rounding_page(row: list[str]) -> None:
    """Each column of the table is the rounding in its head."""
    names = _worked_rows("rounding.md")[0][1:]
    rounded = [round_fraction(Fraction(row[0]), 2, Rounding(name)) for name in names]
    assert [str(from_minor(cents, "CNY")) for cents in rounded] == row[1:]


@pytest.mark.parametrize("row", _worked_rows("largest-remainder.md")[1:], ids=lambda row: row[0])
def test_largest_remainder_page(row: list[str]) -> None:
    """Each split of the table is the one that the code makes, to the cent."""
    weights = {name: Fraction(weight) for name, weight in _pairs(row[2]).items()}
    parts = largest_remainder(to_minor(row[1], "CNY"), weights)
    assert {name: str(from_minor(part, "CNY")) for name, part in parts.items()} == _pairs(row[3])
