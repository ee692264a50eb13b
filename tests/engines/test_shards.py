"""Cut by customer, the case gives the same rows at any number of shards; only totals by RM cross between them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pyarrow as pa
import pytest

from kejing.facts.schema import FACT_TABLES
from kejing.stages.output import output_table
from kejing.stages.tables import OUT_TABLES
from kejing.warehouse.digest import table_digest
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.shards import shard_table
from tests.engines.case import case
from tests.engines.test_conformance import earned, pack
from tests.stages.institution import fact_table

LINES = 1_500
LINE_TABLES = ("credit", "pay")
TOTALS = {  # keys and figure
    "score": ("period, rm_id, measure", "actual"),
    "pay_total": ("period, rm_id, unit_id", "gross"),
}


@cache
def _facts() -> dict[str, pa.Table]:
    return {name: fact_table(FACT_TABLES[name], rows) for name, rows in case(LINES).items()}


def _added(name: str) -> str:
    keys, figure = TOTALS[name]
    return f"SELECT {keys}, CAST(SUM({figure}) AS $BIGINT) AS {figure} FROM {name} GROUP BY {keys}"


def _shard(shard: int, shards: int) -> dict[str, pa.Table]:
    """What one shard gives: its lines, and its part of the totals."""
    mine = {name: shard_table(table, shard, shards).to_pylist() for name, table in _facts().items()}
    with DuckEngine(threads=1) as engine, earned(engine, mine) as context:
        currency = pack().currency
        return {name: output_table(context.engine, name, currency) for name in LINE_TABLES} | {
            name: context.engine.fetch(_added(name)) for name in TOTALS
        }


def _together(parts: Iterable[dict[str, pa.Table]]) -> dict[str, str]:
    """Hash of the lines put together and of the totals added up, in key order."""
    gathered = list(parts)
    hashes = {}
    for name in LINE_TABLES:
        lines = pa.concat_tables([part[name] for part in gathered])
        hashes[name] = table_digest(lines.sort_by([(key, "ascending") for key in OUT_TABLES[name].key]))
    with DuckEngine(threads=1) as engine:
        for name, (keys, _) in TOTALS.items():
            engine.attach_arrow(name, pa.concat_tables([part[name] for part in gathered]))
            hashes[name] = table_digest(engine.fetch(f"{_added(name)} ORDER BY {keys}"))
    return hashes


@pytest.mark.scale
def test_any_number_of_shards_gives_the_same_hash() -> None:
    """Credit, pay by line, results and gross pay by RM have one hash in 1, 4 and 16 shards."""
    whole, four, sixteen = (_together(_shard(shard, shards) for shard in range(shards)) for shards in (1, 4, 16))
    assert whole == four == sixteen
