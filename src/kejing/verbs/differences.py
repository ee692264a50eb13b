"""What a correction found: differences, the fact rows behind them, and the entries that carry them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kejing.measure.findings import Finding
from kejing.verbs.fact_changes import FactChange
from kejing.warehouse.ledger import Entry


@dataclass(frozen=True, slots=True)
class Difference:
    """One posting of a correction and why: fact rows that changed since the close, by what tie."""

    posting: dict[str, Any]
    amount: Decimal
    tie: str
    because: tuple[FactChange, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs: the amount as exact decimal text."""
        said = {name: str(value) for name, value in self.posting.items() if name not in ("amount", "entry")}
        return {
            **said,
            "amount": str(self.amount),
            "tie": self.tie,
            "because": [change.as_json() for change in self.because],
        }


@dataclass(frozen=True, slots=True)
class PeriodCorrection:
    """What became of one closed period: its differences, and the entry that carries them.

    ``entry`` is None on a dry run and where nothing differs; ``settled_by`` names the longer period that has settled
    this one, whose correction takes its place.
    """

    period: str
    posted_in: str
    differences: tuple[Difference, ...] = ()
    totals: dict[str, str] = field(default_factory=dict)
    entry: Entry | None = None
    settled_by: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "period": self.period,
            "posted_in": self.posted_in,
            "entry": self.entry.name if self.entry else None,
            "settled_by": self.settled_by or None,
            "totals": self.totals,
            "differences": [difference.as_json() for difference in self.differences],
        }


@dataclass(frozen=True, slots=True)
class Correction:
    """All periods that were looked at, in the order of their closes."""

    periods: tuple[PeriodCorrection, ...]
    findings: tuple[Finding, ...]

    @property
    def is_unchanged(self) -> bool:
        """Whether no period differs from what was posted for it."""
        return not any(period.differences for period in self.periods)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"unchanged": self.is_unchanged, "periods": [period.as_json() for period in self.periods]}
