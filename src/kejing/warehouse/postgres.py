"""The institution's PostgreSQL: a schema of the run's own, filled by COPY and dropped at the end."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq

from kejing.warehouse.dialect import POSTGRES, Dialect
from kejing.warehouse.protocol import (
    ArithmeticOverflowError,
    MissingPackageError,
    RowsWork,
    UnfitDatabaseError,
    UnreachableEngineError,
)

if TYPE_CHECKING:
    import psycopg

_BATCH = 131_072
"""Rows of a Parquet file sent at a time."""
_ARROW_TYPES = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int64(),
    23: pa.int64(),
    25: pa.string(),
    701: pa.float64(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1700: pa.decimal128(38, 0),
}
"""PostgreSQL's type numbers; NUMERIC holds whole numbers here."""
_WORDS = ("a b", "ab", "a_b", "B1", "b0", "Z", "a", "~", "é", "客")
"""Words that only an order by bytes puts as the other engines do; what a collation is called says too little."""


class PostgresEngine:
    """One connection and one schema for one run.

    Parameters
    ----------
    dsn
        Connection string or URI. Its role needs CREATE on the database, no more.
    work_memory
        For each sort or hash of a statement.

    Raises
    ------
    MissingPackageError
        psycopg is not installed.
    UnreachableEngineError
        No connection.
    UnfitDatabaseError
        The database is not UTF-8, or orders text otherwise than by its bytes.
    """

    dialect: Dialect = POSTGRES
    is_in_process: bool = False

    def __init__(self, dsn: str, *, work_memory: str = "256MB") -> None:
        self._connection = _connect(dsn)
        self._schema = f"kejing_run_{self._connection.info.backend_pid}"  # no living connection has the same number
        self._made: dict[str, str] = {}
        try:
            self._check_database()
            self._run(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
            self._run(f"CREATE SCHEMA {self._schema}")
            self._run(f"SET search_path TO {self._schema}, pg_catalog")
            self._run("SET standard_conforming_strings TO on")
            self._run("SET datestyle TO ISO")
            self._run("SET jit TO off")  # compiling the long statements takes longer than they run
            # The planner takes a range join through views for a handful of rows; every join here has an equality.
            self._run("SET enable_nestloop TO off")
            self._run(f"SET work_mem TO '{work_memory}'")
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the schema and hang up."""
        if not self._connection.closed:
            self._run(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
            self._connection.close()

    def attach_parquet(self, name: str, path: Path) -> None:
        """Copy the rows of ``path`` in as relation ``name``, a batch at a time."""
        with pq.ParquetFile(path) as file:
            batches = (pa.Table.from_batches([batch]) for batch in file.iter_batches(batch_size=_BATCH))
            self._copy_in(name, file.schema_arrow, batches)

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Copy ``table`` in as relation ``name``."""
        self._copy_in(name, table.schema, iter([table]))

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name`` and keep it."""
        self._run(f"CREATE UNLOGGED TABLE coming AS {self.dialect.render(text)}")
        self._settle(name)

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        self._drop(name)
        self._run(f"CREATE VIEW {name} AS {self.dialect.render(text)}")
        self._made[name] = "VIEW"

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep as relations ``names`` what ``work`` makes of the rows of a SELECT: they come here and go back."""
        for name, rows in zip(names, work(self.fetch(text)), strict=True):
            self.attach_arrow(name, rows)

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT."""
        select = self.dialect.render(text)
        types = self._types_of(select)
        received = io.BytesIO()
        with _overflows(), self._connection.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT csv)") as stream:
            for piece in stream:
                received.write(piece)
        if not received.tell():
            return pa.schema(list(types.items())).empty_table()
        received.seek(0)
        return _read_csv(received, types)

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT; they come at once."""
        yield from self.fetch(text).to_batches()

    def value(self, text: str) -> object:
        """The single value of a SELECT."""
        with _overflows():
            rows = self._connection.execute(self.dialect.render(text).encode()).fetchall()
        assert len(rows) == 1, text
        return rows[0][0]

    def relations(self) -> set[str]:
        """Names of all relations."""
        return set(self._made)

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        return list(self._types_of(f"SELECT * FROM {name}"))

    def _check_database(self) -> None:
        ((collation, encoding),) = self._connection.execute(
            "SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
        ).fetchall()
        if encoding == "UTF8":
            ordered = self._connection.execute("SELECT w FROM unnest(%s::text[]) AS w ORDER BY w", [list(_WORDS)])
            if [word for (word,) in ordered.fetchall()] == sorted(_WORDS, key=str.encode):
                return
        raise UnfitDatabaseError(collation=collation, encoding=encoding)

    def _run(self, statement: str) -> None:
        with _overflows():
            self._connection.execute(statement.encode())

    def _drop(self, name: str) -> None:
        if name in self._made:
            self._run(f"DROP {self._made.pop(name)} {name} CASCADE")

    def _settle(self, name: str) -> None:
        """Let the new table take the name, and the planner see what is in it."""
        self._drop(name)
        self._run(f"ALTER TABLE coming RENAME TO {name}")
        self._run(f"ANALYZE {name}")
        self._made[name] = "TABLE"

    def _types_of(self, select: str) -> dict[str, pa.DataType]:
        with _overflows():
            described = self._connection.execute(f"SELECT * FROM ({select}) AS described LIMIT 0".encode()).description
        assert described is not None
        return {column.name: _ARROW_TYPES[column.type_code] for column in described}

    def _copy_in(self, name: str, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
        columns = ", ".join(f"{field.name} {_column_type(field.type)}" for field in schema)
        self._run(f"CREATE UNLOGGED TABLE coming ({columns})")
        listed = ", ".join(schema.names)
        with self._connection.cursor().copy(f"COPY coming ({listed}) FROM STDIN (FORMAT csv)") as stream:
            for table in tables:
                for batch in _sendable(table).to_batches(max_chunksize=_BATCH):
                    stream.write(_as_csv(batch))
        self._settle(name)


def _connect(dsn: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        import psycopg  # noqa: PLC0415  # an extra
    except ImportError as cause:
        raise MissingPackageError(engine="PostgreSQL", extra="postgres") from cause
    try:
        return psycopg.connect(dsn, autocommit=True, application_name="kejing")
    except psycopg.Error as cause:
        raise UnreachableEngineError(engine="postgres", detail=str(cause).strip().splitlines()[0]) from cause


def _column_type(type_: pa.DataType) -> str:
    """The column that holds an Arrow type."""
    if pa.types.is_boolean(type_):
        return "BOOLEAN"
    if pa.types.is_integer(type_):
        return "BIGINT"
    if pa.types.is_decimal(type_):
        return "NUMERIC"
    if pa.types.is_floating(type_):
        return "DOUBLE PRECISION"
    if pa.types.is_date(type_):
        return "DATE"
    if pa.types.is_timestamp(type_):
        return "TIMESTAMP"
    return "VARCHAR"


def _sendable(table: pa.Table) -> pa.Table:
    """Decimals as text: CSV knows none."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table


def _as_csv(batch: pa.RecordBatch) -> bytes:
    """Rows as PostgreSQL reads them: texts in quotes, NULL as nothing at all."""
    sink = io.BytesIO()
    pv.write_csv(batch, sink, pv.WriteOptions(include_header=False))
    return sink.getvalue()


def _read_csv(source: io.BytesIO, types: dict[str, pa.DataType]) -> pa.Table:
    try:
        return pv.read_csv(
            source,
            read_options=pv.ReadOptions(column_names=list(types)),
            parse_options=pv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=pv.ConvertOptions(
                column_types=types,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as cause:  # NUMERIC has more digits than Arrow's widest decimal
        raise ArithmeticOverflowError(detail=str(cause).splitlines()[0]) from cause


@contextmanager
def _overflows() -> Iterator[None]:
    """Say an overflow in our own word."""
    from psycopg import errors  # noqa: PLC0415  # an extra

    try:
        yield
    except errors.NumericValueOutOfRange as error:
        raise ArithmeticOverflowError(detail=str(error).splitlines()[0]) from error
