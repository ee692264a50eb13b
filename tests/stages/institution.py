"""A small institution in memory: fact rows in, stages run, relations out. For laws and worked cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy import Pack, find_shipped_pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import credit, pay, score
from kejing.stages.output import output_table
from kejing.stages.population import prepare
from kejing.stages.team import build_teams
from kejing.warehouse.digest import table_digest
from kejing.warehouse.engine import DuckEngine

type Facts = Mapping[str, Sequence[Mapping[str, object]]]

EARNING: tuple[ModuleType, ...] = (segment, target, credit, score, pay)
"""The stages from tiers to pay, in the order of the flow; headcount and books stand aside."""
WRITTEN = ("segment", "target", "credit", "score", "pay", "pay_total")
"""Tables of `EARNING`."""

DEFAULTS: dict[str, object] = {
    "valid_from": FIRST_DAY,
    "valid_to": LAST_DAY,
    "known_at": FIRST_DAY,
    "voided": False,
    "source_file": "facts.csv",
    "source_sheet": "",
    "currency": "CNY",
    "fte": 1_000_000,
    "grade": "middle",
    "line": "corporate",
    "kind": "corporate",
    "name": "—",
    "level": 0,
    "unit_id": "HQ",
    "role": "lead",
}


def day(text: str) -> dt.date:
    """A day written 2025-06-30."""
    return dt.date.fromisoformat(text)


def fact_table(table: FactTable, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows as the stored fact table, defaults filled in; days may be written as text."""
    schema = table.arrow_schema
    full = []
    for number, row in enumerate(rows, start=2):
        record: dict[str, object] = {name: DEFAULTS.get(name) for name in schema.names}
        record["source_row"] = number
        record.update(row)
        for column in schema:
            value = record.get(column.name)
            if pa.types.is_date(column.type) and isinstance(value, str):
                record[column.name] = day(value)
        full.append(record)
    return pa.Table.from_pylist(full, schema=schema)


def open_context(
    engine: DuckEngine,
    policy: Pack,
    facts: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    as_of: str,
    folder: Path | None = None,
) -> StageContext:
    """A context whose engine holds ``facts`` and the population of ``policy``."""
    for name, table in FACT_TABLES.items():
        engine.attach_arrow(name, fact_table(table, facts.get(name, ())))
    context = StageContext(
        engine=engine, policy=policy, as_of=day(as_of), known_on=LAST_DAY, seed=1, folder=folder or Path("unused")
    )
    prepare(context)
    build_teams(context, str(policy.section("credit")["roles"]))
    return context


def rows_of(engine: DuckEngine, text: str) -> list[dict[str, Any]]:
    """Rows of a SELECT."""
    return engine.fetch(text).to_pylist()


def broken(context: StageContext, laws: Sequence[Any]) -> list[str]:
    """Names of the laws that do not hold."""
    return [law.name for law in laws if context.engine.fetch(law.sql).num_rows]


@cache
def corporate_pack(*overlays: Path) -> Pack:
    """The corporate policy under ``overlays``, with its main segmentation scheme alone, so that laws of pay stay quick."""
    pack = Pack.load(find_shipped_pack("bank_corporate"), overlays)
    section = pack.section("segment")
    schemes = section["schemes"]
    assert isinstance(schemes, dict)
    main = str(section["main_scheme"])
    return replace(pack, sections={**pack.sections, "segment": {**section, "schemes": {main: schemes[main]}}})


@contextmanager
def ran(
    policy: Pack, facts: Facts, *, as_of: str, stages: Sequence[ModuleType] = EARNING
) -> Iterator[StageContext]:
    """A context in which ``stages`` have run over ``facts``."""
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, policy, facts, as_of=as_of)
        for stage in stages:
            stage.run(context)
        yield context


def digests(context: StageContext, tables: Sequence[str] = WRITTEN) -> dict[str, str]:
    """Hash of each output table, as it would stand in the file."""
    return {name: table_digest(output_table(context.engine, name, context.policy.currency)) for name in tables}

