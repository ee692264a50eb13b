"""A mapping says where columns come from; a mistake in it is found with line, key, value and remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kejing.facts.importing import import_facts
from kejing.facts.mapping_file import MappingRefusedError, load_mapping
from kejing.facts.snapshot import open_snapshot
from kejing.text.catalogue import finding_sentence

_GOOD = """\
mapping: example
parameters:
  year: {required: true, pattern: "20[0-9]{2}"}
known_at: "{year}-12-31"
sources:
  book: {file: "book_{year}.csv"}
tables:
  units:
    - from: book
      distinct: true
      columns:
        unit_id: {concat: ["state_", {column: state}]}
        name: state
        level: {constant: "1"}
  customers:
    - from: book
      where: {column: class, not_in: [OI]}
      notices: {where: {column: size, is_null: true}, zh: 规模不详, en: size unknown}
      columns:
        customer_id: {column: id, pad_left: {width: 4, with: "0"}}
        name: name
        kind: {column: class, codes: {C: corporate}, otherwise: retail}
        unit_id: {concat: ["state_", {column: state}]}
        opened_on: {column: opened, format: "%d/%m/%Y"}
        valid_to: {column: last_day, inclusive: true}
  measures:
    - from: book
      where: {column: size, not_null: true}
      columns:
        customer_id: {column: id, pad_left: {width: 4, with: "0"}}
        measure: {constant: annual_sales}
        period_start: {constant: "{year}-01-01"}
        period_end: {constant: "{year}-12-31", inclusive: true}
        value: {column: size, scale: 1000}
        unit: {constant: USD}
"""

_BOOK = """\
id,name,state,class,size,opened,last_day
0001,甲,MA,C,12.345,01/02/2020,
2,乙,MA,R,7,28/02/2021,2025-12-31
0003,丙,NY,OI,9,01/01/2020,
0004,丁,NY,C,,01/01/2020,
"""


def _write(folder: Path, mapping: str = _GOOD) -> Path:
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / "book_2025.csv").write_text(_BOOK, encoding="utf-8")
    path = folder / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path


def _stored(facts: Path, table: str) -> list[dict[str, object]]:
    path = open_snapshot(facts).path(table)
    assert path is not None
    rows: list[dict[str, object]] = pq.read_table(path).to_pylist()
    return rows


def test_constants_codes_padding_scale_filters_and_formats(tmp_path: Path) -> None:
    """Every way of feeding a column gives the stored value it says, and every row read is accounted for."""
    mapping = _write(tmp_path)
    report = import_facts([tmp_path / "files"], mapping=mapping, into=tmp_path / "facts", settings={"year": "2025"})
    assert [(row["unit_id"], row["level"]) for row in _stored(tmp_path / "facts", "units")] == [
        ("state_MA", 1),
        ("state_NY", 1),
    ]
    customers = _stored(tmp_path / "facts", "customers")
    assert [(row["customer_id"], row["kind"], row["unit_id"]) for row in customers] == [
        ("0001", "corporate", "state_MA"),
        ("0002", "retail", "state_MA"),
        ("0004", "corporate", "state_NY"),
    ]
    assert [row["opened_on"] for row in customers] == [dt.date(2020, 2, 1), dt.date(2021, 2, 28), dt.date(2020, 1, 1)]
    assert customers[1]["valid_to"] == dt.date(2026, 1, 1)
    assert {row["known_at"] for row in customers} == {dt.date(2025, 12, 31)}
    measures = _stored(tmp_path / "facts", "measures")
    assert [(row["customer_id"], row["value"], row["period_end"]) for row in measures] == [
        ("0001", 1234500, dt.date(2026, 1, 1)),
        ("0002", 700000, dt.date(2026, 1, 1)),
    ]
    counts = report.tables
    assert (counts["units"].read, counts["units"].collapsed) == (4, 2)
    assert (counts["customers"].left_out, counts["measures"].left_out) == (1, 1)
    assert counts["measures"].rejected == 1  # the customer that was left out


def test_findings_of_a_mapping(tmp_path: Path) -> None:
    """Padded ids, rows left out, and rows the mapping points out are said."""
    mapping = _write(tmp_path)
    report = import_facts([tmp_path / "files"], mapping=mapping, into=tmp_path / "facts", settings={"year": "2025"})
    assert sorted((finding.code, finding.place.row) for finding in report.findings) == [
        ("facts.id_padded", 3),
        ("facts.id_padded", 3),
        ("facts.mapping_notice", 5),
        ("facts.rows_left_out", 0),
        ("facts.rows_left_out", 0),
        ("facts.units_without_parent", 4),
        ("facts.unknown_reference", 4),
    ]
    notice = next(finding for finding in report.findings if finding.code == "facts.mapping_notice")
    assert "规模不详" in finding_sentence(notice, "zh").reason
    assert "size unknown" in finding_sentence(notice, "en").reason


def test_shares_as_percent_fractions_and_weights(tmp_path: Path) -> None:
    """60 %, 0.6 and weights of three to two become 6,000 basis points; thirds are dealt by largest remainder."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "units.csv").write_text("unit_id,name,level\nU,u,0\n", encoding="utf-8")
    (files / "rms.csv").write_text(
        "rm_id,name,line,grade,unit_id,fte\n" + "".join(f"R{i},r,corporate,a,U,1\n" for i in range(1, 4)),
        encoding="utf-8",
    )
    (files / "customers.csv").write_text("customer_id,name,kind,unit_id\nC1,c,corporate,U\n", encoding="utf-8")
    mapping = """
mapping: shares
known_at: "2026-01-31"
sources: {u: {file: units.csv}, r: {file: rms.csv}, c: {file: customers.csv}, s: {file: coverage.csv}}
tables:
  units: [{from: u}]
  rms: [{from: r}]
  customers: [{from: c}]
  coverage:
    - from: s
      columns: {customer_id: c, rm_id: r, role: role, share: {column: share%s}}
"""
    cases = {
        "": (["60%", "40%"], ["0.6", "0.4"], ["60", "40"], ["6000", "4000"]),
        ", notation: weight": (["3", "2"], ["30", "20"]),
    }
    for notation, columns in cases.items():
        (tmp_path / "mapping.yaml").write_text(mapping % notation, encoding="utf-8")
        for number, shares in enumerate(columns):
            lines = [
                f"C1,R{i},{role},{share}"
                for i, (role, share) in enumerate(zip(("lead", "assist"), shares, strict=True), 1)
            ]
            (files / "coverage.csv").write_text("c,r,role,share\n" + "\n".join(lines) + "\n", encoding="utf-8")
            facts = tmp_path / f"facts{len(notation)}{number}"
            report = import_facts([files], mapping=tmp_path / "mapping.yaml", into=facts)
            assert report.findings == []
            assert sorted(row["share"] for row in _stored(facts, "coverage")) == [4000, 6000]  # type: ignore[type-var]
    lines = [f"C1,R{i},{role},1" for i, role in enumerate(("lead", "assist", "lending"), 1)]
    (files / "coverage.csv").write_text("c,r,role,share\n" + "\n".join(lines) + "\n", encoding="utf-8")
    import_facts([files], mapping=tmp_path / "mapping.yaml", into=tmp_path / "thirds")
    assert {row["rm_id"]: row["share"] for row in _stored(tmp_path / "thirds", "coverage")} == {
        "R1": 3334,
        "R2": 3333,
        "R3": 3333,
    }


