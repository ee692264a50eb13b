"""What stands beside pay: holds, pools, adjustments, disputes, instalments, and what they leave payable."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kejing.policy import Pack, find_shipped_pack
from kejing.policy.formula.binding import bind_or_refuse
from kejing.report.read_run import Row
from kejing.report.statements.assemble import Assembler, Head
from kejing.report.statements.statement import Statement
from kejing.report.statements.sums import ties_of
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.report.statements.conftest import MARKUP_NAME, PERIOD
from tests.report.statements.page import amount, read_page
from tests.verbs.conftest import SmallRun


def test_every_table_beside_pay_is_shown(statements: dict[str, Statement]) -> None:
    """A hold, a dispute, an adjustment and a share of a pool stand on the statement of the RM they concern alone."""
    rows = {table: len(extra.rows) for table, extra in statements["B"].extras.items()}
    assert rows["held"] > 0
    assert (rows["dispute"], rows["adjustments"], rows["pool"]) == (1, 1, 1)
    assert rows["instalment"] > 0
    others = {table: len(extra.rows) for table, extra in statements["A"].extras.items()}
    assert (others["held"], others["dispute"], others["adjustments"], others["pool"]) == (0, 0, 0, 0)
    assert all(extra.is_kept for extra in statements["A"].extras.values() if extra.table != "adjustments")
    (adjustment,) = statements["B"].extras["adjustments"].rows
    assert adjustment["amount"] == Decimal("123.45")


def test_components_of_other_sections_have_names_and_add_up() -> None:
    """Pay from a pool or an adjustment is a component with the policy's name; it has no line in any register."""
    pack = Pack.load(find_shipped_pack("bank_corporate"))
    assembler = Assembler(pack, bind_or_refuse(pack, EARN_VOCABULARY), PERIOD, {})
    amounts = {"team_bonus": Decimal("10.01"), "adjustment": Decimal("-3.00"), "unheard_of": Decimal("0.99")}
    pay = [
        {"component": name, "measure": "", "line_id": f"adj:{name}", "amount": amount, "policy_clause": "c"}
        for name, amount in amounts.items()
    ]
    total: Row = {"gross": Decimal("8.00"), "paid_now": Decimal("8.00"), "deferred": Decimal(0)}
    statement = assembler.statement(Head("X", "B1", total, None), rows={"pay": pay}, extras={}, corrections=())
    names = {one.component: (one.labels.zh, one.labels.en) for one in statement.components}
    assert names == {
        "team_bonus": ("团队奖金", "team bonus"),
        "adjustment": ("手工调整", "manual adjustments"),
        "unheard_of": ("unheard_of", "unheard_of"),
    }
    assert all(part.on_lines is None for one in statement.components for part in one.parts)
    assert [ours == theirs for _, ours, theirs in ties_of(statement)] == [True, True]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_ladder_ends_at_what_the_run_pays(bank_run: SmallRun, papers: Path, lang: str) -> None:
    """From gross to payable, the figures printed are those of the settlement, each with its sign."""
    rows = pq.read_table(bank_run.out / "settlement.parquet", filters=[("period", "=", PERIOD)]).to_pylist()
    assert len(rows) == 3
    for row in rows:
        page = read_page((papers / f"rm-{row['rm_id']}.{lang}.html").read_text(encoding="utf-8"))
        ladder = page.all("section", id="settled")[0].all("table")[0].all("tr")
        told = [(line.all("th")[0].text[:1], amount(line.all("td")[0].text)) for line in ladder]
        asked = [row[name] for name in ("gross", "deferred", "held", "released", "vested", "recovered", "payable")]
        assert [value for _, value in told[:7]] == asked
        assert [sign for sign, _ in told[1:7]] == ["−", "−", "+", "+", "−", "="]


def test_reasons_that_people_type_stay_text(papers: Path) -> None:
    """A reason with markup is shown as it was typed."""
    page = read_page((papers / "rm-B.zh.html").read_text(encoding="utf-8"))
    assert MARKUP_NAME in page.all("section", id="settled")[0].text
