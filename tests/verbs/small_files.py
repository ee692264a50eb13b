"""The in-memory bank as the files a bank would bring: one CSV per table, column names as headers, natural notation."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import kejing
from kejing.facts.schema import FACT_TABLES, Column, FactTable, Kind
from kejing.measure.money import MINOR_DIGITS
from kejing.measure.period import FIRST_DAY, LAST_DAY
from tests.stages.institution import Facts, fact_table

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
