"""The engines that the suite runs on: each is really started, or the tests fail."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.postgres import PostgresEngine
from kejing.warehouse.protocol import Engine
from kejing.warehouse.spark import SparkEngine

ENGINES = ("duckdb", "spark", "postgres")
SMALL_SPARK = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.default.parallelism": "2",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.ansi.enabled": "true",
}
"""A Spark that starts and plans quickly; the rules of arithmetic are the engine's to set."""

type Opener = Callable[[str], Engine]


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A Spark of this machine, two workers wide."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the pandas that is installed; none is used
        from pyspark.sql import SparkSession  # noqa: PLC0415

        builder = SparkSession.builder.master("local[2]").appName("kejing-tests")
        for name, value in SMALL_SPARK.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """A PostgreSQL cluster of this test run alone, on a socket of its own, with no port."""
    home = Path(tempfile.mkdtemp(prefix="kejing-pg-"))  # the server's user must reach it, and a socket's path is short
    with _cluster(home) as dsn:
        yield dsn
    shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _cluster(home: Path) -> Iterator[str]:
    owner = _server_user()
    if owner is not None:
        shutil.chown(home, owner)
    data = home / "data"
    _as(owner, _tool("initdb"), "-D", data, "--no-locale", "-E", "UTF8", "-U", "kejing", "-A", "trust", "--no-sync")
    settings = f"-c listen_addresses='' -c unix_socket_directories='{home}' -c fsync=off -c max_wal_size=4GB"
    _as(owner, _tool("pg_ctl"), "-D", data, "-w", "-l", home / "log", "-o", settings, "start")
    try:
        yield f"host={home} dbname=postgres user=kejing"
    finally:
        _as(owner, _tool("pg_ctl"), "-D", data, "-m", "immediate", "stop")


def _server_user() -> str | None:
    """The server refuses to run as root; then it runs as the user that its package made."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam("postgres").pw_name


def _tool(name: str) -> Path:
    """A program of PostgreSQL, also where the package keeps it off the path."""
    found = shutil.which(name)
    installed = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not installed:
        pytest.fail(f"PostgreSQL is not installed ({name} is missing), and a suite without it proves nothing.")
    return installed[-1]


def _as(owner: str | None, *command: object) -> None:
    """Run a program of the server, quietly; its words stand in the failure."""
    with tempfile.TemporaryFile("w+") as said:  # the server keeps the handle: a pipe would never end
        done = subprocess.run(
            [str(part) for part in command], user=owner, cwd="/", stdout=said, stderr=said, check=False
        )
        said.seek(0)
        if done.returncode:
            pytest.fail(f"{command[0]} ended with {done.returncode}: {said.read()}")


@pytest.fixture
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens an engine by its name; what was opened is closed."""
    opened: list[Engine] = []

    def open_engine(name: str) -> Engine:
        engine: Engine
        match name:
            case "duckdb":
                engine = DuckEngine(threads=2)
            case "spark":
                engine = SparkEngine(request.getfixturevalue("spark_session"), folder=tmp_path / "spark")
            case _:
                engine = PostgresEngine(request.getfixturevalue("postgres_dsn"))
        opened.append(engine)
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, opener: Opener) -> Engine:
    """Each engine that may pay anybody."""
    return opener(request.param)
