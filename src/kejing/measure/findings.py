"""Findings: a person should look, the run went on. Each points to its place in the user's own files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # the row, rule or figure cannot be used
    WARNING = "warning"  # used, but a person should look
    INFO = "info"  # worth knowing, nothing to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the user's material: file, sheet, row, column and the value found there.

    ``row`` is the row as a spreadsheet shows it (the header is row 1); 0 means the whole file.
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a person should look at.

    ``code`` is dotted and stable; its reason and remedy stand in both languages in
    ``kejing/text/messages``. ``facts`` fill the placeholders of those texts.
    """

    code: str
    severity: Severity
    place: Place = field(default_factory=Place)
    stage: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    def sort_key(self) -> tuple[str, str, str, int, str, str, str]:
        """Order that does not depend on the order of discovery."""
        place = self.place
        return (self.stage, place.file, place.sheet, place.row, place.column, self.code, self._facts_json())

    def _facts_json(self) -> str:
        return json.dumps(dict(sorted(self.facts.items())), ensure_ascii=False)

    def as_row(self) -> dict[str, object]:
        """The finding as one row of the ``findings`` table."""
        place = self.place
        return {
            "stage": self.stage,
            "code": self.code,
            "severity": str(self.severity),
            "file": place.file,
            "sheet": place.sheet,
            "row": place.row,
            "column": place.column,
            "value": place.value,
            "facts": self._facts_json(),
        }


FINDINGS_SCHEMA = pa.schema(
    [
        ("stage", pa.string()),
        ("code", pa.string()),
        ("severity", pa.string()),
        ("file", pa.string()),
        ("sheet", pa.string()),
        ("row", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("facts", pa.string()),
    ]
)


def findings_table(findings: Iterable[Finding]) -> pa.Table:
    """Findings as an Arrow table, in an order that two runs share."""
    rows = [finding.as_row() for finding in sorted(findings, key=Finding.sort_key)]
    return pa.Table.from_pylist(rows, schema=FINDINGS_SCHEMA)
