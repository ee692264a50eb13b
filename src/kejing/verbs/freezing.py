"""What a close freezes: the statements of the period and the rows they were made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from kejing.report.statements import Standing, StatementSource, statement_files
from kejing.stages.earn.post import BOOKS
from kejing.warehouse.store import write_parquet

_FROZEN = (*dict.fromkeys(book.table for book in BOOKS.values()), "target", "control", "directory", "dispute")
_LANGS = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFreeze:
    """What is to be frozen.

    ``version`` counts the closes of the period; ``is_provisional`` says that a longer period will settle it.
    """

    out: Path
    facts: Path
    ledger: Path
    period: str
    currency: str
    version: int
    is_provisional: bool


type Freeze = Callable[[ToFreeze, Path], None]
"""Writes the statements of a period into the folder given."""


def freeze_statements(of: ToFreeze, folder: Path) -> None:
    """Everybody's statement and every unit's, HTML and XLSX, in both languages."""
    standing = Standing.CLOSED if of.is_provisional else Standing.FINAL
    ledger = of.ledger if of.ledger.is_dir() else None
    with StatementSource(of.out, of.period, facts=of.facts, ledger=ledger, standing=standing) as source:
        for file in statement_files(source, langs=_LANGS):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)


def freeze_extract(out: Path, period: str, target: Path) -> None:
    """Keep the period's rows of the tables that a statement is made of, as exact decimals."""
    for name in _FROZEN:
        path = out / f"{name}.parquet"
        if not path.is_file():
            continue
        columns = pq.read_schema(path).names
        table = pq.read_table(path, filters=[("period", "=", period)] if "period" in columns else None)
        write_parquet(table, target / f"{name}.parquet")
