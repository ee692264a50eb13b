"""What an import did, or would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import pyarrow as pa

from kejing.measure.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """Rows of one table [counts]. ``read = new + changed + unchanged + collapsed + rejected + left_out``.

    ``changed`` are new versions of rows already stored; ``left_out`` are rows the mapping's ``where`` passes over.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    collapsed: int = 0
    rejected: int = 0
    left_out: int = 0

    @property
    def accepted(self) -> int:
        """Rows whose content is in the store after the import."""
        return self.new + self.changed + self.unchanged

    def __add__(self, other: RowCounts) -> RowCounts:
        return RowCounts(**{part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(self)})

    def check(self) -> None:
        """Assert that no row was lost on the way."""
        parts = self.accepted + self.collapsed + self.rejected + self.left_out
        assert self.read == parts, f"{self.read} rows read, {parts} accounted for"

    def as_dict(self) -> dict[str, int]:
        """The counts by name, ``accepted`` among them."""
        return {part.name: getattr(self, part.name) for part in fields(self)} | {"accepted": self.accepted}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineSheet:
    """Rows of one source sheet that went into no table, as they stood there.

    ``cells`` has ``row`` and one text column ``c0`` … per header, in the order of the rows; ``marks`` has
    ``row, code, column, value, facts`` [facts as a list of names and values in turn], one a finding.
    """

    file: str
    sheet: str
    source: str
    headers: tuple[str, ...]
    cells: pa.Table
    marks: pa.Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Counts, findings, quarantine and the snapshot of one import.

    ``snapshot`` is the id of the content after the import; of a preview, the id it would have.
    ``not_kept`` counts findings that stand in this report only, because nothing changed and no snapshot was made.
    """

    snapshot: str
    parent: str | None
    is_preview: bool
    tables: Mapping[str, RowCounts]
    findings: Sequence[Finding]
    quarantine: Sequence[QuarantineSheet] = field(default=())
    not_kept: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether the import says anything the store does not."""
        return self.snapshot != self.parent

    @property
    def total(self) -> RowCounts:
        """Counts over all tables."""
        return sum(self.tables.values(), RowCounts())
