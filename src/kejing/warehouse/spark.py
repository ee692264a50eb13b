"""The institution's Spark: a session, temporary views over Parquet in a folder that all its workers see."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.warehouse.dialect import SPARK, Dialect
from kejing.warehouse.protocol import ArithmeticOverflowError, MissingPackageError, RowsWork, UnreachableEngineError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

OVERFLOW = "22003"
"""The SQL state of a number that is out of range."""
_RULES = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error; without it a number wraps or goes NULL
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # one calendar back to the year 1
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # what fails is raised here, and said once
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


class SparkEngine:
    """One session of a Spark, for one run.

    Parameters
    ----------
    spark
        A master (``local[2]``, ``spark://…``, ``yarn``), a Spark Connect address (``sc://…``), or a session
        that is open already. Of an open one a new session is taken, so that its settings and views stay as
        they are, and it is not stopped.
    folder
        Where relations are kept as Parquet. The driver, the workers and this process must see it under this
        path; it is the caller's to delete.
    memory
        Of a driver started here.
    """

    dialect: Dialect = SPARK
    is_in_process: bool = False

    def __init__(self, spark: str | SparkSession, *, folder: Path, memory: str = "4g") -> None:
        self._folder = folder.absolute()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._made: dict[str, bool] = {}
        self._count = 0
        self._session, self._is_ours = _session(spark, memory)
        for name, value in _RULES.items():
            self._session.conf.set(name, value)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the views, and stop the session if it was started here."""
        if self._is_ours:
            self._session.stop()
            return
        for name in self._made:
            self._session.catalog.dropTempView(name)

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path`` as relation ``name``; every worker reads the file itself."""
        self._name(name, self._session.read.parquet(_address(path)))

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Hand ``table`` over as a Parquet file in the shared folder."""
        path = self._place(name).with_suffix(".parquet")
        pq.write_table(table, path, version="2.6", coerce_timestamps="us")
        self.attach_parquet(name, path)

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name`` and keep it in the shared folder."""
        address = _address(self._place(name))
        with _overflows():
            frame = self._sql(text)
            frame.write.parquet(address)
        self._name(name, self._session.read.schema(frame.schema).parquet(address))

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        with _overflows():
            self._name(name, self._sql(text))

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep as relations ``names`` what ``work`` makes of the rows of a SELECT: they come here and go back."""
        for name, rows in zip(names, work(self.fetch(text)), strict=True):
            self.attach_arrow(name, rows)

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT."""
        with _overflows():
            return self._sql(text).toArrow()

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT; they come at once."""
        yield from self.fetch(text).to_batches()

    def value(self, text: str) -> object:
        """The single value of a SELECT."""
        rows = self.fetch(text).to_pylist()
        assert len(rows) == 1, text
        return next(iter(rows[0].values()))

    def relations(self) -> set[str]:
        """Names of all relations."""
        return set(self._made)

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        return list(self._session.table(name).columns)

    def _sql(self, text: str) -> DataFrame:
        return self._session.sql(self.dialect.render(text))

    def _name(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)
        self._made[name] = True

    def _place(self, name: str) -> Path:
        """A path not used before: a relation may be made anew from itself."""
        self._count += 1
        return self._folder / f"{name}-{self._count}"


def _address(path: Path) -> str:
    """A path as Spark takes it for a file, whatever the cluster's default file system is."""
    return path.absolute().as_uri()


def _session(spark: str | SparkSession, memory: str) -> tuple[SparkSession, bool]:
    """A session of our own, and whether the Spark below it was started here."""
    if not isinstance(spark, str):
        return spark.newSession(), False
    session_class = _import_session()
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # what fails is raised, and said once
    try:
        running = session_class.getActiveSession()
        if running is not None:
            return running.newSession(), False
        builder = session_class.builder.appName("kejing")
        if spark.startswith("sc://"):
            return builder.remote(spark).create(), True
        settings = {**_RULES, **(_LOCAL if spark.startswith("local") else {}), "spark.driver.memory": memory}
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.master(spark).getOrCreate()
        session.sparkContext.setLogLevel("OFF")
    except Exception as cause:  # whatever Spark, Java or the network say
        raise UnreachableEngineError(engine="spark", detail=_first_line(cause)) from cause
    return session, True


def _import_session() -> Any:  # noqa: ANN401  # its own builder hides its type
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the pandas that is installed; none is used
            from pyspark.sql import SparkSession  # noqa: PLC0415  # an extra
    except ImportError as cause:
        raise MissingPackageError(engine="Spark", extra="spark") from cause
    return SparkSession


@contextmanager
def _overflows() -> Iterator[None]:
    """Say an overflow in our own word."""
    from pyspark.errors import PySparkException  # noqa: PLC0415  # an extra

    try:
        yield
    except PySparkException as error:
        if error.getSqlState() == OVERFLOW:
            raise ArithmeticOverflowError(detail=_first_line(error)) from error
        raise


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
