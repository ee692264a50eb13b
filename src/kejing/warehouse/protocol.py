"""What a stage may ask of an engine, whichever it is, and how an engine says that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.warehouse.dialect import Dialect


class ArithmeticOverflowError(KejingError):
    """An exact figure does not fit the engine's widest integer."""

    code = "engine.overflow"


class MissingPackageError(KejingError):
    """The engine's client is not installed: it is an extra of the package."""

    code = "engine.missing_package"


class UnreachableEngineError(KejingError):
    """The engine does not answer, or not in the way that a run needs."""

    code = "engine.unreachable"


class UnfitDatabaseError(KejingError):
    """The database orders or stores text by rules of its own, so that ties would fall differently."""

    code = "engine.unfit_database"


type RowsWork = Callable[[pa.Table], Sequence[pa.Table]]
"""What arrays are worked on by: all rows of a SELECT in, the rows of some relations out."""


class Engine(Protocol):
    """Named relations and SQL over them.

    Texts come with the tokens of `Dialect` and are rendered here. A figure that does not fit is an
    `ArithmeticOverflowError`, never another figure and never NULL.
    """

    @property
    def dialect(self) -> Dialect:
        """What the tokens become."""
        ...

    @property
    def is_in_process(self) -> bool:
        """Whether rows lie in this process, so that working on arrays costs no crossing."""
        ...

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path`` as relation ``name``."""
        ...

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Bring ``table`` in as relation ``name``."""
        ...

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name`` from a SELECT and keep it."""
        ...

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        ...

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep as relations ``names`` what ``work`` makes of the rows of a SELECT.

        The rows come in any order, and of a book in shards ``work`` sees one shard at a time; what it reads besides,
        it fetches then.
        """
        ...

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT; order them with a complete key."""
        ...

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT, some at a time; read them to the end before asking for anything else."""
        ...

    def value(self, text: str) -> object:
        """The single value of a SELECT."""
        ...

    def relations(self) -> set[str]:
        """Names of all relations."""
        ...

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        ...

    def close(self) -> None:
        """Let go of the engine and of everything the run kept in it."""
        ...
