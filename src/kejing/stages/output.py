"""From relations in the engine to the tables of ``OUT/``: declared columns, key order, decimals at this edge."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from kejing.measure.money import minor_digits
from kejing.stages.tables import OUT_TABLES, OutColumn, OutKind, OutTable
from kejing.warehouse.digest import table_digest
from kejing.warehouse.protocol import Engine
from kejing.warehouse.store import as_decimal, write_parquet

_SQL_TYPES = {
    OutKind.TEXT: "$TEXT",
    OutKind.DATE: "DATE",
    OutKind.COUNT: "$BIGINT",
    OutKind.MONEY: "$BIGINT",
    OutKind.MICRO: "$BIGINT",
    OutKind.FLAG: "BOOLEAN",
}
_ARROW_TYPES = {
    OutKind.TEXT: pa.string(),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.FLAG: pa.bool_(),
}
MICRO_DIGITS = 6


def select_table(table: OutTable) -> str:
    """The SELECT that reads ``table`` from its relation, typed and in key order."""
    columns = ", ".join(
        f'CAST("{column.name}" AS {_SQL_TYPES[column.kind]}) AS "{column.name}"' for column in table.columns
    )
    order = ", ".join(f'"{name}"' for name in table.key)
    return f"SELECT {columns} FROM {table.name} ORDER BY {order}"


def output_table(engine: Engine, name: str, currency: str) -> pa.Table:
    """Output table ``name`` as it will stand in the file: exact decimals, labels in the field metadata."""
    table = OUT_TABLES[name]
    raw = engine.fetch(select_table(table))
    digits = minor_digits(currency)
    columns = [_finish(raw.column(column.name), column, digits) for column in table.columns]
    fields = [_field(column, array.type, currency) for column, array in zip(table.columns, columns, strict=True)]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def write_table(engine: Engine, name: str, folder: Path, currency: str) -> dict[str, object]:
    """Write output table ``name`` into ``folder``; returns its rows and hash for the manifest."""
    table = output_table(engine, name, currency)
    write_parquet(table, folder / f"{name}.parquet")
    return {"rows": table.num_rows, "sha256": table_digest(table)}


def _finish(column: pa.ChunkedArray, declared: OutColumn, digits: int) -> pa.Array:
    match declared.kind:
        case OutKind.MONEY:
            return as_decimal(column, digits)
        case OutKind.MICRO:
            return as_decimal(column, MICRO_DIGITS)
        case _:
            return column.cast(_ARROW_TYPES[declared.kind]).combine_chunks()


def _field(column: OutColumn, type_: pa.DataType, currency: str) -> pa.Field:
    metadata = {"zh": column.zh, "en": column.en}
    if column.kind is OutKind.MONEY:
        metadata["unit"] = currency
    return pa.field(column.name, type_, metadata=metadata)
