"""The sample goes through the same door as anybody's files: only what was spoilt is put aside, and all of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from fractions import Fraction
from pathlib import Path

from kejing.facts.import_report import ImportReport
from kejing.facts.importing import import_facts
from kejing.facts.read_as_of import attach_facts
from kejing.facts.sample import Effect, SampleReport, write_sample
from kejing.facts.schema import FACT_TABLES
from kejing.measure.findings import Severity
from kejing.warehouse.engine import DuckEngine

type At = tuple[str, str, int]


def _rejected(report: ImportReport) -> set[At]:
    return {(sheet.file, sheet.sheet, row) for sheet in report.quarantine for row in sheet.cells["row"].to_pylist()}


def _planted(sample: SampleReport, *effects: Effect) -> set[At]:
    return {
        (defect.place.file, defect.place.sheet, defect.place.row)
        for defect in sample.defects
        if defect.expected.effect in effects
    }


def test_only_planted_rows_are_rejected(tenth: SampleReport, imported: ImportReport) -> None:
    """The quarantine holds the planted rows and no other."""
    assert _rejected(imported) == _planted(tenth, Effect.REJECTED)


def test_another_year_and_seed_agree_too(tmp_path: Path) -> None:
    """The mapping does not depend on the year, nor the agreement on the seed."""
    files, facts = tmp_path / "files", tmp_path / "facts"
    sample = write_sample(files, seed=11, size=Fraction(1, 20), as_of=dt.date(2023, 12, 31))
    report = import_facts([files], mapping=sample.mapping, into=facts)
    assert _rejected(report) == _planted(sample, Effect.REJECTED)


def test_every_table_is_filled(imported: ImportReport) -> None:
    """Each fact table gets rows, but for the calls of a hotline that this bank has not; every row is accounted for."""
    filled = {name for name, counts in imported.tables.items() if counts.accepted}
    assert filled == set(FACT_TABLES) - {"calls", "daily_balances"}
    assert sum(counts.read for counts in imported.tables.values()) == imported.total.read


def test_equal_lines_are_taken_once(tenth: SampleReport, imported: ImportReport) -> None:
    """A line sent twice counts once."""
    assert imported.tables["income"].collapsed == tenth.count("duplicated_line")


def test_each_defect_has_its_finding_in_its_place(tenth: SampleReport, imported: ImportReport) -> None:
    """Where a finding is expected there is one with that code, file, sheet and row."""
    found = {(item.code, item.place.file, item.place.sheet, item.place.row) for item in imported.findings}
    missing = [
        defect
        for defect in tenth.defects
        if defect.expected.finding
        and not defect.is_beside
        and defect.kind != "currency_without_rate"  # said once per currency and month
        and (defect.expected.finding, defect.place.file, defect.place.sheet, defect.place.row) not in found
    ]
    assert missing == []
    assert any(item.code == "facts.currency_without_rate" for item in imported.findings)


def test_no_finding_without_a_planted_defect(tenth: SampleReport, imported: ImportReport) -> None:
    """Errors and warnings speak of planted defects only; the rest of the data is clean."""
    planted = {
        (defect.expected.finding, defect.place.file, defect.place.sheet, defect.place.row) for defect in tenth.defects
    }
    others = Counter(
        item.code
        for item in imported.findings
        if item.severity is not Severity.INFO
        and (item.code, item.place.file, item.place.sheet, item.place.row) not in planted
    )
    assert others == Counter()


def test_late_lines_appear_when_they_are_known(tenth: SampleReport, imported: ImportReport, facts_folder: Path) -> None:
    """Lines booked in spring but known in January are not there at the year end; amended ones show the old amount."""
    assert imported.snapshot
    late, amended = tenth.count("late_line"), tenth.count("late_amendment")
    counts = {}
    for known_on in (dt.date(2025, 12, 31), dt.date(2026, 1, 31)):
        with DuckEngine(threads=1) as engine:
            attach_facts(engine, facts_folder, known_on=known_on)
            late_file = "CASE WHEN source_file = '收入_补录_2026-01.csv' THEN 1 END"
            select = f"SELECT COUNT(*) AS n, COUNT({late_file}) AS late FROM income"
            counts[known_on] = engine.fetch(select).to_pylist()[0]
    before, after = counts.values()
    assert after["n"] == before["n"] + late
    assert (before["late"], after["late"]) == (0, late + amended)
