"""A small policy in essay 1's shape, the engine that runs its compiled SQL, and a way to plant changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from kejing.policy import Grain, Type, Variable, Vocabulary
from kejing.policy.sql import Step
from kejing.warehouse.engine import DuckEngine

FOLDER = Path(__file__).parent / "essay_1"
SECTIONS = ("segment", "pay")

VOCABULARY = Vocabulary(
    [
        Grain(
            "rm",
            key=("rm_id",),
            date="paid_on",
            variables=(
                Variable("target_bonus", Type.MONEY, "目标奖金", "target bonus"),
                Variable("grade", Type.TEXT, "等级", "grade", codes="grade"),
            ),
        ),
        Grain(
            "task",
            key=("rm_id", "measure"),
            date="paid_on",
            parent="rm",
            parent_key=("rm_id",),
            variables=(
                Variable("stock", Type.MONEY, "存量", "stock"),
                Variable("actual", Type.MONEY, "实绩", "actual"),
                Variable("increment_target", Type.MONEY, "目标增量", "increment target"),
                Variable("service_days", Type.COUNT, "在岗天数", "service days", unit="days"),
                Variable("hours", Type.NUMBER, "工时", "hours", unit="h"),
            ),
        ),
        Grain(
            "line",
            key=("rm_id", "measure", "line_id"),
            date="booked_on",
            parent="task",
            parent_key=("rm_id", "measure"),
            variables=(
                Variable("amount", Type.MONEY, "金额", "amount"),
                Variable("industry", Type.TEXT, "行业", "industry", codes="industry"),
                Variable("tier", Type.TEXT, "客户层级", "tier", codes="tier"),
                Variable("business", Type.TEXT, "业务", "business", codes="business"),
            ),
        ),
    ]
)


def run_sql(steps: Sequence[Step], tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Run compiled steps on the embedded engine and hand back the sheets."""
    with DuckEngine(threads=1) as engine:
        for name, table in tables.items():
            engine.attach_arrow(name, table)
        for step in steps:
            engine.create(step.relation, step.sql)
        names = [step.relation for step in steps if step.relation.endswith(("_sheet", "_filled"))]
        return {name: engine.fetch(f"SELECT * FROM {name}") for name in names}


def copy_text(source: Path, target: Path) -> None:
    """Copy the text files of a folder."""
    for path in source.rglob("*"):
        if path.is_file():
            there = target / path.relative_to(source)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())


type Planted = Callable[..., Path]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """A copy of the pack with one text replaced in one file, or one file added."""

    def plant(file: str = "", old: str = "", new: str = "", *, add: str = "") -> Path:
        folder = tmp_path / "essay_1"
        copy_text(FOLDER, folder)
        path = folder / file
        if file and add:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + add, encoding="utf-8")
        elif file:
            text = path.read_text(encoding="utf-8")
            assert text.count(old) == 1, f"Expected {old!r} once in {file}, got {text.count(old)}."
            path.write_text(text.replace(old, new), encoding="utf-8")
        return folder

    return plant