@pytest.mark.parametrize(
    ("change", "code", "line", "column"),
    [
        (
            ("from: book\n      distinct", "from: bok\n      distinct"),
            "facts.mapping_source_unknown",
            9,
            "tables.units.0.from",
        ),
        (("distinct: true", "distinkt: true"), "facts.mapping_key_unknown", 10, "tables.units.0.distinkt"),
        (("distinct: true", "distinct: perhaps"), "facts.mapping_value_wrong", 10, "tables.units.0.distinct"),
        (("  measures:", "  mesures:"), "facts.mapping_table_unknown", 26, "tables.mesures"),
        (
            ("        kind: {column: class, codes: {C: corporate}, otherwise: retail}\n", ""),
            "facts.mapping_column_missing",
            19,
            "tables.customers.0.columns",
        ),
        (
            ("        name: name", "        title: name"),
            "facts.mapping_column_unknown",
            21,
            "tables.customers.0.columns.title",
        ),
        (("scale: 1000", "scale: thousand"), "facts.mapping_value_wrong", 34, "tables.measures.0.columns.value.scale"),
        (
            ("        name: state", "        unit_id: state"),
            "facts.mapping_key_repeated",
            13,
            "tables.units.0.columns.unit_id",
        ),
        (
            ("{year}-01-01", "{month}-01-01"),
            "facts.mapping_placeholder_unknown",
            32,
            "tables.measures.0.columns.period_start.constant",
        ),
        (('known_at: "{year}-12-31"', "known_at: soon"), "facts.mapping_known_at_wrong", 4, "known_at"),
        (("sources:\n", "sources: [\n"), "facts.mapping_unreadable", 7, ""),
        (('{file: "book_{year}.csv"}', "{sheet: x}"), "facts.mapping_key_missing", 6, "sources.book"),
    ],
)
def test_mistakes_in_a_mapping(tmp_path: Path, change: tuple[str, str], code: str, line: int, column: str) -> None:
    """Each mistake is found at its line and key, with what to do, and nothing is imported."""
    path = _write(tmp_path, _GOOD.replace(*change, 1))
    with pytest.raises(MappingRefusedError) as refused:
        load_mapping(path, {"year": "2025"})
    found = {finding.code: finding for finding in refused.value.findings}
    assert code in found
    assert (found[code].place.file, found[code].place.row, found[code].place.column) == ("mapping.yaml", line, column)
    for lang in ("zh", "en"):
        assert finding_sentence(found[code], lang).remedy


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({}, "facts.mapping_parameter_missing"),
        ({"year": "99"}, "facts.mapping_parameter_mismatch"),
        ({"year": "2025", "moon": "1"}, "facts.mapping_parameter_unknown"),
    ],
)
def test_mistakes_in_parameters(tmp_path: Path, settings: dict[str, str], code: str) -> None:
    """A parameter that is missing, misspelt or of the wrong form is refused by name."""
    with pytest.raises(MappingRefusedError) as refused:
        load_mapping(_write(tmp_path), settings)
    assert [finding.code for finding in refused.value.findings] == [code]


def test_a_missing_header_and_a_missing_file(tmp_path: Path) -> None:
    """A header the mapping names and the file lacks refuses that source; a missing file is named."""
    mapping = _write(tmp_path, _GOOD.replace("        name: name", "        name: title"))
    text = mapping.read_text(encoding="utf-8").replace("tables:\n", '  other: {file: "other.csv"}\ntables:\n', 1)
    mapping.write_text(text, encoding="utf-8")
    report = import_facts([tmp_path / "files"], mapping=mapping, into=tmp_path / "facts", settings={"year": "2025"})
    codes = {(finding.code, finding.place.file, finding.place.column) for finding in report.findings}
    assert ("facts.header_missing", "book_2025.csv", "title") in codes
    assert ("facts.file_missing", "other.csv", "") in codes
    assert report.tables["customers"].rejected == 4
    assert report.tables["units"].accepted == 2
