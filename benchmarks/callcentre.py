"""Two real call centres of banks: calls by interval as fact table ``calls`` has them, and who was on duty."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from kejing.stages.decide.hotline.centre import Row

type Floats = NDArray[np.float64]

BIG, SMALL = "na_bank_calls_first100days.parquet", "anonymous_bank_1999_02.parquet"

# Callers who hang up while a machine still talks to them have not asked for a person yet.
_SMALL_CALLS = """
SELECT
  time_bucket(INTERVAL 30 MINUTE, starts) AS starts_at,
  COUNT(*) AS offered,
  SUM(CASE WHEN outcome = 'AGENT' THEN 1 ELSE 0 END) AS answered,
  SUM(CASE WHEN outcome = 'HANG' THEN 1 ELSE 0 END) AS abandoned,
  SUM(CASE WHEN outcome = 'AGENT' AND q_time <= $answer THEN 1 ELSE 0 END) AS in_time,
  SUM(CASE WHEN outcome = 'AGENT' THEN ser_time ELSE 0 END) AS handle_seconds,
  SUM(q_time) AS wait_seconds
FROM (
  SELECT *, strptime('19' || date || ' ' || vru_exit, '%Y%m%d %H:%M:%S') AS starts FROM read_parquet($file)
) AS called
WHERE outcome = 'AGENT' OR (outcome = 'HANG' AND q_start <> '0:00:00')
GROUP BY starts_at
ORDER BY starts_at
"""
# A person is there while talking, and between two calls no more than five minutes apart.
_PRESENT = """
WITH served AS (
  SELECT
    server,
    strptime('19' || date || ' ' || ser_start, '%Y%m%d %H:%M:%S') AS began,
    strptime('19' || date || ' ' || ser_exit, '%Y%m%d %H:%M:%S') AS ended
  FROM read_parquet($file)
  WHERE outcome = 'AGENT' AND server <> 'NO_SERVER'
), followed AS (
  SELECT *, LEAD(began) OVER (PARTITION BY server, CAST(began AS DATE) ORDER BY began) AS next_began FROM served
), present AS (
  SELECT began, CASE WHEN epoch(next_began) - epoch(ended) BETWEEN 0 AND 300 THEN next_began ELSE ended END AS ended
  FROM followed
)
SELECT
  slot AS starts_at,
  SUM(GREATEST(0, epoch(LEAST(ended, slot + INTERVAL 30 MINUTE)) - epoch(GREATEST(began, slot)))) / 1800 AS seats
FROM present, generate_series(time_bucket(INTERVAL 30 MINUTE, began), ended, INTERVAL 30 MINUTE) AS every(slot)
GROUP BY slot
ORDER BY slot
"""


def big_bank(folder: Path) -> list[Row]:
    """Calls of the large North American bank of 2003, per five minutes; nothing is known of waits and lengths."""
    empty = dict.fromkeys(("answered", "abandoned", "handle_seconds", "wait_seconds"))
    return [
        {**row, **empty}
        for row in _rows("SELECT ts AS starts_at, calls AS offered FROM read_parquet($file) ORDER BY ts", folder / BIG)
    ]


def small_bank(folder: Path, *, answer: float) -> list[Row]:
    """Calls of the bank in Israel, February 1999, per half hour; ``in_time`` within ``answer`` seconds."""
    return [
        {name: value if name == "starts_at" else int(str(value)) for name, value in row.items()}
        for row in _rows(_SMALL_CALLS, folder / SMALL, answer=answer)
    ]


def people_present(folder: Path) -> list[Row]:
    """People of the same bank in each half hour, in whole and part people."""
    return _rows(_PRESENT, folder / SMALL)


def _rows(text: str, file: Path, **parameters: object) -> list[Row]:
    with duckdb.connect() as engine:
        cursor = engine.execute(text, {"file": str(file), **parameters})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
