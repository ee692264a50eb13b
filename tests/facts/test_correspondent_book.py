"""The public Summary of Deposits, read through a mapping: the published figures come out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from kejing.facts.importing import import_facts
from kejing.facts.read_as_of import attach_facts
from kejing.warehouse.engine import DuckEngine

_MAPPING = """
mapping: correspondent_book
parameters: {year: {required: true, pattern: "20[0-9]{2}"}}
known_at: "{year}-09-30"
sources:
  institutions: {file: "institutions_{year}.parquet"}
tables:
  units:
    - from: institutions
      distinct: true
      columns: {unit_id: {concat: ["state_", {column: hq_state}]}, name: hq_state, level: {constant: "1"}}
  customers:
    - from: institutions
      allow_extra: true
      notices: [{where: {column: bkclass, in: [OI]}, zh: 外国银行在美分行, en: US branch of a foreign bank}]
      columns:
        customer_id: cert
        name: name
        kind: {constant: corporate}
        group_id: {column: holding_rssd, null_values: ["0"]}
        unit_id: {concat: ["state_", {column: hq_state}]}
        zip: {column: hq_zip, pad_left: {width: 5, with: "0"}}
        lat: {column: hq_lat, null_if_zero: true}
        lon: {column: hq_lon, null_if_zero: true}
  measures:
    - from: institutions
      columns:
        customer_id: cert
        measure: {constant: deposit_stock}
        period_start: {constant: "{year}-06-30"}
        period_end: {constant: "{year}-07-01"}
        value: {column: deposits_kusd, scale: 1000}
        unit: {constant: USD}
"""


@pytest.mark.parametrize(
    ("year", "institutions", "deposits_kusd", "without_coordinates"),
    [("2018", 5551, 12_307_880_325, 13), ("2022", 4781, 18_141_021_926, 0)],
)
def test_the_published_figures_come_out(
    tmp_path: Path, shared_data: Path, year: str, institutions: int, deposits_kusd: int, without_coordinates: int
) -> None:
    """Institutions, deposits to the thousand, OI institutions, lost zeros and 0/0 coordinates are as published."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(_MAPPING, encoding="utf-8")
    report = import_facts(
        [shared_data / "data" / "fdic_sod"], mapping=mapping, into=tmp_path / "facts", settings={"year": year}
    )
    assert report.total.rejected == 0
    with DuckEngine(threads=2) as engine:
        attach_facts(engine, tmp_path / "facts", known_on=dt.date(int(year), 12, 31))
        (row,) = engine.fetch("SELECT COUNT(*) AS n, CAST(SUM(value) AS BIGINT) AS cents FROM measures").to_pylist()
        groups = engine.fetch(
            "SELECT COUNT(DISTINCT group_id) AS held, COUNT(*) - COUNT(group_id) AS free, COUNT(lat) AS placed "
            "FROM customers"
        ).to_pylist()[0]
    assert (row["n"], row["cents"]) == (institutions, deposits_kusd * 1000 * 100)
    codes = [finding.code for finding in report.findings]
    assert codes.count("facts.id_padded") == 1
    assert codes.count("facts.coordinate_zero") == without_coordinates
    assert groups["placed"] == institutions - without_coordinates
    if year == "2022":
        assert codes.count("facts.mapping_notice") == 10
        assert (groups["held"], groups["free"]) == (3659, 827)
