"""The pages on value say what the stage computes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kejing.measure.findings import Severity
from kejing.measure.money import from_minor, to_minor
from kejing.policy import Pack, find_shipped_pack
from kejing.verbs.policies import policy_check
from tests.architecture.tracked import REPOSITORY
from tests.stages.earn.value.scene import MONTHS, accounts, bank, holders, valued

_PRODUCTS = {"deposit": "dep", "loan": "loan", "fee": "fee"}
_FILE = re.compile(r"`([\w./-]+\.(?:yaml|csv))`[^\n]*\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def page_rows() -> list[dict[str, str]]:
    """Rows of the worked table."""
    text = (REPOSITORY / "docs" / "algorithms" / "value.md").read_text(encoding="utf-8")
    section = text.split("## Worked table\n", 1)[1].split("\n## ", 1)[0]
    lines = [[cell.strip() for cell in row[1:-1].split("|")] for row in section.splitlines() if row[:1] == "|"]
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]


@pytest.mark.parametrize("row", page_rows(), ids=lambda row: row["account"])
def test_the_worked_table_is_what_the_stage_gives(row: dict[str, str]) -> None:
    """Every amount of the page to the cent, and the rate to the millionth."""
    product, amount = _PRODUCTS[row["account"]], to_minor(row["balance"], "CNY")
    held = {"customer_id": "c1", "product": product, "average_balance": amount}
    income = {"line_id": "L", "customer_id": "c1", "product": product, "booked_on": "2025-01-31"}
    facts = bank(
        balances=[{**held, "month": month} for month in MONTHS],
        income=[{**income, "amount": to_minor(row["income"], "CNY")}],
    )
    with valued(facts) as context:
        found, customer = accounts(context)[product], holders(context, "customer")["c1"]
    said = {name: text for name, text in row.items() if name not in {"account", "balance", "income", "raroc"}}
    assert {name: str(from_minor(found[name], "CNY")) for name in said} == said
    assert ("–" if customer["raroc"] is None else f"0.{customer['raroc']:06d}") == row["raroc"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_overlay_of_the_how_to_page_prices_the_account(language: str, tmp_path: Path) -> None:
    """The files of the page lie on the shipped policy without an error, and its price takes effect."""
    text = (REPOSITORY / "docs" / "how-to" / f"value-customers.{language}.md").read_text(encoding="utf-8")
    files = _FILE.findall(text)
    assert {name for name, _ in files} == {"tables/transfer_price.csv", "parameters.yaml", "formulas/value_pay.yaml"}
    for name, content in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    found = policy_check("bank_corporate", tmp_path).findings
    assert [(finding.code, finding.place) for finding in found if finding.severity is Severity.ERROR] == []
    with valued(bank(), policy=Pack.load(find_shipped_pack("bank_corporate"), [tmp_path])) as context:
        assert accounts(context)["dep"]["margin"] == 19_726_03  # 10,000,000.00 x (1.9% - 1.1%) x 90/365
