"""The same job in two data frame libraries: Polars in exact integers, pandas in floats as a notebook does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from benchmarks.data import fact_path
from benchmarks.measuring import Stopwatch

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

WHOLE = 10_000
MICRO = 1_000_000
PLACES = (1, 2, 3)


def run_polars(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """Equality joins, a filter on the dates, integers; streaming.

    Polars has no left join on a range, so the house account is what the covered lines leave of all lines:
    exact, and cheaper than to look for the lines that no team covers.
    """
    import polars as pl  # noqa: PLC0415  # each path loads its own library only

    assert pl.thread_pool_size() == threads
    with watch.phase("teams"):
        team = _polars_team(folder).collect(engine="streaming").lazy()
    with watch.phase("statements"):
        products = pl.scan_parquet(fact_path(folder, "products")).select("product", "business_type")
        lines = (
            pl.scan_parquet(fact_path(folder, "income"))
            .select("customer_id", "product", "amount", "booked_on")
            .join(products, on="product")
            .with_columns(pl.col("booked_on").dt.month().alias("m"))
        )
        of_rms = _polars_credited(folder, lines, team).collect(engine="streaming")
        rows = pl.concat([of_rms.drop("firsts"), _polars_house(lines, of_rms)])
        month = pl.format("2025-{}", pl.col("m").cast(pl.String).str.zfill(2)).alias("month")
        return pa.table(rows.with_columns(month).drop("m").to_arrow())


def _polars_team(folder: Path) -> pl.LazyFrame:
    """Seats with the shares of the whole team on each row, so that a split needs no window."""
    import polars as pl  # noqa: PLC0415

    seats = (
        pl.scan_parquet(fact_path(folder, "coverage"))
        .select("customer_id", "valid_from", "valid_to", "rm_id", "share")
        .with_columns(pl.col("rm_id").rank("ordinal").over("customer_id", "valid_from").cast(pl.Int64).alias("seq"))
    )
    weights = [pl.col("share").filter(pl.col("seq") == place).sum().alias(f"w{place}") for place in PLACES]
    return seats.join(seats.group_by("customer_id", "valid_from").agg(*weights), on=["customer_id", "valid_from"])


def _polars_credited(folder: Path, lines: pl.LazyFrame, team: pl.LazyFrame) -> pl.LazyFrame:
    """Statement rows of the RMs; ``firsts`` counts each covered line once."""
    import polars as pl  # noqa: PLC0415

    customers = pl.scan_parquet(fact_path(folder, "customers")).select("customer_id", "industry")
    tiers = pl.scan_parquet(folder / "segment.parquet").select("customer_id", pl.col("tier").alias("customer_tier"))
    card = pl.scan_parquet(folder / "rate_card.parquet").drop("valid_from", "valid_to")
    size = pl.col("amount").abs()
    rest = size * pl.col("share") % WHOLE
    rests = [(place, size * pl.col(f"w{place}") % WHOLE) for place in PLACES]
    before = pl.sum_horizontal(
        ((other > rest) | ((other == rest) & (pl.col("seq") > place))).cast(pl.Int64) for place, other in rests
    )
    left = pl.sum_horizontal(other for _, other in rests) // WHOLE
    sign = pl.when(pl.col("amount") < 0).then(-1).otherwise(1)
    credit = sign * (size * pl.col("share") // WHOLE + (before < left).cast(pl.Int64))
    paid = sign * ((pl.col("credit").abs() * pl.col("micro") + MICRO // 2) // MICRO)
    return (
        lines.join(customers, on="customer_id")
        .join(tiers, on="customer_id")
        .join(card, on=["industry", "customer_tier", "business_type"])
        .join(team, on="customer_id")
        .filter(pl.col("valid_from") <= pl.col("booked_on"), pl.col("booked_on") < pl.col("valid_to"))
        .with_columns(credit.alias("credit"))
        .with_columns(paid.alias("paid"))
        .group_by("rm_id", "m", "business_type")
        .agg(
            pl.len().cast(pl.Int64).alias("lines"),
            (pl.col("seq") == 1).sum().cast(pl.Int64).alias("firsts"),
            pl.col("credit").sum().alias("credited"),
            pl.col("paid").sum().alias("pay"),
        )
    )


def _polars_house(lines: pl.LazyFrame, of_rms: pl.DataFrame) -> pl.DataFrame:
    """All lines less the covered ones."""
    import polars as pl  # noqa: PLC0415

    by_type = of_rms.group_by("m", "business_type").agg(pl.col("firsts").sum(), pl.col("credited").sum())
    every = lines.group_by("m", "business_type").agg(pl.len().cast(pl.Int64).alias("lines"), pl.col("amount").sum())
    return (
        every.collect(engine="streaming")
        .join(by_type, on=["m", "business_type"], how="left")
        .with_columns(pl.col("firsts", "credited").fill_null(0))
        .select(
            pl.lit("").alias("rm_id"),
            "m",
            "business_type",
            pl.col("lines") - pl.col("firsts"),
            (pl.col("amount") - pl.col("credited")).alias("credited"),
            pl.lit(0, pl.Int64).alias("pay"),
        )
        .filter(pl.col("lines") > 0)
    )


def run_pandas(folder: Path, watch: Stopwatch, *, threads: int) -> pa.Table:
    """As a notebook does it: amounts and rates as floats, ``merge_asof`` for the interval of the day."""
    import pandas as pd  # noqa: PLC0415  # each path loads its own library only

    pa.set_cpu_count(threads)
    with watch.phase("teams"):
        columns = ["customer_id", "rm_id", "share", "valid_from", "valid_to"]
        coverage = pd.read_parquet(fact_path(folder, "coverage"), columns=columns)
        for name in ("valid_from", "valid_to"):
            coverage[name] = coverage[name].astype("datetime64[s]")
        intervals = coverage[["customer_id", "valid_from", "valid_to"]].drop_duplicates().sort_values("valid_from")
    with watch.phase("statements"):
        lines = pd.merge_asof(
            _pandas_lines(folder).sort_values("booked_on"),
            intervals,
            left_on="booked_on",
            right_on="valid_from",
            by="customer_id",
        )
        lines.loc[~(lines["booked_on"] < lines["valid_to"]), "valid_from"] = pd.NaT
        lines = lines.merge(coverage.drop(columns="valid_to"), on=["customer_id", "valid_from"], how="left")
        lines["rm_id"] = lines["rm_id"].fillna("")
        lines["credited"] = (lines["amount"] / 100 * (lines["share"].fillna(WHOLE) / WHOLE)).round(2)
        lines["pay"] = (lines["credited"] * (lines["micro"] / MICRO)).round(2).where(lines["rm_id"] != "", 0.0)
        lines["month"] = lines["booked_on"].dt.strftime("%Y-%m")
        rows = lines.groupby(["rm_id", "month", "business_type"], as_index=False).agg(
            lines=("pay", "size"), credited=("credited", "sum"), pay=("pay", "sum")
        )
        for name in ("credited", "pay"):
            rows[name] = (rows[name] * 100).round().astype("int64")
        return pa.Table.from_pandas(rows, preserve_index=False)


def _pandas_lines(folder: Path) -> pd.DataFrame:
    """Lines with business type, industry, type of customer and rate."""
    import pandas as pd  # noqa: PLC0415

    columns = ["customer_id", "product", "amount", "booked_on"]
    lines = pd.read_parquet(fact_path(folder, "income"), columns=columns)
    lines["booked_on"] = lines["booked_on"].astype("datetime64[s]")
    products = pd.read_parquet(fact_path(folder, "products"), columns=["product", "business_type"])
    customers = pd.read_parquet(fact_path(folder, "customers"), columns=["customer_id", "industry"])
    tiers = pd.read_parquet(folder / "segment.parquet", columns=["customer_id", "tier"])
    customers = customers.merge(tiers.rename(columns={"tier": "customer_tier"}), on="customer_id")
    card = pd.read_parquet(folder / "rate_card.parquet").drop(columns=["valid_from", "valid_to"])
    lines = lines.merge(products, on="product").merge(customers, on="customer_id")
    return lines.merge(card, on=["industry", "customer_tier", "business_type"])
