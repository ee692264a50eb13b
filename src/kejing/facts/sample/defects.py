"""Defects of real data, planted on purpose and listed, so that the import can be held to the list."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kejing.facts.sample.organisation import Ints
from kejing.facts.sample.parameters import Plan
from kejing.measure.findings import Place


class Effect(StrEnum):
    """What the import is expected to do with the row."""

    REJECTED = "rejected"  # goes to quarantine
    COLLAPSED = "collapsed"  # the same as another row, taken once
    WARNED = "warned"  # used, with a finding
    KEPT = "kept"  # used without a word: the stages have to live with it


@dataclass(frozen=True, slots=True)
class DefectKind:
    """A kind of defect: the fact table it sits in, the code of the finding expected ('' for none), and the effect."""

    table: str
    finding: str
    effect: Effect


DEFECT_KINDS: dict[str, DefectKind] = {
    "late_line": DefectKind("income", "", Effect.KEPT),
    "late_amendment": DefectKind("income", "", Effect.KEPT),
    "blank_customer": DefectKind("income", "facts.missing_value", Effect.REJECTED),
    "unknown_customer": DefectKind("income", "facts.unknown_reference", Effect.REJECTED),
    "unknown_product": DefectKind("income", "facts.unknown_reference", Effect.REJECTED),
    "duplicated_line": DefectKind("income", "facts.duplicate_row", Effect.COLLAPSED),
    "conflicting_duplicate": DefectKind("income", "facts.conflicting_duplicate", Effect.REJECTED),  # both lines
    "disputed_line": DefectKind("income", "", Effect.KEPT),
    "negative_reversal": DefectKind("income", "", Effect.KEPT),
    "currency_without_rate": DefectKind("income", "facts.currency_without_rate", Effect.WARNED),
    "impossible_date": DefectKind("income", "facts.not_a_date", Effect.REJECTED),
    "amount_with_wan": DefectKind("income", "", Effect.KEPT),  # 1.35万 says exactly what it means
    "amount_in_words": DefectKind("income", "facts.not_a_number", Effect.REJECTED),
    "income_after_closing": DefectKind("income", "facts.income_after_closing", Effect.WARNED),
    "customer_moved": DefectKind("customers", "", Effect.KEPT),
    "zero_coordinates": DefectKind("customers", "facts.coordinate_zero", Effect.WARNED),
    "leave": DefectKind("rm_absences", "", Effect.KEPT),
    "leaver": DefectKind("rms", "", Effect.KEPT),
    "coverage_not_ended": DefectKind("coverage", "facts.coverage_outside_rm_dates", Effect.WARNED),
    "overlapping_coverage": DefectKind("coverage", "facts.two_leads", Effect.REJECTED),  # both leads
    "same_rm_overlap": DefectKind("coverage", "facts.intervals_overlap", Effect.REJECTED),  # both rows
    "share_not_whole": DefectKind("coverage", "facts.team_shares_not_whole", Effect.REJECTED),  # the whole team
    "date_as_text": DefectKind("coverage", "facts.date_as_text", Effect.WARNED),
    "impossible_coverage_date": DefectKind("coverage", "facts.not_a_date", Effect.REJECTED),
    "contact_impossible_time": DefectKind("contacts", "facts.not_a_time", Effect.REJECTED),
    "lost_leading_zeros": DefectKind("measures", "facts.id_padded", Effect.WARNED),
    "missing_annual_sales": DefectKind("measures", "", Effect.KEPT),
}
"""Every kind that a sample of any size has."""


@dataclass(frozen=True, slots=True)
class PlantedDefect:
    """One planted defect and its place; row 0 is for what is not there at all.

    ``is_beside``: a good row that contradicts the spoilt one and shares its fate; one finding speaks for both.
    """

    kind: str
    place: Place
    is_beside: bool = False

    @property
    def expected(self) -> DefectKind:
        """What the import should say and do."""
        return DEFECT_KINDS[self.kind]

    def sort_key(self) -> tuple[str, str, str, int, str, str]:
        """Order by kind and place."""
        place = self.place
        return (self.kind, place.file, place.sheet, place.row, place.column, place.value)


class DefectPlan:
    """How many defects of each kind fall into each of the 24 months, and the list of those planted."""

    def __init__(self, plan: Plan) -> None:
        self.planted: list[PlantedDefect] = []
        self._plan = plan
        chance = plan.chance("defects")
        # Customers begin to close in the first year; income after that comes in the second.
        first = {"income_after_closing": 12}
        self._months = {
            kind: Counter(chance.integers(first.get(kind, 0), 24, self.count(kind)).tolist())
            for kind in sorted(plan.institution.defects)
        }

    def count(self, kind: str) -> int:
        """Defects of ``kind`` in the whole sample."""
        return self._plan.scaled(self._plan.institution.defects[kind], at_least=2)

    def in_month(self, kind: str, month: int) -> int:
        """Defects of ``kind`` in the month [0..23]."""
        return self._months[kind][month]

    def note(self, kind: str, place: Place, *, is_beside: bool = False) -> None:
        """Put one planted defect on the list."""
        assert kind in DEFECT_KINDS, kind
        self.planted.append(PlantedDefect(kind, place, is_beside))

    def write(self, path: Path) -> None:
        """Write the list beside the files, in the order of kind and place."""
        rows = []
        for defect in self.in_order():
            expected = asdict(defect.expected)
            rows.append({"kind": defect.kind, **asdict(defect.place), "is_beside": defect.is_beside, **expected})
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")

    def in_order(self) -> list[PlantedDefect]:
        """The list by kind and place."""
        return sorted(self.planted, key=PlantedDefect.sort_key)


def put(table: pa.Table, column: str, rows: Ints, texts: Sequence[str | None]) -> pa.Table:
    """``table`` with ``texts`` in ``column`` at ``rows`` (ascending)."""
    mask = np.zeros(table.num_rows, bool)
    mask[rows] = True
    filled = pc.replace_with_mask(table[column].combine_chunks(), pa.array(mask), pa.array(list(texts), pa.string()))
    return table.set_column(table.column_names.index(column), column, filled)
