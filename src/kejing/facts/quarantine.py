"""Rejected rows with everything a person needs to put them right. The workbook is written in `kejing.report`."""

from __future__ import annotations

import pyarrow as pa

from kejing.facts.checks.docket import Docket
from kejing.facts.convert.sql import literal
from kejing.facts.feeds import Feed, SheetOrigin
from kejing.facts.import_report import QuarantineSheet

MARKS_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("code", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("facts", pa.list_(pa.string())),
    ]
)


def collect_quarantine(docket: Docket, origins: list[SheetOrigin]) -> list[QuarantineSheet]:
    """Every rejected row of every sheet, once, with all that was found in it."""
    sheets = []
    for origin in origins:
        feeds = [feed for feed in docket.feeds.values() if feed.origin is origin]
        numbers = ", ".join(str(feed.number) for feed in feeds)
        if not feeds or not docket.count("found", f"rejects AND fn IN ({numbers})"):
            continue
        sheet = origin.sheet
        columns = ", ".join(f"COALESCE(c{index}, '') AS c{index}" for index in range(len(sheet.headers)))
        cells = docket.engine.fetch(
            f"SELECT row, {columns} FROM {sheet.relation} WHERE row IN "
            f"(SELECT rn FROM found WHERE rejects AND fn IN ({numbers})) ORDER BY row"
        )
        sheets.append(
            QuarantineSheet(
                file=sheet.file,
                sheet=sheet.sheet,
                source=origin.source,
                headers=sheet.headers,
                cells=_with_ragged(origin, cells),
                marks=pa.concat_tables([_marks(docket, feed) for feed in feeds]).sort_by(
                    [("row", "ascending"), ("code", "ascending"), ("column", "ascending")]
                ),
            )
        )
    return sheets


def _with_ragged(origin: SheetOrigin, cells: pa.Table) -> pa.Table:
    """Lines of the wrong width, cut or filled up to the header; the finding tells how many cells there were."""
    width = len(origin.sheet.headers)
    rows = [
        {"row": line.row}
        | {f"c{index}": line.cells[index] if index < len(line.cells) else "" for index in range(width)}
        for line in origin.sheet.ragged
    ]
    if not rows:
        return cells
    return pa.concat_tables([cells, pa.Table.from_pylist(rows, schema=cells.schema)]).sort_by("row")


def _marks(docket: Docket, feed: Feed) -> pa.Table:
    """Code, column, value and facts of each rejected row of one feed."""
    parts = [MARKS_SCHEMA.empty_table()]
    names = docket.engine.fetch(
        f"SELECT DISTINCT COALESCE(col, '') AS name FROM found WHERE rejects AND fn = {feed.number} ORDER BY name"
    )["name"].to_pylist()
    for name in names:
        index = feed.source_column(name)
        value = "COALESCE(f.val, '')" if index is None else f"COALESCE(f.val, r.c{index}, '')"
        join = "" if index is None else f" LEFT JOIN {feed.sheet.relation} AS r ON r.row = f.rn"
        marks = docket.engine.fetch(
            f"SELECT f.rn AS row, f.code AS code, {literal(feed.header(name) if name else '')} AS column_name, "
            f"{value} AS value, f.facts AS facts FROM found AS f{join} WHERE f.rejects AND f.fn = {feed.number} "
            f"AND COALESCE(f.col, '') = {literal(name)} ORDER BY f.rn, f.code"
        )
        parts.append(marks.rename_columns(MARKS_SCHEMA.names).cast(MARKS_SCHEMA))
    return pa.concat_tables(parts)
