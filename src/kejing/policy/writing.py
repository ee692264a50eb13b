"""Writing a pack back as text, and the digest of what it says."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from kejing.policy.layers import Layer, merged_files
from kejing.policy.literals import show_value
from kejing.policy.source import CsvTable, dump_yaml
from kejing.policy.tables import DecisionTable


def digest_of(layer: Layer, tables: Mapping[str, DecisionTable]) -> str:
    """SHA-256 over what ``layer`` says.

    Line endings, comments, quoting, the order of rules and files and of a table's columns do not count.
    The order of rows counts (hit policy first), and that of a table's inputs (arguments of LOOKUP).
    """
    said: dict[str, object] = {}
    for part, data in merged_files(layer).items():
        said[part] = _by_name(data) if part != "policy" else data
    said["rows"] = {name: _rows_said(table) for name, table in sorted(tables.items())}
    text = json.dumps(_plain(said), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _by_name(data: object) -> object:
    if isinstance(data, dict):
        return {name: data[name] for name in sorted(data)}
    assert isinstance(data, list)
    return sorted(data, key=lambda case: str(case.get("case")))


def _rows_said(table: DecisionTable) -> list[object]:
    return [
        [
            row.rule_id,
            {name: str(row.cells[name]) for name in table.inputs},
            {name: show_value(row.outputs[name]) for name in table.outputs},
            row.valid_from,
            row.valid_to,
            row.source,
            row.note,
        ]
        for row in table.rows
    ]


def _plain(value: object) -> object:
    """Nested values as JSON knows them; maps become lists of pairs, so that order is said once."""
    match value:
        case dict():
            return [[key, _plain(inner)] for key, inner in value.items()]
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case Decimal():
            return {"number": show_value(Fraction(value))}
        case bool() | None:
            return value
        case int():
            return {"number": str(value)}
        case dt.date():
            return {"day": value.isoformat()}
        case _:
            return str(value).strip()


def write_layer(layer: Layer, folder: Path) -> None:
    """Write ``layer`` as a pack that extends nothing."""
    for part, data in merged_files(layer).items():
        if not data:
            continue
        path = folder / {"formulas": "formulas/formulas.yaml", "cases": "cases/cases.yaml"}.get(part, f"{part}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dump_yaml(data), encoding="utf-8", newline="\n")
    for name, rows in layer.rows.items():
        path = folder / "tables" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_rows(rows, path)


def _write_rows(table: CsvTable, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.header)
        writer.writerows([row.cells.get(name, "") for name in table.header] for row in table.rows)
