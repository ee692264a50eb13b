"""Findings that point to the row of the file that they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kejing.measure.findings import Finding, Place, Severity
from kejing.stages.context import StageContext


def note(
    context: StageContext,
    code: str,
    facts: Mapping[str, object],
    *,
    severity: Severity = Severity.WARNING,
    row: Mapping[str, Any] | None = None,
) -> None:
    """Say ``code`` of the stage that it begins with; ``row`` carries source_file, source_sheet and source_row."""
    place = Place()
    if row is not None:
        place = Place(file=row["source_file"] or "", sheet=row["source_sheet"] or "", row=row["source_row"] or 0)
    texts = {name: "" if fact is None else str(fact) for name, fact in facts.items()}
    stage = code.partition(".")[0]
    context.find(Finding(code=code, severity=severity, place=place, stage=stage, facts=texts))
