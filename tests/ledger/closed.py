"""Runs, payment lists and closes of small institutions, as a person would make them one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import kejing
from kejing.stages.flow import FLOW
from kejing.verbs.closing import Closing
from kejing.verbs.differences import Correction
from kejing.verbs.freezing import Freeze
from kejing.warehouse.ledger import Ledger
from tests.stages.institution import Facts
from tests.verbs.small_files import import_bank, write_files

EARNING = tuple(stage.name for stage in FLOW if stage.name not in ("staff", "assign", "handover", "visit"))
"""Every stage but headcount, books and visits, on which no pay of these banks rests."""


@dataclass(frozen=True)
class Desk:
    """A folder with facts, runs, payment lists and one ledger."""

    folder: Path

    @classmethod
    def of(cls, bank: Facts, folder: Path) -> Desk:
        """A desk with the facts of ``bank``."""
        import_bank(bank, folder)
        return cls(folder)

    @property
    def facts(self) -> Path:
        return self.folder / "facts"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    def run(self, as_of: str, *, name: str = "", grain: str | None = None, ledger: Path | None = None) -> Path:
        """The run as of a day, upon earlier fiscal years if a ledger is given."""
        out = self.folder / (name or f"out-{as_of}")
        kejing.run(
            self.facts, policy="bank_corporate", as_of=as_of, out=out, grain=grain, ledger=ledger, stages=EARNING
        )
        return out

    def pay(self, out: Path, period: str) -> Path:
        """The payment list of a period, paid as it stands."""
        listed = self.folder / f"paid-{period}.xlsx"
        kejing.payroll(out, period=period, into=listed, ledger=self.ledger)
        return listed

    def close(
        self,
        out: Path,
        period: str,
        *,
        by: str = "Li Na",
        payments: Path | None = None,
        allow_errors: str | None = None,
        allow_open_disputes: str | None = None,
        freeze: Freeze | None = None,
    ) -> Closing:
        """Close a period, paid as listed; without its statements, which take their time and have their own test."""
        return kejing.close(
            out,
            period=period,
            into=self.ledger,
            payments=payments or self.pay(out, period),
            by=by,
            allow_errors=allow_errors,
            allow_open_disputes=allow_open_disputes,
            freeze=freeze,
        )

    def correct(self, posted_in: str, *, period: str | None = None, reason: str = "late file") -> Correction:
        """Post what late facts make of one closed period, or of all."""
        return kejing.correct(
            self.facts, into=self.ledger, period=period, posted_in=posted_in, by="Li Na", reason=reason
        )

    def differences(self, posted_in: str, *, period: str | None = None) -> Correction:
        """What would be posted."""
        return kejing.correct(self.facts, into=self.ledger, period=period, posted_in=posted_in, dry_run=True)

    def tell(self, known_at: str, **tables: Sequence[Mapping[str, object]]) -> None:
        """Bring fact rows that became known on a day."""
        files = self.folder / f"known-{known_at}-{len(list(self.folder.glob('known-*')))}"
        rows = {name: [{**row, "known_at": known_at} for row in each] for name, each in tables.items()}
        write_files(rows, files)
        report = kejing.import_facts(files, into=self.facts)
        assert not [finding for finding in report.findings if finding.severity == "error"], report.findings

    def void(self, known_at: str, table: str, key: Mapping[str, str]) -> None:
        """Take a fact row away."""
        files = self.folder / f"void-{known_at}"
        files.mkdir()
        old = next(
            row
            for row in pq.read_table(self._current() / f"{table}.parquet").to_pylist()
            if all(str(row[name]) == value for name, value in key.items())
        )
        shown = {name: old[name] for name in old if name not in _BOOKKEEPING and old[name] is not None}
        shown["amount"] = f"{old['amount'] / 100:.2f}"
        header = [*shown, "known_at", "voided"]
        cells = [*(str(value) for value in shown.values()), known_at, "yes"]
        (files / f"{table}.csv").write_text(",".join(header) + "\n" + ",".join(cells) + "\n", encoding="utf-8")
        kejing.import_facts(files, into=self.facts)

    def _current(self) -> Path:
        snapshots = self.facts / "snapshots"
        name = (self.facts / "current.json").read_text(encoding="utf-8").split('"')[3]
        return snapshots / name


_BOOKKEEPING = {"known_at", "voided", "source_file", "source_sheet", "source_row"}


def content(folder: Path) -> dict[str, bytes]:
    """Every file under a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def posted(ledger: Path, book: str = "pay", **where: object) -> list[dict[str, Any]]:
    """Postings of a book, in the order of the entries."""
    rows: list[dict[str, Any]] = []
    for entry in Ledger.open(ledger).entries:
        path = entry.file(f"postings/{book}_posting.parquet")
        rows += pq.read_table(path).to_pylist() if path is not None else []
    return [row for row in rows if all(row[name] == value for name, value in where.items())]


def net(rows: Sequence[Mapping[str, Any]], *key: str) -> dict[tuple[str, ...], int]:
    """Sum of postings by key, without zeros."""
    sums: dict[tuple[str, ...], int] = {}
    for row in rows:
        at = tuple(str(row[name]) for name in key)
        sums[at] = sums.get(at, 0) + row["amount"]
    return {at: amount for at, amount in sums.items() if amount}


def run_pay(out: Path, period: str) -> dict[tuple[str, ...], int]:
    """Pay lines of a period of a run, in minor units, by (rm, component, measure, line)."""
    return {
        (row["rm_id"], row["component"], row["measure"], row["line_id"]): int(row["amount"].scaleb(2))
        for row in pq.read_table(out / "pay.parquet").to_pylist()
        if row["period"] == period
    }


KEY = ("rm_id", "component", "measure", "line_id")
"""Key of a pay line, as `run_pay` gives it."""
