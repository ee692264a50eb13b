"""Profit, economic value added and capital of the book are variables of the RM's formulas."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import yaml

from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import credit, score, value
from tests.stages.earn.value.scene import holders
from tests.stages.institution import corporate_pack, plain_bank, ran, rows_of

FORMULA = {
    "value_points": {
        "over": "rm",
        "zh": "价值得分",
        "en": "points for value",
        "type": "money",
        "versions": [{"from": dt.date(2000, 1, 1), "formula": "profit + 2 * eva + 3 * capital", "source": "test"}],
    }
}


def test_a_formula_over_rm_reads_what_the_book_earned(tmp_path: Path) -> None:
    """The formula sees the RM's row of table profit of its period; without stage value it sees nothing earned."""
    (tmp_path / "formulas").mkdir()
    (tmp_path / "formulas" / "points.yaml").write_text(yaml.safe_dump(FORMULA, allow_unicode=True), encoding="utf-8")
    pack = corporate_pack(tmp_path)
    got, profit = {}, {}
    for name, stages in (("with", (value,)), ("without", ())):
        order = (segment, target, credit, *stages, score)
        with ran(pack, plain_bank(), as_of="2025-06-30", stages=order) as context:
            rows = rows_of(context.engine, "SELECT period, rm_id, value_points FROM rm_sheet")
            got[name] = {(row["period"], row["rm_id"]): int(row["value_points"]) for row in rows}
            if stages:
                profit = {(p, rm): row for p in ("2025-Q1", "2025-Q2") for rm, row in holders(context, "rm", p).items()}
    assert got["with"] == {
        key: row["profit"] + 2 * row["eva"] + 3 * row["capital"] for key, row in profit.items() if key[1]
    }
    assert min(got["with"].values()) > 0
    assert set(got["without"]) == set(got["with"])
    assert set(got["without"].values()) == {0}
