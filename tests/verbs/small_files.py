"""The in-memory bank as the files a bank would bring: one CSV per table, column names as headers, natural notation."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import kejing
from kejing.facts.schema import FACT_TABLES, Column, FactTable, Kind
from kejing.measure.money import MINOR_DIGITS
from kejing.measure.period import FIRST_DAY, LAST_DAY
from tests.stages.institution import Facts, fact_table, plain_bank

_SCALES = {Kind.MICRO: 6, Kind.RATE: 8, Kind.WEIGHT: 2}


def import_bank(facts: Facts, folder: Path) -> Path:
    """The facts folder of a bank, brought through the same door as anybody's files."""
    files, into = folder / "files", folder / "facts"
    write_files(facts, files)
    report = kejing.import_facts(files, into=into)
    assert not [finding for finding in report.findings if finding.severity == "error"], report.findings
    return into


def write_files(facts: Facts, folder: Path) -> None:
    """One CSV per table that has rows; a ``known_at`` column where a row says its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in facts.items():
        table = FACT_TABLES[name]
        if not rows:
            continue
        columns = [column.name for column in table.columns]
        dated = any("known_at" in row for row in rows)
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*columns, *(["known_at"] if dated else [])])
            for row in fact_table(table, rows).to_pylist():
                known = [row["known_at"].isoformat()] if dated else []
                writer.writerow([*(_text(table, table.column(name), row) for name in columns), *known])


def _text(table: FactTable, column: Column, row: Mapping[str, object]) -> str:
    value = row[column.name]
    if column.kind is Kind.QUANTITY and value is None:
        value = row[f"{column.name}_text"]
    if column.name == "pay_currency":
        return "CNY"
    if value is None or value in (FIRST_DAY, LAST_DAY):
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int) and column.kind in (Kind.MONEY, Kind.QUANTITY):
        assert column.currency is not None
        return f"{Decimal(value).scaleb(-MINOR_DIGITS.get(str(row[column.currency] or 'CNY'), 6)):f}"
    if isinstance(value, int) and column.kind in _SCALES:
        percent = "%" if column.kind is Kind.WEIGHT else ""
        return f"{Decimal(value).scaleb(-_SCALES[column.kind]):f}{percent}"
    return str(value)


def varied_bank() -> dict[str, Sequence[Mapping[str, object]]]:
    """The plain bank with more of what happens in a bank.

    A team by given shares, a team by role, a move on 15 May, dollars, a decline, a line corrected late, and a line
    that nobody knew before 10 January 2026.
    """
    plain = plain_bank()

    def line(name: str, customer: str, booked: str, minor: int, currency: str = "CNY") -> dict[str, object]:
        return {
            "line_id": name,
            "customer_id": customer,
            "product": "fee",
            "amount": minor,
            "currency": currency,
            "booked_on": booked,
        }

    known = {"known_at": "2025-07-05"}
    late = {**line("L9", "c1", "2025-02-10", 4_000_00), "known_at": "2026-01-10"}
    corrected = {**line("L2", "c2", "2025-02-04", 9_500_00), "known_at": "2026-01-10"}
    lines = [
        *plain["income"],
        line("L7", "c2", "2025-03-03", 1_000_01, "USD"),
        line("L8", "c4", "2025-05-20", 100_000_01),
    ]
    shrinking = [
        {"customer_id": "c4", "product": "loan", "month": month, "average_balance": 9_000_000_00 - place * 1_000_000_33}
        for place, month in enumerate(["2024-12-01", *(f"2025-{m:02d}-01" for m in range(1, 7))])
    ]
    return {
        **plain,
        "rms": [
            *plain["rms"],
            {"rm_id": "C", "unit_id": "B2", "grade": "senior", "target_bonus": 150_000_00, "base_pay": 1_00},
        ],
        "customers": [*plain["customers"], {"customer_id": "c4", "industry": "information", "unit_id": "HQ"}],
        "coverage": [
            {"customer_id": "c1", "rm_id": "A", "valid_to": "2025-05-15"},
            {"customer_id": "c1", "rm_id": "B", "valid_from": "2025-05-15"},
            {"customer_id": "c2", "rm_id": "B"},
            {"customer_id": "c2", "rm_id": "C", "role": "assist"},
            {"customer_id": "c4", "rm_id": "A", "share": 3_334},
            {"customer_id": "c4", "rm_id": "B", "role": "treasury", "share": 3_333},
            {"customer_id": "c4", "rm_id": "C", "role": "lending", "share": 3_333},
        ],
        "fx_rates": [{"currency": "USD", "quote_currency": "CNY", "rate": 718_000_000}],
        "income": [*({**row, **known} for row in lines), late, corrected],
        "balances": [*plain["balances"], *shrinking],
        "goals": [*plain["goals"], {**plain["goals"][0], "measure": "loan_increment", "amount": -1_000_000_00}],
    }
