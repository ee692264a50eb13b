"""The embedded engine: one DuckDB connection, named relations, rendered SQL files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from kejing.warehouse.dialect import DUCKDB, Dialect
from kejing.warehouse.protocol import ArithmeticOverflowError, RowsWork

__all__ = ["ArithmeticOverflowError", "DuckEngine"]

_BATCH = 1 << 20
"""Rows handed over at a time where they are read some at a time."""


class DuckEngine:
    """One embedded DuckDB database for one run.

    Relations are plain names. Nothing here reads a clock or a setting of the machine: threads and
    memory are arguments.

    Examples
    --------
    >>> with DuckEngine(threads=1) as engine:
    ...     engine.create("seven", "SELECT $DIV(7, 2) AS half")
    ...     engine.fetch("SELECT half FROM seven").to_pylist()
    [{'half': 3}]
    """

    dialect: Dialect = DUCKDB
    is_in_process: bool = True

    def __init__(self, *, threads: int = 2, memory_limit: str = "8GiB", spill_folder: Path | None = None) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        # Without a folder of its own nothing is spilled: the default is a folder in the reader's working directory.
        settings["temp_directory"] = "" if spill_folder is None else str(spill_folder)
        self._connection = duckdb.connect(":memory:", config=settings)
        self._held: set[str] = set()
        self._connection.execute("SET preserve_insertion_order = false")
        self._connection.execute("SET enable_progress_bar = false")  # progress is ours to show

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and its memory."""
        self._connection.close()

    def another(self) -> DuckEngine:
        """A second connection to the same database, for another thread; closing it leaves the database open."""
        beside = object.__new__(DuckEngine)
        beside._connection = self._connection.cursor()
        beside._held = set()
        return beside

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path`` as relation ``name``, without copying it."""
        quoted = str(path).replace("'", "''")
        self._execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{quoted}')")

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Copy ``table`` in as relation ``name``."""
        self._connection.register("incoming", table)
        self._execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM incoming")
        self._connection.unregister("incoming")

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name`` from a rendered SELECT and keep it."""
        self._let_go(name)
        self._execute(f"CREATE OR REPLACE TABLE {name} AS {self.dialect.render(text)}")

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        self._execute(f"CREATE OR REPLACE VIEW {name} AS {self.dialect.render(text)}")

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep as relations ``names`` what ``work`` makes of the rows of a rendered SELECT; arrays are not copied."""
        for name, rows in zip(names, work(self.fetch(text)), strict=True):
            self._let_go(name)
            self._connection.register(f"held_{name}", rows)
            self._execute(f"CREATE VIEW {name} AS SELECT * FROM held_{name}")
            self._held.add(name)

    def run_script(self, text: str) -> None:
        """Run the statements of ``text`` in order; the engine itself says where one ends."""
        for statement in self._connection.extract_statements(self.dialect.render(text)):
            self._execute(statement.query)

    def fetch(self, text: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """The rows of a rendered SELECT as Arrow; order them with a complete key."""
        try:
            relation = self._connection.sql(self.dialect.render(text), params=dict(parameters) if parameters else None)
            return pa.table(relation.to_arrow_table())
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as cause:
            raise ArithmeticOverflowError(detail=str(cause).splitlines()[0]) from cause

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a rendered SELECT, some at a time; read them to the end before asking for anything else."""
        try:
            yield from self._connection.sql(self.dialect.render(text)).to_arrow_reader(_BATCH)
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as cause:
            raise ArithmeticOverflowError(detail=str(cause).splitlines()[0]) from cause

    def value(self, text: str) -> object:
        """The single value of a rendered SELECT."""
        rows = self._connection.execute(
            self.dialect.render(text)
        ).fetchall()  # DuckDB 2 refuses work beside an open result
        assert len(rows) == 1, text
        return rows[0][0]

    def relations(self) -> set[str]:
        """Names of all relations."""
        rows = self._connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
        return {str(row[0]) for row in rows}

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        return [str(row[0]) for row in self._connection.execute(f"DESCRIBE {name}").fetchall()]

    def _let_go(self, name: str) -> None:
        """Make ``name`` free: DuckDB does not replace a table by a view or the other way round."""
        if name in self._held:
            self._execute(f"DROP VIEW {name}")
            self._connection.unregister(f"held_{name}")
            self._held.discard(name)

    def _execute(self, statement: str) -> None:
        try:
            self._connection.execute(statement)
        except (duckdb.OutOfRangeException, duckdb.ConversionException) as cause:
            raise ArithmeticOverflowError(detail=str(cause).splitlines()[0]) from cause
