"""A large institution's office: the sample institution, facts and runs, once for each of many provinces.

The sample is made, imported and run as `kejing demo` does; its rows then stand in every province under ids that begin
with the number of the province, in the order in which a run would have left them. Customers whom the sample leaves to
nobody go to the RM that the run proposes, so that everybody has a lead.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pyarrow as pa

from kejing.facts.sample import write_sample
from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import Snapshot, SnapshotDraft, current_snapshot
from kejing.measure.findings import FINDINGS_SCHEMA
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.bring import import_facts
from kejing.verbs.demonstrate import AS_OF, PACKS
from kejing.verbs.running import run
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.store import write_parquet

ROOT_UNIT = "bank"
_SAMPLE_CUSTOMERS, _SAMPLE_RMS = 23_000, 25
_FACTS = ("units", "rms", "rm_absences", "customers", "coverage", "contacts", "products", "balances", "income")
_IDS = {
    "account_home_id", "applicant", "approver", "booking_unit_id", "contact_id", "cover_rm_id", "customer_id",
    "dispute_id", "fund_id", "giver", "goal_unit_id", "group_id", "id", "incident_id", "line_id", "owner", "parent_id",
    "previous_rm_id", "responsible_unit_id", "rm_id", "taker", "unit_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the institution is: customers and RMs wanted, and where chance begins."""

    customers: int
    rms: int
    seed: int = 1

    @property
    def provinces(self) -> int:
        """How often the sample stands in it."""
        return max(1, round(self.rms / _SAMPLE_RMS))

    @property
    def of_sample(self) -> Fraction:
        """Scale of the sample, so that all provinces together have the customers."""
        return Fraction(self.customers, self.provinces * _SAMPLE_CUSTOMERS).limit_denominator(100)

    @property
    def name(self) -> str:
        """Name of its folder."""
        return f"office-{self.customers}-{self.rms}-{self.seed}"


def prepare(data: Path, size: Size) -> Path:
    """Facts and runs of the institution, made once: ``facts/`` and a folder for each policy."""
    folder = data / size.name
    if (folder / "done").is_file():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    sample = folder / "sample"
    files = sample / "files"
    write_sample(files, seed=size.seed, size=size.of_sample, as_of=AS_OF)
    import_facts([files], mapping=files / "mapping.yaml", into=sample / "facts")
    for pack in PACKS:
        run(sample / "facts", policy=pack, as_of=AS_OF, out=sample / pack, seed=size.seed)
    with DuckEngine(memory_limit="8GiB", spill_folder=folder / "spill") as engine:
        snapshot = _facts(engine, sample, folder / "facts", size.provinces)
        for pack in PACKS:
            _run(engine, sample / pack, folder / pack, snapshot, size.provinces)
    (folder / "done").touch()
    return folder


def _facts(engine: DuckEngine, sample: Path, into: Path, provinces: int) -> Snapshot:
    """The facts of all provinces, written by the product's own snapshot writer."""
    base = current_snapshot(sample / "facts")
    assert base is not None
    draft = SnapshotDraft(into, current_snapshot(into))
    for name in _FACTS:
        path = base.path(name)
        assert path is not None, name
        engine.attach_parquet("one", path)
        order = ", ".join(FACT_TABLES[name].sort)
        rows = engine.fetch(f"SELECT * FROM ({_every_province(engine, name, sample, provinces)}) ORDER BY {order}")
        rows = rows.cast(FACT_TABLES[name].arrow_schema)
        draft.write(FACT_TABLES[name], _slices(rows), single_version=bool(base.tables[name]["single_version"]))
    return draft.commit([], FINDINGS_SCHEMA.empty_table())


