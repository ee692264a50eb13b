"""An engine is opened as it was asked for, leaves nothing behind, and says in our own words why it cannot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from kejing.text.catalogue import error_sentence
from kejing.text.labels import LANGUAGES
from kejing.warehouse.choice import EngineChoice, NoAddressError, UnknownEngineError
from kejing.warehouse.postgres import PostgresEngine
from kejing.warehouse.protocol import MissingPackageError, UnfitDatabaseError, UnreachableEngineError
from kejing.warehouse.spark import SparkEngine


def test_unknown_engine_and_missing_address_are_refused() -> None:
    """A name that is no engine, and an engine without its address, are said before any work."""
    with pytest.raises(UnknownEngineError, match="duckdb, spark, postgres"):
        EngineChoice("oracle")
    with pytest.raises(NoAddressError, match="--spark-master"):
        EngineChoice("spark")
    with pytest.raises(NoAddressError, match="--postgres-dsn"):
        EngineChoice("postgres")


@pytest.mark.parametrize(
    ("module", "name", "address"), [("pyspark.sql", "spark", "local[1]"), ("psycopg", "postgres", "")]
)
def test_missing_client_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str, name: str, address: str
) -> None:
    """Without the client the error says, in both languages, what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingPackageError) as caught:
        EngineChoice(name, **{name: address}).open(tmp_path)
    for language in LANGUAGES:
        assert f"kejing[{name}]" in error_sentence(caught.value, language).remedy


def test_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    """No server behind the address is an error of ours, not a trace of the client's."""
    with pytest.raises(UnreachableEngineError, match="postgres"):
        PostgresEngine(f"host={tmp_path} dbname=none user=nobody connect_timeout=2")


def test_database_that_orders_by_a_language_is_refused(postgres_dsn: str) -> None:
    """Ties go to the smaller id by its bytes, so a database that orders otherwise may not pay."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE german TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    with pytest.raises(UnfitDatabaseError):
        PostgresEngine(postgres_dsn.replace("dbname=postgres", "dbname=german"))


def test_schema_of_the_run_is_dropped(postgres_dsn: str) -> None:
    """Closing leaves no schema, and two runs at once do not meet."""
    with PostgresEngine(postgres_dsn) as first, PostgresEngine(postgres_dsn) as second:
        for engine, figure in ((first, 1), (second, 2)):
            engine.attach_arrow("line", pa.table({"x": [figure]}))
        assert (first.value("SELECT x FROM line"), second.value("SELECT x FROM line")) == (1, 2)
    with psycopg.connect(postgres_dsn) as connection:
        left = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kejing%'").fetchall()
    assert left == []


def test_open_session_keeps_its_settings_and_views(spark_session: Any, tmp_path: Path) -> None:
    """A session that was passed is neither stopped nor changed."""
    spark_session.conf.set("spark.sql.session.timeZone", "Asia/Shanghai")
    with SparkEngine(spark_session, folder=tmp_path) as engine:
        engine.attach_arrow("line", pa.table({"x": [1]}))
        assert engine.value("SELECT x FROM line") == 1
    assert spark_session.conf.get("spark.sql.session.timeZone") == "Asia/Shanghai"
    assert not spark_session.catalog.tableExists("line")
    assert spark_session.sql("SELECT 1 AS one").collect()[0].one == 1
