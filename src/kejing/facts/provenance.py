"""Where rows came from: the file they stand in, or, for rows back from quarantine, the file they stood in first."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from kejing.facts.feeds import Feed, SheetOrigin
from kejing.facts.headers import OWN_HEADER
from kejing.warehouse.engine import DuckEngine

HOME_HEADERS = (f"{OWN_HEADER}file", f"{OWN_HEADER}sheet", f"{OWN_HEADER}row")
"""Columns of a quarantine sheet that say where its row stood first."""

_SCHEMA = pa.schema(
    [("fn", pa.int32()), ("rn", pa.int64()), ("file", pa.string()), ("sheet", pa.string()), ("home_row", pa.int64())]
)


def make_homes(engine: DuckEngine, origins: Sequence[SheetOrigin], feeds: Sequence[Feed]) -> None:
    """Make ``feed_places`` (file and sheet of each feed) and ``homes`` (first place of rows from quarantine)."""
    places = [{"fn": feed.number, "file": feed.sheet.file, "sheet": feed.sheet.sheet} for feed in feeds]
    schema = pa.schema([("fn", pa.int32()), ("file", pa.string()), ("sheet", pa.string())])
    engine.attach_arrow("feed_places", pa.Table.from_pylist(places, schema=schema))
    engine.attach_arrow("homes", _SCHEMA.empty_table())
    for origin in origins:
        headers = list(origin.sheet.headers)
        if not origin.is_quarantine or not all(header in headers for header in HOME_HEADERS):
            continue
        file, sheet, row = (f"c{headers.index(header)}" for header in HOME_HEADERS)
        for feed in feeds:
            if feed.origin is origin:
                engine.run_script(
                    f"INSERT INTO homes SELECT {feed.number}, row, {file}, {sheet}, TRY_CAST({row} AS BIGINT) "
                    f"FROM {origin.sheet.relation} WHERE TRY_CAST({row} AS BIGINT) IS NOT NULL"
                )