def _every_province(engine: DuckEngine, name: str, sample: Path, provinces: int) -> str:
    """SELECT of a fact table for all provinces, those of head office above them with it."""
    listed = FACT_TABLES[name].arrow_schema.names
    if name == "products":
        return "SELECT * FROM one"
    columns = {column: _numbered(column) for column in listed}
    if name == "customers":
        columns["name"] = "name || ' ' || province"
    if name == "units":
        columns |= {"level": "level + 1", "parent_id": f"COALESCE({columns['parent_id']}, '{ROOT_UNIT}')"}
    source = "one"
    if name == "coverage":
        source = _with_proposed(engine, sample)
    text = f"SELECT {', '.join(f'{said} AS {column}' for column, said in columns.items())} FROM {source} AS one"
    text += f" CROSS JOIN range({provinces}) AS numbers(province)"
    if name == "units":
        above = {"unit_id": f"'{ROOT_UNIT}'", "parent_id": "NULL", "name": "'总行'"}
        head = ", ".join(f"{above.get(column, column)} AS {column}" for column in listed)
        text += f" UNION ALL SELECT {head} FROM one WHERE parent_id IS NULL"
    return text


def _with_proposed(engine: DuckEngine, sample: Path) -> str:
    """Coverage, and beside it the proposed lead of each customer who has none."""
    for pack in PACKS:
        engine.attach_parquet(f"assign_{pack}", sample / pack / "assign.parquet")
    day = f"DATE '{AS_OF.isoformat()}'"
    proposed = " UNION ALL ".join(
        f"SELECT customer_id, rm_id FROM assign_{pack} WHERE role = 'lead' AND rm_id <> ''" for pack in PACKS
    )
    given = {"customer_id": "p.customer_id", "rm_id": "p.rm_id", "role": "'lead'", "share": "10000"}
    given |= {"valid_from": "DATE '2025-10-01'", "valid_to": "DATE '9999-12-31'", "known_at": "DATE '0001-01-01'"}
    given |= {"voided": "FALSE", "source_file": "''", "source_sheet": "''", "source_row": "0"}
    listed = ", ".join(f"{given[name]} AS {name}" for name in FACT_TABLES["coverage"].arrow_schema.names)
    engine.create(
        "with_proposed",
        f"SELECT * FROM one UNION ALL SELECT {listed} FROM ({proposed}) AS p WHERE p.customer_id NOT IN"
        f" (SELECT customer_id FROM one WHERE role = 'lead' AND (valid_to IS NULL OR valid_to > {day}))",
    )
    return "with_proposed"


def _run(engine: DuckEngine, source: Path, target: Path, snapshot: Snapshot, provinces: int) -> None:
    """A run of all provinces: its tables in the order of their keys, its policy, its manifest."""
    target.mkdir()
    shutil.copytree(source / "policy", target / "policy")
    for path in sorted(source.glob("*.parquet")):
        table = OUT_TABLES.get(path.stem)
        names = [column.name for column in table.columns] if table is not None else []
        if table is None or not _IDS & set(names):
            shutil.copy(path, target / path.name)
            continue
        engine.attach_parquet("one", path)
        listed = ", ".join(f"{_numbered(name)} AS {name}" for name in names)
        text = f"SELECT {listed} FROM one CROSS JOIN range({provinces}) AS numbers(province)"
        write_parquet(engine.fetch(f"{text} ORDER BY {', '.join(table.key)}"), target / path.name)
    manifest = json.loads((source / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"run_id": f"{provinces:04}{manifest['run_id'][4:]}"}
    manifest["facts"] |= {"snapshot": snapshot.snapshot_id}
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def _numbered(column: str) -> str:
    """An id under the number of its province; any other column as it is."""
    if column not in _IDS:
        return column
    return f"CASE WHEN {column} <> '' THEN LPAD(CAST(province AS VARCHAR), 3, '0') || '-' || {column} ELSE {column} END"


def _slices(rows: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, rows.num_rows, 1 << 17):
        yield rows.slice(start, 1 << 17)


def quarter_start(day: dt.date) -> dt.date:
    """First day of the quarter of ``day``."""
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
