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
from kejing.warehouse.protocol import Engine

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


def rows_of(engine: Engine, text: str) -> list[dict[str, Any]]:
    """Rows of a SELECT."""
    found: list[dict[str, Any]] = engine.fetch(text).to_pylist()
    return found


def broken(context: StageContext, laws: Sequence[Any]) -> list[str]:
    """Names of the laws that do not hold."""
    return [law.name for law in laws if context.engine.fetch(law.sql).num_rows]


@cache
def corporate_pack(*overlays: Path) -> Pack:
    """The corporate policy under ``overlays``, with its main scheme alone, so that laws of pay stay quick."""
    pack = Pack.load(find_shipped_pack("bank_corporate"), overlays)
    section = pack.section("segment")
    schemes = section["schemes"]
    assert isinstance(schemes, dict)
    main = str(section["main_scheme"])
    return replace(pack, sections={**pack.sections, "segment": {**section, "schemes": {main: schemes[main]}}})


@contextmanager
def ran(policy: Pack, facts: Facts, *, as_of: str, stages: Sequence[ModuleType] = EARNING) -> Iterator[StageContext]:
    """A context in which ``stages`` have run over ``facts``."""
    with DuckEngine(threads=1) as engine:
        context = open_context(engine, policy, facts, as_of=as_of)
        for stage in stages:
            stage.run(context)
        yield context


def digests(context: StageContext, tables: Sequence[str] = WRITTEN) -> dict[str, str]:
    """Hash of each output table, as it would stand in the file."""
    return {name: table_digest(output_table(context.engine, name, context.policy.currency)) for name in tables}


def plain_bank(**tables: Sequence[Mapping[str, object]]) -> dict[str, Sequence[Mapping[str, object]]]:
    """A bank for worked facts; ``tables`` take the place of its own.

    A in B1 covers the mining company c1, B in B2 the maker c2, nobody the trader c3. Deposits of c1 and c2 stand at
    10,000,000.00 and 4,000,000.00 in December 2024 and 1,000,000.00 higher from January on; each pays a fee in every
    quarter. HQ has a goal of 1,500,000.00 of deposits and 20,000.00 of fees in each quarter of the first half of 2025.
    """
    quarters = (("2025-01-01", "2025-04-01"), ("2025-04-01", "2025-07-01"))
    rm = {"target_bonus": 120_000_00, "base_pay": 60_000_00}
    bank: dict[str, Sequence[Mapping[str, object]]] = {
        "units": [{"unit_id": "HQ"}, *({"unit_id": unit, "parent_id": "HQ", "level": 1} for unit in ("B1", "B2"))],
        "rms": [{"rm_id": "A", "unit_id": "B1", **rm}, {"rm_id": "B", "unit_id": "B2", **rm}],
        "customers": [
            {"customer_id": "c1", "industry": "mining", "unit_id": "B1", "account_home_id": "B1"},
            {"customer_id": "c2", "industry": "manufacturing", "unit_id": "B2", "account_home_id": "B2"},
            {"customer_id": "c3", "industry": "trade", "unit_id": "B2", "account_home_id": "B2"},
        ],
        "measures": [annual_sales("c1", 300_000_000_00), annual_sales("c2", 20_000_000_00)],
        "coverage": [{"customer_id": "c1", "rm_id": "A"}, {"customer_id": "c2", "rm_id": "B"}],
        "products": [
            {"product": "dep", "business_type": "deposit", "measure": "deposit_increment"},
            {"product": "loan", "business_type": "loan", "measure": "loan_increment"},
            {"product": "fee", "business_type": "fee", "measure": "fee_income"},
        ],
        "income": [
            {"line_id": "L1", "customer_id": "c1", "product": "fee", "amount": 12_000_00, "booked_on": "2025-02-03"},
            {"line_id": "L2", "customer_id": "c2", "product": "fee", "amount": 9_000_00, "booked_on": "2025-02-04"},
            {"line_id": "L3", "customer_id": "c1", "product": "fee", "amount": 13_000_00, "booked_on": "2025-05-14"},
            {"line_id": "L4", "customer_id": "c1", "product": "fee", "amount": 14_000_00, "booked_on": "2025-05-15"},
            {"line_id": "L5", "customer_id": "c2", "product": "fee", "amount": 7_000_00, "booked_on": "2025-06-30"},
            {"line_id": "L6", "customer_id": "c3", "product": "fee", "amount": 500_00, "booked_on": "2025-06-30"},
        ],
        "balances": [
            {"customer_id": c, "product": "dep", "month": month, "average_balance": base + (place > 0) * 1_000_000_00}
            for c, base in (("c1", 10_000_000_00), ("c2", 4_000_000_00))
            for place, month in enumerate(["2024-12-01", *(f"2025-{m:02d}-01" for m in range(1, 7))])
        ],
        "goals": [
            {"unit_id": "HQ", "measure": measure, "period_start": start, "period_end": end, "amount": amount}
            for measure, amount in (("deposit_increment", 1_500_000_00), ("fee_income", 20_000_00))
            for start, end in quarters
        ],
    }
    return {**bank, **tables}


def annual_sales(customer_id: str, minor: int, *, unit: str = "USD", year: int = 2024) -> dict[str, object]:
    """One customer's sales of a calendar year, in minor units."""
    span = {"period_start": day(f"{year}-01-01"), "period_end": day(f"{year + 1}-01-01")}
    return {"customer_id": customer_id, "measure": "annual_sales", "value": minor, "unit": unit, **span}
