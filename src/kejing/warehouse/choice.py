"""Open the engine that a run was asked to credit and pay on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kejing.measure.errors import KejingError
from kejing.warehouse.postgres import PostgresEngine
from kejing.warehouse.protocol import Engine
from kejing.warehouse.spark import SparkEngine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

type SparkAt = str | SparkSession
"""Where Spark is: a master, a Spark Connect address, or an open session."""
ENGINES = ("duckdb", "spark", "postgres")


class UnknownEngineError(KejingError):
    """The engine asked for is not one that may pay anybody."""

    code = "run.unknown_engine"


class NoAddressError(KejingError):
    """An engine outside this process was asked for, but not where it is."""

    code = "engine.no_address"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine credits and pays, and where it is.

    Attributes
    ----------
    name
        ``duckdb`` (in this process), ``spark`` or ``postgres``.
    spark
        Master, Spark Connect address or an open session.
    postgres
        Connection string; it is never written anywhere.

    Raises
    ------
    UnknownEngineError
        ``name`` is none of these.
    NoAddressError
        The engine is known, its address is missing.
    """

    name: str = "duckdb"
    spark: SparkAt | None = None
    postgres: str | None = None

    def __post_init__(self) -> None:
        if self.name not in ENGINES:
            raise UnknownEngineError(engine=self.name, known=", ".join(ENGINES))
        if self.name == "spark" and self.spark is None:
            raise NoAddressError(engine="spark", option="--spark-master")
        if self.name == "postgres" and self.postgres is None:
            raise NoAddressError(engine="postgres", option="--postgres-dsn")

    def open(self, folder: Path, *, memory_limit: str = "8GiB") -> Engine | None:
        """The engine chosen; None where the embedded one does everything.

        ``folder`` is where Spark keeps relations, seen by all its workers; ``memory_limit`` is of a Spark
        driver started here.
        """
        if self.spark is not None and self.name == "spark":
            return SparkEngine(self.spark, folder=folder, memory=memory_limit.removesuffix("iB").lower())
        if self.postgres is not None and self.name == "postgres":
            return PostgresEngine(self.postgres)
        return None
