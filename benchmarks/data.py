"""The seeded workload of the crediting benchmarks: a year of income lines, customers, dated teams of RMs.

The rows are a function of (lines, seed, skew): each figure of row ``j`` comes from a hash of seed, column and
``j``, so that the sorted and the unsorted form hold the same rows and any number of lines fits in bounded memory.
The tables are written by the product's own snapshot writer, so that the real stages run on them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import SnapshotDraft, current_snapshot
from kejing.measure.findings import FINDINGS_SCHEMA
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.policy import Pack
from kejing.policy.cards import compile_card

type Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

YEAR_START = dt.date(2025, 1, 1)
YEAR_DAYS = 365
LINES_PER_CUSTOMER = 10
CUSTOMERS_PER_RM = 100
PRODUCTS, BUSINESS_TYPES, INDUSTRIES, TIERS = 40, 8, 18, 5
MOST_INTERVALS, MOST_RMS = 5, 3
GAP_PERCENT, MOST_GAP_DAYS = 5, 20
REVERSAL_PERCENT = 3
AMOUNT_LOG_MEAN, AMOUNT_LOG_SPREAD, MOST_CENTS = 9.0, 2.2, 10**12
WHOLE = 10_000
SKEW_POWER = 1.1
CHUNK = 1_000_000
POLICY = Path(__file__).parent / "policy"
SCHEME = "customer_type"
_DAY_ZERO = (YEAR_START - dt.date(1970, 1, 1)).days
_OPEN_END = (LAST_DAY - dt.date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a workload is a function of; ``is_sorted`` changes the order of the lines, not the rows."""

    lines: int
    seed: int = 1
    is_sorted: bool = True
    has_skew: bool = False

    @property
    def customers(self) -> int:
        """Customers [count]."""
        return max(100, self.lines // LINES_PER_CUSTOMER)

    @property
    def rms(self) -> int:
        """RMs [count]."""
        return max(20, self.customers // CUSTOMERS_PER_RM)

    @property
    def folder_name(self) -> str:
        """One name per shape."""
        order = "sorted" if self.is_sorted else "unsorted"
        return f"credit-{self.lines}-{self.seed}-{order}{'-skew' if self.has_skew else ''}"


def prepare_workload(root: Path, shape: Shape) -> Path:
    """Folder of the workload below ``root``; written unless it is there already.

    Returns
    -------
    Path
        Holds ``facts/`` (a facts folder), ``segment.parquet`` (the table of stage segment: the type of each
        customer), ``rate_card.parquet`` (the compiled card of the policy) and ``shape.json``, written last.
    """
    folder = root / shape.folder_name
    done = folder / "shape.json"
    if done.is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    draft = SnapshotDraft(folder / "facts", current_snapshot(folder / "facts"))
    sources = {
        "units": _units(),
        "products": _products(),
        "rms": _rms(shape),
        "customers": _customers(shape),
        "coverage": _coverage(shape),
        "income": _income(shape),
    }
    for name, slices in sources.items():
        table = FACT_TABLES[name]
        draft.write(table, (_stored(part, table.arrow_schema) for part in slices), single_version=True)
    draft.commit([], FINDINGS_SCHEMA.empty_table())
    _write_segment(shape, folder / "segment.parquet")
    pq.write_table(compile_card(Pack.load(POLICY), "three_aspects").as_arrow(), folder / "rate_card.parquet")
    done.write_text(json.dumps(asdict(shape)), encoding="utf-8")
    return folder


def fact_path(folder: Path, table: str) -> Path:
    """The Parquet file of a fact table of the workload in ``folder``."""
    snapshot = current_snapshot(folder / "facts")
    assert snapshot is not None
    path = snapshot.path(table)
    assert path is not None
    return path


def _hashed(seed: int, column: int, rows: Ints) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """64 random bits for each of ``rows`` (splitmix64 of seed, column and row)."""
    start = (seed * 1_000_003 + column) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
    bits = (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0xD1342543DE82EF95) + np.uint64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))


def _below(seed: int, column: int, rows: Ints, limit: int) -> Ints:
    """A whole number of [0, limit) for each of ``rows``."""
    return (_hashed(seed, column, rows) % np.uint64(limit)).astype(np.int64)


