"""The gap split: posts a standard allots and nobody fills, and posts the standard is too low by (E4-76, E4-77)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Finding, Severity
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.decide.staff.methods import ALL_TIERS, Heads

_GAP = pa.schema(
    [
        ("unit_id", pa.string()),
        ("line", pa.string()),
        ("standard", pa.string()),
        ("required_heads", pa.int64()),
        ("allotted_heads", pa.int64()),
        ("available_heads", pa.int64()),
        ("not_filled", pa.int64()),
        ("standard_too_low", pa.int64()),
        ("gap", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Gap:
    """One site and line against one staffing standard: ``needed`` by workload, ``allotted`` by the standard."""

    site: str
    line: str
    standard: str
    needed: int
    allotted: int
    people: Fraction

    @property
    def not_filled(self) -> Fraction:
        """Allotted posts without anybody in them."""
        return max(Fraction(0), self.allotted - self.people)

    @property
    def too_low(self) -> Fraction:
        """What the hours ask for beyond both the posts allotted and the people there."""
        return max(Fraction(0), self.needed - max(Fraction(self.allotted), self.people))

    @property
    def whole(self) -> Fraction:
        """People missing in all; the two parts sum to it."""
        return max(Fraction(0), max(self.needed, self.allotted) - self.people)


def gaps(heads: Sequence[Heads], supply: Mapping[tuple[str, str], Fraction]) -> Iterator[Gap]:
    """Each site and line against each standard; where none is issued, against the workload itself."""
    wholes = {(row.site, row.line, row.method): row.needed for row in heads if row.tier == ALL_TIERS}
    standards = sorted({row.method for row in heads if row.method.startswith("span")})
    for (site, line, method), needed in sorted(wholes.items()):
        if method != "workload":
            continue
        people = supply.get((site, line), Fraction(0))
        issued = [name for name in standards if (site, line, name) in wholes]
        for name in issued or [method]:
            yield Gap(site, line, name, needed, wholes[site, line, name], people)


def gap_table(found: Sequence[Gap]) -> pa.Table:
    """Relation ``staff_gap``."""
    rows = [
        {
            "unit_id": gap.site,
            "line": gap.line,
            "standard": gap.standard,
            "required_heads": gap.needed,
            "allotted_heads": gap.allotted,
            "available_heads": round_fraction(gap.people, 6),
            "not_filled": round_fraction(gap.not_filled, 6),
            "standard_too_low": round_fraction(gap.too_low, 6),
            "gap": round_fraction(gap.whole, 6),
        }
        for gap in found
    ]
    return pa.Table.from_pylist(rows, schema=_GAP)


def report_gaps(context: StageContext, found: Sequence[Gap]) -> None:
    """Findings where the method ``span`` and the workload differ, and where people are missing."""
    for gap in found:
        if gap.standard not in {"span", "workload"}:
            continue
        facts = {
            "site": gap.site or "*",
            "line": gap.line,
            "workload": str(gap.needed),
            "span": str(gap.allotted),
            "available": _shown(gap.people),
        }
        if gap.allotted != gap.needed:
            more = {"difference": str(gap.needed - gap.allotted)}
            context.find(
                Finding(code="staff.methods_differ", severity=Severity.INFO, stage="staff", facts=facts | more)
            )
        if gap.whole:
            more = {"too_low": _shown(gap.too_low), "not_filled": _shown(gap.not_filled)}
            context.find(Finding(code="staff.shortage", severity=Severity.WARNING, stage="staff", facts=facts | more))


def _shown(value: Fraction) -> str:
    """Heads with one digit, as people say them."""
    tenths = round_fraction(value, 1)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
