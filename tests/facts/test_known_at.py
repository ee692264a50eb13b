"""Facts are dated twice: a read answers what was known on a day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kejing.facts.importing import import_facts
from kejing.facts.read_as_of import attach_facts
from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import NoFactsError
from kejing.warehouse.engine import DuckEngine
from tests.facts.institution import Tables, covered_bank, institution, small_bank, write_all

_EARLY, _LATE = dt.date(2025, 7, 1), dt.date(2025, 7, 20)


def _amounts(facts: Path, known_on: dt.date) -> dict[str, int]:
    with DuckEngine(threads=1) as engine:
        attach_facts(engine, facts, known_on=known_on)
        rows = engine.fetch("SELECT line_id, amount FROM income ORDER BY line_id").to_pylist()
    return {row["line_id"]: row["amount"] for row in rows}


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    """A store whose income was corrected, completed and partly taken back nineteen days later."""
    tables = small_bank()
    write_all(tmp_path / "first", tables)
    import_facts([tmp_path / "first"], mapping=None, into=tmp_path / "facts", known_at=_EARLY)
    later: Tables = {"income": [row | {"作废": ""} for row in tables["income"]]}
    later["income"][0]["金额"] = "2000"
    later["income"][1]["作废"] = "是"
    later["income"].append(later["income"][2] | {"流水号": "L5", "金额": "8"})
    write_all(tmp_path / "second", later)
    report = import_facts([tmp_path / "second"], mapping=None, into=tmp_path / "facts", known_at=_LATE)
    assert report.findings == []
    assert (report.total.new, report.total.changed, report.total.unchanged) == (1, 2, 2)
    return tmp_path / "facts"


def test_who_knew_what_when(facts: Path) -> None:
    """Before the correction the old figures are read, after it the new ones; before anything was known, nothing."""
    assert _amounts(facts, _EARLY - dt.timedelta(days=1)) == {}
    old = {"L1": 100001, "L2": -2050, "L3": 700, "L4": 12500000}
    assert _amounts(facts, _EARLY) == old
    assert _amounts(facts, _LATE - dt.timedelta(days=1)) == old
    assert _amounts(facts, _LATE) == {"L1": 200000, "L3": 700, "L4": 12500000, "L5": 800}


def test_a_correction_back_is_a_version_of_its_own(facts: Path, tmp_path: Path) -> None:
    """Saying again what was said first, later, is news: the store knows all three days."""
    tables = institution()
    write_all(tmp_path / "third", {"income": tables["income"][:2]})
    report = import_facts([tmp_path / "third"], mapping=None, into=facts, known_at=dt.date(2025, 8, 1))
    assert report.total.changed == 2
    assert _amounts(facts, dt.date(2025, 8, 1)) == {"L1": 100001, "L2": -2050, "L3": 700, "L4": 12500000, "L5": 800}
    assert _amounts(facts, _LATE)["L1"] == 200000
    assert _amounts(facts, _EARLY)["L1"] == 100001


def test_every_table_is_there(facts: Path) -> None:
    """Tables never imported are empty relations of their schema, so that no stage has to ask."""
    with DuckEngine(threads=1) as engine:
        attach_facts(engine, facts, known_on=_LATE)
        for table in FACT_TABLES.values():
            assert engine.columns(table.name) == table.arrow_schema.names
    with DuckEngine(threads=1) as engine, pytest.raises(NoFactsError):
        attach_facts(engine, facts / "elsewhere", known_on=_LATE)


def test_a_late_change_of_coverage_splits_the_interval(tmp_path: Path) -> None:
    """A successor reported late closes the old interval: no overlap is found, and both days' knowledge can be read."""
    tables = covered_bank()
    write_all(tmp_path / "first", tables)
    import_facts([tmp_path / "first"], mapping=None, into=tmp_path / "facts", known_at=_EARLY)
    row = tables["coverage"][2]
    write_all(
        tmp_path / "second",
        {
            "coverage": [
                row | {"失效日": "2025-05-15"},
                row | {"客户经理编号": "R3", "生效日": "2025-05-15", "失效日": ""},
            ]
        },
    )
    report = import_facts([tmp_path / "second"], mapping=None, into=tmp_path / "facts", known_at=_LATE)
    assert report.findings == []

    def lead(known_on: dt.date) -> list[str]:
        with DuckEngine(threads=1) as engine:
            attach_facts(engine, tmp_path / "facts", known_on=known_on)
            held = "valid_from <= DATE '2025-06-30' AND DATE '2025-06-30' < valid_to"
            text = f"SELECT rm_id FROM coverage WHERE customer_id = '0002' AND {held} ORDER BY rm_id"
            return [str(rm) for rm in engine.fetch(text)["rm_id"].to_pylist()]

    assert lead(_EARLY) == ["R1"]
    assert lead(_LATE) == ["R3"]


def test_a_column_goes_before_the_import_and_the_import_before_the_mapping(tmp_path: Path) -> None:
    """The known day of a row is that of its column, else the one given to the import, else the one of the mapping."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "p.csv").write_text("p,day\na,2025-01-01\nb,\n", encoding="utf-8")
    columns = "columns: {product: p, name: p, business_type: {constant: x}}"
    tail = f"sources: {{s: {{file: p.csv}}}}\ntables: {{products: {{from: s, {columns}}}}}\n"
    days = {}
    for name, known in {"column": "{column: day}", "constant": "2025-02-02"}.items():
        (tmp_path / f"{name}.yaml").write_text(f"mapping: m\nknown_at: {known}\n{tail}", encoding="utf-8")
        for given in (None, dt.date(2025, 3, 3)):
            facts = tmp_path / f"{name}{given}"
            import_facts([tmp_path / "files"], mapping=tmp_path / f"{name}.yaml", into=facts, known_at=given)
            with DuckEngine(threads=1) as engine:
                attach_facts(engine, facts, known_on=dt.date(2026, 1, 1))
                rows = engine.fetch("SELECT known_at FROM products ORDER BY product")["known_at"].to_pylist()
            days[name, given is not None] = [str(day) for day in rows]
    assert days == {
        ("column", False): ["2025-01-01", "0001-01-01"],
        ("column", True): ["2025-01-01", "2025-03-03"],
        ("constant", False): ["2025-02-02", "2025-02-02"],
        ("constant", True): ["2025-03-03", "2025-03-03"],
    }


def test_rows_without_a_known_day_count_as_always_known(tmp_path: Path) -> None:
    """Without any known day the rows are known on every day, and that is said once a file."""
    write_all(tmp_path / "files", institution("units"))
    report = import_facts([tmp_path / "files"], mapping=None, into=tmp_path / "facts")
    assert [finding.code for finding in report.findings] == ["facts.known_at_missing"]
    with DuckEngine(threads=1) as engine:
        attach_facts(engine, tmp_path / "facts", known_on=dt.date(1990, 1, 1))
        assert engine.fetch("SELECT COUNT(*) AS n FROM units")["n"][0].as_py() == 5
