"""What the figures are measured against inside the engine: a raw scan, and SQL written by hand for this one job."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.data import fact_path
from benchmarks.measuring import Stopwatch

SCAN = """
    SELECT COUNT(*) AS lines, SUM(amount) AS cents, MAX(booked_on) AS last_day,
      MIN(line_id) AS line, MIN(customer_id) AS customer, MIN(product) AS product, MIN(currency) AS currency
    FROM income
"""
TEAM_SEATS = """
    SELECT customer_id, valid_from, valid_to, rm_id, share,
      ROW_NUMBER() OVER (PARTITION BY customer_id, valid_from ORDER BY rm_id) AS seq
    FROM coverage
"""
TEAM = """
    SELECT s.*, w.w1, w.w2, w.w3
    FROM seats AS s
    JOIN (
      SELECT customer_id, valid_from,
        CAST(SUM(CASE WHEN seq = 1 THEN share ELSE 0 END) AS BIGINT) AS w1,
        CAST(SUM(CASE WHEN seq = 2 THEN share ELSE 0 END) AS BIGINT) AS w2,
        CAST(SUM(CASE WHEN seq = 3 THEN share ELSE 0 END) AS BIGINT) AS w3
      FROM seats GROUP BY customer_id, valid_from
    ) AS w ON w.customer_id = s.customer_id AND w.valid_from = s.valid_from
"""
PROFILE = """
    SELECT c.customer_id, c.industry, s.tier
    FROM customers AS c JOIN segment AS s ON s.customer_id = c.customer_id
"""
PRICE = """
    SELECT q.product, q.business_type, r.industry, r.customer_tier, r.micro
    FROM products AS q JOIN rate_card AS r ON r.business_type = q.business_type
"""
STATEMENTS = """
    WITH line AS (
      SELECT i.customer_id, i.booked_on, i.amount, p.business_type, p.micro
      FROM income AS i
      JOIN profile AS c ON c.customer_id = i.customer_id
      JOIN price AS p ON p.product = i.product AND p.industry = c.industry AND p.customer_tier = c.tier
    ),
    member AS (
      SELECT l.booked_on, l.amount, l.business_type, l.micro, COALESCE(t.rm_id, '') AS rm_id, COALESCE(t.seq, 1) AS seq,
        (ABS(l.amount) * COALESCE(t.share, 10000)) // 10000 AS part,
        (ABS(l.amount) * COALESCE(t.share, 10000)) % 10000 AS r,
        (ABS(l.amount) * COALESCE(t.w1, 0)) % 10000 AS r1,
        (ABS(l.amount) * COALESCE(t.w2, 0)) % 10000 AS r2,
        (ABS(l.amount) * COALESCE(t.w3, 0)) % 10000 AS r3
      FROM line AS l
      LEFT JOIN team AS t
        ON t.customer_id = l.customer_id AND t.valid_from <= l.booked_on AND t.valid_to > l.booked_on
    ),
    credited AS (
      SELECT rm_id, booked_on, business_type, micro,
        CASE WHEN amount < 0 THEN -1 ELSE 1 END * (part + CASE WHEN
          CASE WHEN r1 > r OR (r1 = r AND seq > 1) THEN 1 ELSE 0 END
          + CASE WHEN r2 > r OR (r2 = r AND seq > 2) THEN 1 ELSE 0 END
          + CASE WHEN r3 > r OR (r3 = r AND seq > 3) THEN 1 ELSE 0 END < (r1 + r2 + r3) // 10000
        THEN 1 ELSE 0 END) AS credit
      FROM member
    ),
    booked AS (
      SELECT rm_id, business_type, year(booked_on) * 100 + month(booked_on) AS ym, COUNT(*) AS lines,
        CAST(SUM(credit) AS BIGINT) AS credited,
        CAST(SUM(CASE
          WHEN rm_id = '' THEN 0
          ELSE CASE WHEN credit < 0 THEN -1 ELSE 1 END * ((ABS(credit) * micro + 500000) // 1000000)
        END) AS BIGINT) AS pay
      FROM credited GROUP BY rm_id, business_type, ym
    )
    SELECT rm_id, CAST(ym // 100 AS VARCHAR) || '-' || lpad(CAST(ym % 100 AS VARCHAR), 2, '0') AS month,
      business_type, lines, credited, pay
    FROM booked
"""


def run_scan(folder: Path, watch: Stopwatch, *, threads: int) -> None:
    """All six columns of the lines read once, with sums."""
    with _connection(folder, threads) as connection, watch.phase("scan"):
        connection.sql(SCAN).fetchall()


def run_sql(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """The same arithmetic by hand. It may assume what the product must find out.

    That is: teams change only as a whole, nobody leaves, one currency, shares that sum to 10,000, no line outside
    the population, no team above three; and it keeps no line.
    """
    with _connection(folder, threads) as connection:
        with watch.phase("teams"):
            connection.execute(f"CREATE TABLE seats AS {TEAM_SEATS}")
            connection.execute(f"CREATE TABLE team AS {TEAM}")
        with watch.phase("statements"):
            connection.execute(f"CREATE TABLE profile AS {PROFILE}")
            connection.execute(f"CREATE TABLE price AS {PRICE}")
            return pa.table(connection.sql(STATEMENTS).to_arrow_table())


def _connection(folder: Path, threads: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": threads, "memory_limit": "8GiB"})
    connection.execute("SET preserve_insertion_order = false")
    files = {name: fact_path(folder, name) for name in ("income", "customers", "products", "coverage")}
    files |= {name: folder / f"{name}.parquet" for name in ("segment", "rate_card")}
    for name, path in files.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    return connection
