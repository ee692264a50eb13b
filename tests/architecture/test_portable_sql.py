"""Rules keep to the portable subset, and the linter that says so can tell."""

from __future__ import annotations

import importlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from kejing.stages import __path__ as stages_path
from kejing.warehouse.dialect import DUCKDB
from tests.architecture.portable_sql import violations

STAGES = Path(stages_path[0])
RULE_FILES = sorted(STAGES.rglob("*.sql"))
LAW_MODULES = sorted(
    ".".join(("kejing.stages", *path.relative_to(STAGES).with_suffix("").parts)) for path in STAGES.rglob("laws.py")
)


def test_there_are_rules_to_check() -> None:
    """The rules are SQL files beside their stages: an empty list would mean that nothing is checked."""
    assert RULE_FILES
    assert LAW_MODULES


@pytest.mark.parametrize("file", RULE_FILES, ids=lambda file: file.relative_to(STAGES).as_posix())
def test_rule_file_is_portable(file: Path) -> None:
    """Every rule file runs as it stands on the embedded engine, Spark and PostgreSQL."""
    assert violations(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", LAW_MODULES)
def test_laws_are_portable(module: str) -> None:
    """A law is checked on the engine that ran the rules, so it keeps to the same subset."""
    laws = importlib.import_module(module).LAWS
    assert laws
    assert {law.name: violations(law.sql) for law in laws if violations(law.sql)} == {}


# One statement holds the whole left column of the subset but dates, which SQLite does not know.
LEFT_COLUMN = """
WITH priced AS (
  SELECT
    l.line_id, l.customer_id, l.amount, r.micro,
    CASE WHEN l.amount < 0 THEN -1 ELSE 1 END AS sign,
    CAST(ABS(l.amount) AS $WIDE) * r.micro AS size
  FROM line AS l
  LEFT JOIN rate AS r ON r.product = l.product AND l.day >= r.day_from AND l.day < r.day_to
), rounded AS (
  SELECT
    line_id, customer_id, amount,
    CAST(sign * $WIDE_DIV(2 * COALESCE(size, 0) + 1000000, $DIV(4000000, 2)) AS $BIGINT) AS pay
  FROM priced
), ranked AS (
  SELECT rounded.*, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY pay DESC, line_id) AS place,
    SUM(pay) OVER (PARTITION BY customer_id) AS customer_pay
  FROM rounded
)
SELECT
  'line ' || line_id AS name, customer_id, amount, pay, place, customer_pay, ABS(pay) % 7 AS rest
FROM ranked
WHERE place = 1 AND NOT (pay IS NULL) AND customer_id IN ('a', 'b')
UNION ALL
SELECT
  'all', CAST(customer_id AS $TEXT), SUM(amount), MIN(pay), COUNT(*), MAX(pay), COUNT(DISTINCT line_id)
FROM (SELECT DISTINCT line_id, customer_id, amount, pay FROM rounded) AS each
GROUP BY customer_id
HAVING COUNT(*) > 1
ORDER BY customer_id, name
"""

SAMPLE = (
    "CREATE TABLE line (line_id VARCHAR, customer_id VARCHAR, product VARCHAR, amount BIGINT, day BIGINT)",
    "INSERT INTO line VALUES ('1', 'a', 'x', 101, 5), ('2', 'a', 'x', -101, 9), ('3', 'a', 'y', 40, 5)",
    "INSERT INTO line VALUES ('4', 'b', 'x', 9007199254740993, 10), ('5', 'c', 'x', 7, 1)",
    "CREATE TABLE rate (product VARCHAR, micro BIGINT, day_from BIGINT, day_to BIGINT)",
    "INSERT INTO rate VALUES ('x', 500000, 1, 10), ('x', 1, 10, 99), ('y', 62500, 1, 99)",
)


def test_left_column_is_allowed() -> None:
    """What the explanation page allows passes."""
    assert violations(LEFT_COLUMN) == []
    assert violations("CREATE TABLE a AS SELECT b FROM c WHERE d >= CAST('2026-01-31' AS DATE) AND d < $AS_OF") == []


def test_left_column_gives_the_same_rows_on_two_engines() -> None:
    """The allowed constructs mean the same on DuckDB and SQLite, down to a cent above 2 to the 53rd."""
    embedded = duckdb.connect()
    other = sqlite3.connect(":memory:")
    for statement in SAMPLE:
        embedded.execute(statement)
        other.execute(statement)

    narrow = replace(DUCKDB, wide="BIGINT", div="(({0}) / ({1}))", wide_div="(({0}) / ({1}))")
    rows = embedded.execute(DUCKDB.render(LEFT_COLUMN)).fetchall()
    assert rows == other.execute(narrow.render(LEFT_COLUMN)).fetchall()
    assert rows[0] == ("all", "a", 40, -51, 3, 51, 3)
    assert len(rows) == 3
    other.close()
    embedded.close()


RIGHT_COLUMN = {
    "simple CASE": ("SELECT CASE a WHEN 1 THEN 2 ELSE 3 END AS b FROM t", "CASE with this"),
    "division": ("SELECT a / b AS c FROM t", "`/`"),
    "division by sign": ("SELECT a // b AS c FROM t", "`//`"),
    "DECIMAL": ("SELECT CAST(a AS DECIMAL(18, 2)) AS b FROM t", "CAST to DECIMAL"),
    "decimal literal": ("SELECT a * 1.5 AS b FROM t", "whole number"),
    "exponent literal": ("SELECT a * 1e6 AS b FROM t", "whole number"),
    "DOUBLE": ("SELECT CAST(a AS DOUBLE) AS b FROM t", "CAST to DOUBLE"),
    "wide type by name": ("SELECT CAST(a AS HUGEINT) AS b FROM t", "$WIDE"),
    "cast by colons": ("SELECT a::BIGINT AS b FROM t", "`::`"),
    "TRY_CAST": ("SELECT TRY_CAST(a AS BIGINT) AS b FROM t", "TRY CAST"),
    "ROUND": ("SELECT ROUND(a) AS b FROM t", "ROUND"),
    "AVG": ("SELECT AVG(a) AS b FROM t", "AVG"),
    "POWER": ("SELECT a ** 2 AS b FROM t", "POW"),
    "unknown function": ("SELECT my_function(a) AS b FROM t", "MY_FUNCTION"),
    "GREATEST": ("SELECT GREATEST(a, b) AS c FROM t", "GREATEST"),
    "CONCAT": ("SELECT CONCAT(a, b) AS c FROM t", "CONCAT"),
    "LIKE": ("SELECT a FROM t WHERE a LIKE 'x%'", "LIKE"),
    "list": ("SELECT [a, b] AS c FROM t", "ARRAY"),
    "struct": ("SELECT {'a': a} AS c FROM t", "STRUCT"),
    "date literal": ("SELECT DATE '2026-01-31' AS d FROM t", "CAST('2026-01-31' AS DATE)"),
    "interval": ("SELECT a + INTERVAL 1 DAY AS b FROM t", "INTERVAL"),
    "EXTRACT": ("SELECT EXTRACT(year FROM a) AS b FROM t", "EXTRACT"),
    "YEAR": ("SELECT YEAR(a) AS b FROM t", "YEAR"),
    "DATE_TRUNC": ("SELECT DATE_TRUNC('month', a) AS b FROM t", "TRUNC"),
    "today": ("SELECT CURRENT_DATE AS b FROM t", "CURRENT_DATE"),
    "now": ("SELECT NOW() AS b FROM t", "NOW"),
    "chance": ("SELECT RANDOM() AS b FROM t", "RAND"),
    "ASOF JOIN": ("SELECT a FROM t ASOF JOIN u ON t.a >= u.a", "method"),
    "CROSS JOIN": ("SELECT a FROM t CROSS JOIN u", "CROSS JOIN"),
    "comma join": ("SELECT a FROM t, u WHERE t.a = u.a", "after ON"),
    "FULL JOIN": ("SELECT a FROM t FULL JOIN u ON t.a = u.a", "FULL JOIN"),
    "RIGHT JOIN": ("SELECT a FROM t RIGHT JOIN u ON t.a = u.a", "RIGHT JOIN"),
    "SEMI JOIN": ("SELECT a FROM t SEMI JOIN u ON t.a = u.a", "SEMI JOIN"),
    "NATURAL JOIN": ("SELECT a FROM t NATURAL JOIN u", "method"),
    "USING": ("SELECT a FROM t JOIN u USING (a)", "USING"),
    "OR in a join": ("SELECT a FROM t JOIN u ON t.a = u.a OR t.b = u.b", "equality and half-open range"),
    "LATERAL": ("SELECT a FROM t JOIN LATERAL (SELECT 1 AS b) AS u ON t.a = u.b", "LATERAL"),
    "BETWEEN": ("SELECT a FROM t WHERE a BETWEEN 1 AND 2", "BETWEEN"),
    "QUALIFY": ("SELECT a FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY a) = 1", "QUALIFY"),
    "PIVOT": ("PIVOT t ON a USING SUM(b)", "PIVOT"),
    "UNPIVOT": ("UNPIVOT t ON a, b INTO NAME c VALUE d", "PIVOT"),
    "MERGE": ("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "MERGE"),
    "INSERT": ("INSERT INTO t SELECT a FROM u", "INSERT"),
    "UPDATE": ("UPDATE t SET a = 1", "UPDATE"),
    "DELETE": ("DELETE FROM t", "DELETE"),
    "DROP": ("DROP TABLE t", "DROP"),
    "OR REPLACE": ("CREATE OR REPLACE TABLE a AS SELECT b FROM c", "CREATE with replace"),
    "GROUP BY ALL": ("SELECT a, SUM(b) AS c FROM t GROUP BY ALL", "GROUP with all"),
    "GROUP BY number": ("SELECT a, SUM(b) AS c FROM t GROUP BY 1", "group by names"),
    "GROUP BY expression": ("SELECT SUM(b) AS c FROM t GROUP BY a % 2", "group by names"),
    "ROLLUP": ("SELECT a, SUM(b) AS c FROM t GROUP BY ROLLUP (a)", "ROLLUP"),
    "ORDER BY number": ("SELECT a FROM t ORDER BY 1", "order by names"),
    "LIMIT": ("SELECT a FROM t ORDER BY a LIMIT 1", "LIMIT"),
    "SAMPLE": ("SELECT a FROM t USING SAMPLE 10", "USING"),
    "EXCLUDE": ("SELECT * EXCLUDE (a) FROM t", "except"),
    "REPLACE": ("SELECT * REPLACE (1 AS a) FROM t", "replace"),
    "COLUMNS": ("SELECT COLUMNS('a.*') FROM t", "COLUMNS"),
    "DISTINCT ON": ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT with on"),
    "UNION": ("SELECT a FROM t UNION SELECT a FROM u", "UNION ALL"),
    "UNION BY NAME": ("SELECT a FROM t UNION ALL BY NAME SELECT a FROM u", "by name"),
    "EXCEPT": ("SELECT a FROM t EXCEPT SELECT a FROM u", "EXCEPT"),
    "recursion": ("WITH RECURSIVE w AS (SELECT 1 AS a UNION ALL SELECT a FROM w) SELECT a FROM w", "recursive"),
    "FILTER": ("SELECT SUM(a) FILTER (WHERE b > 1) AS c FROM t", "FILTER"),
    "RANK": ("SELECT RANK() OVER (ORDER BY a) AS b FROM t", "RANK OVER"),
    "running total": ("SELECT SUM(a) OVER (ORDER BY b) AS c FROM t", "running total"),
    "row number by chance": ("SELECT ROW_NUMBER() OVER (PARTITION BY a) AS b FROM t", "by chance"),
    "window frame": (
        "SELECT SUM(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS d FROM t",
        "spec",
    ),
    "FROM first": ("FROM t", "FROM before SELECT"),
    "FROM first inside": ("SELECT a FROM (FROM t SELECT a) AS u", "FROM before SELECT"),
    "last comma": ("SELECT a, b, FROM t", "comma"),
    "two equal signs": ("SELECT a FROM t WHERE a == 1", "`==`"),
    "file as a table": ("SELECT a FROM read_parquet('x.parquet')", "READ_PARQUET"),
    "values": ("SELECT a FROM (VALUES (1)) AS t(a)", "VALUES"),
    "quoted name": ('SELECT "a" FROM t', "quoted"),
    "text by name": ("SELECT CAST(a AS VARCHAR) AS b FROM t", "$TEXT"),
    "a call with one operand": ("SELECT $DIV(a) AS b FROM t", "operands: 2"),
    "a sum of two": ("SELECT $SUM(a, b) AS c FROM t", "operands: 1"),
    "a token as a sign": ("SELECT a $DIV b AS c FROM t", "does not parse"),
    "sub-select without a name": ("SELECT a FROM (SELECT a FROM t)", "without a name"),
    "no SQL": ("SELECT FROM WHERE", "does not parse"),
}


@pytest.mark.parametrize("construct", RIGHT_COLUMN)
def test_construct_outside_the_subset_is_caught(construct: str) -> None:
    """Each construct that engines treat differently is named with its line."""
    text, said = RIGHT_COLUMN[construct]
    found = violations(text)
    assert any(said in line for line in found), found


def test_violation_names_its_line_in_a_file_of_several_relations() -> None:
    """The line is the one a reader opens, also below the second heading and behind comments."""
    text = "-- relation: a\nSELECT b\nFROM c\n;\n\n-- Why.\n-- view: d\nSELECT\n  b,\n  e / f AS g -- a/b\nFROM c\n;\n"
    assert violations(text) == ["line 10: `/` divides into floats or decimals; write $DIV(a, b) on operands >= 0"]
