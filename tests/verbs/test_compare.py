"""``kejing compare``: every customer who differs is told, once, with the reason that holds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import kejing
from kejing.verbs.comparing import NoBooksError
from tests.cli.conftest import kejing as command
from tests.verbs.conftest import SmallRun

__all__ = ["command"]

BEFORE = {"C1": "R1", "C2": "R1", "C3": "R1", "C4": "", "C5": "R2", "C6": "R1", "C7": "R1", "C8": "R1", "C9": "R2"}
AFTER = {"C1": "R1", "C2": "R2", "C3": "", "C4": "R1", "C5": "R1", "C6": "R3", "C7": "R4", "C8": "R4", "CX": "R1"}
WHY = {
    "C2": "pinned",
    "C3": "to_pool",
    "C4": "from_pool",
    "C5": "rm_left",
    "C6": "rm_joined",
    "C7": "nearer",
    "C8": "makes_room",
    "C9": "gone",
    "CX": "came",
}


@pytest.fixture
def runs(small_run: SmallRun, tmp_path: Path) -> tuple[Path, Path]:
    """Two runs whose books and RMs are BEFORE and AFTER: R2 leaves between them, and R3 joins."""
    both = tmp_path / "before", tmp_path / "after"
    for folder, books, rms in zip(both, (BEFORE, AFTER), ({"R1", "R2", "R4"}, {"R1", "R3", "R4"}), strict=True):
        shutil.copytree(small_run.out, folder)
        _write(folder / "assign.parquet", [_row(customer, rm, folder.name) for customer, rm in books.items()])
        _write(folder / "directory.parquet", [{"kind": "rm", "id": rm} for rm in sorted(rms)])
    return both


def _row(customer: str, rm: str, side: str) -> dict[str, Any]:
    dear = side == "after" and customer == "C8"
    return {
        "customer_id": customer,
        "rm_id": rm,
        "role": "lead",
        "value": Decimal(f"{int(customer[1:], 36)}000.00"),
        "required_hours": Decimal(10),
        "distance_km": Decimal(9 if side == "before" or dear else 4),
        "cost": 90 if dear else 40,
        "reason": "pinned" if customer == "C2" else "moved",
    }


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    schema = pq.read_schema(path)
    cells = [{name: row.get(name) for name in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(cells, schema=schema), path)


def test_each_customer_who_differs_has_the_reason_that_holds(runs: tuple[Path, Path]) -> None:
    """Customers of one RM in both plans are not listed; everybody else is, the most valuable first."""
    found = kejing.compare(*runs)
    assert {str(row["customer_id"]): row["reason"] for row in found.customers} == WHY
    values = [row["value"] for row in found.customers]
    assert values == sorted(values, reverse=True)  # type: ignore[type-var]  # decimals
    assert found.same == 1
    assert {name: many for name, (many, _) in found.reasons.items()} == dict.fromkeys(WHY.values(), 1)
    assert (found.before.customers, found.before.pooled, found.after.pooled) == (9, 1, 1)


def test_a_run_is_the_same_as_itself(small_run: SmallRun) -> None:
    """Nobody differs, and both sides measure the same."""
    found = kejing.compare(small_run.out, small_run.out)
    assert (found.customers, found.reasons) == ((), {})
    assert found.before == found.after
    assert found.same == found.after.customers > 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_prints_and_writes_a_workbook(
    command: Any, runs: tuple[Path, Path], tmp_path: Path, lang: str
) -> None:
    """The sentence of the reason stands on the screen; the workbook has every customer with codes beside labels."""
    target = tmp_path / "books.xlsx"
    said = command("compare", *runs, "--xlsx", target, "--lang", lang)
    assert said.code == 0, said.err
    assert {"zh": "为其他客户腾出余量", "en": "makes room for others"}[lang] in said.out
    sheet = openpyxl.load_workbook(target).worksheets[1]
    assert {row[0] for row in sheet.iter_rows(min_row=3, values_only=True)} == set(WHY)
    answered = command("compare", *runs, "--json").json
    assert answered["reasons"]["nearer"]["customers"] == 1


def test_a_run_without_books_is_refused(small_run: SmallRun, tmp_path: Path) -> None:
    """The error names the folder."""
    kejing.run(
        small_run.facts, policy="bank_corporate", as_of="2025-06-30", out=tmp_path / "bare", stages=["segment"],
    )  # fmt: skip
    with pytest.raises(NoBooksError) as refused:
        kejing.compare(small_run.out, tmp_path / "bare")
    assert str(tmp_path / "bare") in str(refused.value.facts)
