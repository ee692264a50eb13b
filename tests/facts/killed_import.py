"""A snapshot written and committed in a process of its own, which is killed at its n-th touch of the store."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa

from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import SnapshotDraft, current_snapshot
from kejing.measure.findings import findings_table

_WATCHED = frozenset(
    {"open", "os.rename", "os.mkdir", "os.link", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.copyfile"}
)


def add_products(facts: Path, products: list[str]) -> str:
    """Commit a snapshot of ``products`` over the current one, its other tables kept; returns its id."""
    parent = current_snapshot(facts)
    draft = SnapshotDraft(facts, parent)
    table = FACT_TABLES["products"]
    rows = [
        {
            "product": name,
            "name": name,
            "business_type": "deposits",
            "voided": False,
            "source_file": "p.csv",
            "source_row": row,
        }
        for row, name in enumerate(sorted(products), start=2)
    ]
    for name in parent.tables if parent else ():
        if name != "products":
            draft.keep(name)
    draft.write(table, iter([pa.Table.from_pylist(rows, schema=table.arrow_schema)]), single_version=True)
    return draft.commit([{"file": "p.csv"}], findings_table([])).snapshot_id


def commit_until(facts: str, products: list[str], touch: int, answer: Connection | None = None) -> None:
    """`add_products`, killed at touch number ``touch`` of the store; 0 lets it finish and counts the touches."""
    touches = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touches
        if event in _WATCHED and any(facts in str(argument) for argument in arguments):
            touches += 1
            if touches == touch:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    add_products(Path(facts), products)
    if answer is not None:
        answer.send(touches)
        answer.close()