def _uniform(seed: int, column: int, rows: Ints) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A fraction of (0, 1] for each of ``rows``."""
    return ((_hashed(seed, column, rows) >> np.uint64(11)).astype(np.float64) + 1) / 2**53


def _ids(prefix: str, numbers: Ints, width: int) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, pa.scalar(""))


def _named(names: list[str], indices: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(names)).cast(pa.string())


def _days(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _stored(part: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """``part`` with the columns that a stored fact table has besides; what nobody gave is null."""
    rows = len(next(iter(part.values())))
    given = {
        "known_at": FIRST_DAY,
        "voided": False,
        "source_file": "workload",
        "source_sheet": "",
        "source_row": 0,
        "valid_from": FIRST_DAY,
        "valid_to": LAST_DAY,
    }
    arrays = [
        part[field.name].cast(field.type)
        if field.name in part
        else pa.repeat(pa.scalar(given.get(field.name), field.type), rows)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _units() -> Iterator[dict[str, pa.Array]]:
    yield {"unit_id": pa.array(["HQ"]), "name": pa.array(["HQ"]), "level": pa.array([0])}


def _products() -> Iterator[dict[str, pa.Array]]:
    numbers = np.arange(PRODUCTS)
    ids = _ids("P", numbers, 2)
    business = _ids("b", numbers % BUSINESS_TYPES, 1)
    yield {
        "product": ids,
        "name": ids,
        "business_type": business,
        "measure": pa.repeat(pa.scalar("fee_income"), PRODUCTS),
    }


def _rms(shape: Shape) -> Iterator[dict[str, pa.Array]]:
    ids = _ids("R", np.arange(shape.rms), 6)
    whole = {"line": "corporate", "grade": "middle", "unit_id": "HQ", "fte": 1_000_000}
    yield {"rm_id": ids, "name": ids} | {name: pa.repeat(pa.scalar(value), shape.rms) for name, value in whole.items()}


def _customers(shape: Shape) -> Iterator[dict[str, pa.Array]]:
    industries = [f"i{number:02d}" for number in range(INDUSTRIES)]
    for rows in _chunks(shape.customers):
        ids = _ids("C", rows, 8)
        yield {
            "customer_id": ids,
            "name": ids,
            "kind": pa.repeat(pa.scalar("corporate"), len(rows)),
            "industry": _named(industries, _below(shape.seed, 1, rows, INDUSTRIES)),
            "unit_id": pa.repeat(pa.scalar("HQ"), len(rows)),
        }


def _write_segment(shape: Shape, path: Path) -> None:
    tiers = [f"t{number}" for number in range(TIERS)]
    columns = {
        "customer_id": pa.string(),
        "scheme": pa.string(),
        "tier": pa.string(),
        "valid_from": pa.date32(),
        "valid_to": pa.date32(),
    }
    schema = pa.schema(list(columns.items()))
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _chunks(shape.customers):
            arrays = [
                _ids("C", rows, 8),
                pa.repeat(pa.scalar(SCHEME), len(rows)),
                _named(tiers, _below(shape.seed, 2, rows, TIERS)),
                pa.repeat(pa.scalar(FIRST_DAY, pa.date32()), len(rows)),
                pa.repeat(pa.scalar(LAST_DAY, pa.date32()), len(rows)),
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=1 << 17)


def _coverage(shape: Shape) -> Iterator[dict[str, pa.Array]]:
    """1 to 5 intervals for each customer, 1 to 3 RMs in each; 5 % of the intervals end some days early."""
    seed = shape.seed
    for customers in _chunks(shape.customers, CHUNK // 10):
        count = 1 + _below(seed, 10, customers, MOST_INTERVALS)
        customer = np.repeat(customers, count)
        place = np.arange(len(customer)) - np.repeat(np.cumsum(count) - count, count)
        parts = np.repeat(count, count)
        interval = customer * MOST_INTERVALS + place
        starts = np.where(place == 0, 0, _cut(seed, interval, place, parts))
        ends = np.where(place + 1 == parts, YEAR_DAYS, _cut(seed, interval + 1, place + 1, parts))
        has_gap = _below(seed, 12, interval, 100) < GAP_PERCENT
        early = np.maximum(starts + 1, ends - 1 - _below(seed, 13, interval, MOST_GAP_DAYS))
        valid_to = np.where(has_gap, early + _DAY_ZERO, np.where(place + 1 == parts, _OPEN_END, ends + _DAY_ZERO))
        yield from _members(shape, customer, interval, starts + _DAY_ZERO, valid_to)


def _cut(seed: int, interval: Ints, place: Ints, parts: Ints) -> Ints:
    """The day an interval begins: some day of its equal part of the year, so that each lasts a day at least."""
    first, end = place * YEAR_DAYS // parts, (place + 1) * YEAR_DAYS // parts
    return first + (_uniform(seed, 11, interval) * (end - first) * 0.999).astype(np.int64)


def _members(
    shape: Shape, customer: Ints, interval: Ints, valid_from: Ints, valid_to: Ints
) -> Iterator[dict[str, pa.Array]]:
    draw = _below(shape.seed, 14, interval, 10)
    members = 1 + (draw >= 6) + (draw >= 9)
    row = np.repeat(np.arange(len(customer)), members)
    seq = np.arange(len(row)) - np.repeat(np.cumsum(members) - members, members)
    team, rms = members[row], shape.rms
    first = _below(shape.seed, 15, interval, rms)
    stride = 1 + _below(shape.seed, 16, interval, rms // MOST_RMS)
    rm = (first[row] + seq * stride[row]) % rms
    lead = 3334 + _below(shape.seed, 17, interval, 3000)
    lead = np.where(members == 1, WHOLE, lead)
    second = np.where(members == 3, 1 + lead // 3, WHOLE - lead)
    share = np.where(seq == 0, lead[row], np.where(seq == 1, second[row], (WHOLE - lead - second)[row]))
    assert int(team.max()) <= MOST_RMS
    order = np.lexsort((rm, seq == 0, valid_from[row], customer[row]))  # 'assist' is stored before 'lead'
    row, seq, rm, share = row[order], seq[order], rm[order], share[order]
    yield {
        "customer_id": _ids("C", customer[row], 8),
        "rm_id": _ids("R", rm, 6),
        "role": _named(["lead", "assist"], np.minimum(seq, 1)),
        "share": pa.array(share),
        "valid_from": _days(valid_from[row]),
        "valid_to": _days(valid_to[row]),
    }


def _income(shape: Shape) -> Iterator[dict[str, pa.Array]]:
    """Lines customer by customer, each customer's by day; or all of them in an order that says nothing."""
    ends = np.cumsum(_lines_per_customer(shape))
    for chunk in _whole_customers(ends) if shape.is_sorted else _chunks(shape.lines):
        rows = chunk if shape.is_sorted else _scattered(chunk, shape.lines)
        customer = np.searchsorted(ends, rows, side="right")
        day = _below(shape.seed, 20, rows, YEAR_DAYS)
        line = _scattered(rows, shape.lines)
        if shape.is_sorted:
            order = np.lexsort((line, day, customer))
            rows, customer, day, line = rows[order], customer[order], day[order], line[order]
        yield {
            "line_id": _ids("L", line, 9),
            "customer_id": _ids("C", customer, 8),
            "product": _ids("P", _below(shape.seed, 21, rows, PRODUCTS), 2),
            "amount": pa.array(_cents(shape.seed, rows)),
            "currency": pa.repeat(pa.scalar("CNY"), len(rows)),
            "booked_on": _days(day + _DAY_ZERO),
        }


