"""Statement rows in one canonical form, so that paths can be compared by hash."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kejing.warehouse.digest import table_digest

SCHEMA = pa.schema(
    [
        ("rm_id", pa.string()),  # '' is the house account
        ("month", pa.string()),  # 2025-01
        ("business_type", pa.string()),
        ("lines", pa.int64()),
        ("credited", pa.int64()),  # minor units
        ("pay", pa.int64()),  # minor units
    ]
)
KEY = [("rm_id", "ascending"), ("month", "ascending"), ("business_type", "ascending")]


def canonical(rows: pa.Table) -> pa.Table:
    """``rows`` with the declared columns and types, in key order."""
    return rows.select(SCHEMA.names).cast(SCHEMA).sort_by(KEY).combine_chunks()


def digest(rows: pa.Table) -> str:
    """SHA-256 of canonical rows."""
    return table_digest(rows)


def cents_off(rows: pa.Table, exact: pa.Table) -> int:
    """Minor units by which canonical ``rows`` miss ``exact``, credited amounts and pay of all rows together."""
    assert rows.num_rows == exact.num_rows
    missed = 0
    for name in ("credited", "pay"):
        off = rows.column(name).to_numpy() - exact.column(name).to_numpy()
        missed += int(np.abs(off).sum())
    return missed


def write(rows: pa.Table, path: str) -> None:
    """Keep canonical rows for a comparison by another process."""
    pq.write_table(rows, path)
