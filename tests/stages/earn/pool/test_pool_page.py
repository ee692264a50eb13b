"""The pages on pools say what the stage does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kejing.measure.findings import Severity
from kejing.measure.money import from_minor, to_minor
from kejing.measure.rounding import round_fraction
from kejing.verbs.policies import policy_check
from tests.stages.earn.pool.bench import Person, Scene, brought
from tests.stages.earn.pool.test_pool_worked import INCREMENT_PAY

DOCS = Path(__file__).resolve().parents[4] / "docs"
_FILE = re.compile(r"`([\w./-]+\.yaml)`[^\n]*\n\n```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _rows() -> list[list[str]]:
    section = (DOCS / "algorithms" / "pool.md").read_text(encoding="utf-8").split("## Worked table", 1)[1]
    lines = [line for line in section.split("\n## ", 1)[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0])
def test_the_worked_table_is_what_the_stage_gives(row: list[str]) -> None:
    """Each row of the page, to the cent."""
    _, weights, floor, cap, *expected = row
    low, high = (None if text == "" else to_minor(text, "CNY") for text in (floor, cap))
    people = [Person(rm, round_fraction(exact, 8), low=low, high=high) for rm, exact in INCREMENT_PAY.items()]
    persons = {"weight": "pool_weight", "weights": weights, "floor": "least_bonus", "cap": "most_bonus"}
    parts = Scene(people, [brought(300_000_00)], {"persons": persons}).parts()
    assert [str(from_minor(parts[rm], "CNY")) for rm in "ABCD"] == expected


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_overlay_of_the_how_to_page_is_a_policy(language: str, tmp_path: Path) -> None:
    """The files of the page lie on the shipped policy without an error."""
    text = (DOCS / "how-to" / f"share-a-pool.{language}.md").read_text(encoding="utf-8")
    for name, content in _FILE.findall(text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    found = policy_check("bank_corporate", tmp_path).findings
    assert [(finding.code, finding.place) for finding in found if finding.severity is Severity.ERROR] == []
    assert {path.name for path in tmp_path.iterdir()} == {"policy.yaml", "formulas", "parameters.yaml"}