def _whole_customers(ends: Ints) -> Iterator[Ints]:
    """Chunks that end where a customer's lines end, so that the order holds across them."""
    start, lines = 0, int(ends[-1])
    while start < lines:
        end = int(ends[np.searchsorted(ends, min(start + CHUNK, lines))])
        yield np.arange(start, end)
        start = end


def _lines_per_customer(shape: Shape) -> Ints:
    """Even chances; with skew the customer of rank r draws lines as r^-1.1 does."""
    generator = np.random.default_rng(shape.seed)
    chances = np.ones(shape.customers)
    if shape.has_skew:
        chances = generator.permutation(np.arange(1, shape.customers + 1) ** -SKEW_POWER)
    return generator.multinomial(shape.lines, chances / chances.sum())


def _scattered(rows: Ints, count: int) -> Ints:
    """A permutation of [0, count) without keeping it: multiplication by a number that shares no factor."""
    factor = int(count * 0.6180339887) | 1
    while np.gcd(factor, count) != 1:
        factor += 2
    return rows * factor % count


def _cents(seed: int, rows: Ints) -> Ints:
    """Heavy-tailed amounts [minor units]; 3 % are reversals and negative."""
    normal = np.sqrt(-2 * np.log(_uniform(seed, 22, rows))) * np.cos(2 * np.pi * _uniform(seed, 23, rows))
    cents = 1 + np.minimum(np.exp(AMOUNT_LOG_MEAN + AMOUNT_LOG_SPREAD * normal), MOST_CENTS).astype(np.int64)
    return np.where(_below(seed, 24, rows, 100) < REVERSAL_PERCENT, -cents, cents)


def _chunks(count: int, size: int = CHUNK) -> Iterator[Ints]:
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))


def main() -> None:
    """Write one workload and say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unsorted", action="store_true")
    parser.add_argument("--skew", action="store_true")
    parser.add_argument("--into", type=Path, default=Path("benchmarks/.data"))
    asked = parser.parse_args()
    shape = Shape(lines=asked.lines, seed=asked.seed, is_sorted=not asked.unsorted, has_skew=asked.skew)
    print(prepare_workload(asked.into, shape))


if __name__ == "__main__":
    main()
