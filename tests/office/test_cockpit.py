"""The cockpit: its numbers are those of the run and the books, its rows add up to them, its drills stay in scope."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kejing.office.acts.act import act
from kejing.office.books.models import Coverage, Standing
from kejing.office.feeds.models import Run
from kejing.stages.tables import OUT_TABLES, OutKind
from tests.office.bank import RM_UNITS, START, TODAY, Bank
from tests.office.test_frame import sign_in

POLICY = Path(__file__).resolve().parents[2] / "policies" / "bank_corporate"
QUARTER = "2025-Q4"
TYPES = {
    OutKind.TEXT: pa.string(),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.MONEY: pa.decimal128(18, 2),
    OutKind.MICRO: pa.decimal128(18, 6),
    OutKind.FLAG: pa.bool_(),
}


def write_table(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """A table of a run; columns that a row does not name are empty."""
    schema = pa.schema([(column.name, TYPES[column.kind]) for column in OUT_TABLES[name].columns])
    full = [{field.name: row.get(field.name) for field in schema} for row in rows]
    pq.write_table(pa.Table.from_pylist(full, schema=schema), folder / f"{name}.parquet")


@pytest.fixture
def run(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run over the bank: each RM owes six customers two visits; e11 did 9, e12 12, e21 3, w11 none."""
    monkeypatch.setattr("kejing.office.shell.middleware.today", lambda: TODAY)
    done = {"e11": 9, "e12": 12, "e21": 3, "w11": 0}
    hours = {"e11": (Decimal(50), Decimal(40)), "e12": (Decimal(30), Decimal(40))}
    summary, visits, credit, score, staff = [], [], [], [], []
    for rm, unit in RM_UNITS.items():
        required, available = hours.get(rm, (Decimal(20), Decimal(40)))
        common = {"quarter": QUARTER, "rm_id": rm, "unit_id": unit}
        counts = {"standard": 12, "done": done[rm], "booked": 0, "planned": 0, "left_out": 12 - done[rm]}
        load = {"required_hours": required, "available_hours": available, "load": required / available}
        summary.append({**common, "channel": "", **counts, **load})
        for number in range(12):
            customer = f"{rm}-{number // 2 + 1}"
            status = "done" if number < done[rm] else "left_out"
            tier = "large" if number < 4 else "mid"
            key = {"customer_id": customer, "channel": "visit", "number": number, "quarter": QUARTER, "rm_id": rm}
            visits.append({**key, "tier": tier, "status": status})
        for number in range(1, 7):
            line = {"line_id": f"{rm}-{number}", "measure": "income", "rm_id": rm, "customer_id": f"{rm}-{number}"}
            credit.append({**line, "view": "ledger", "amount": Decimal(100)})
            credit.append({**line, "view": "shadow", "amount": Decimal(130)})
        reached = {"actual": Decimal(600), "target": Decimal(800), "completion": Decimal("0.75")}
        score.append({"period": QUARTER, "rm_id": rm, "unit_id": unit, "measure": "fee_income", **reached})
    for unit in ("east_1", "east_2", "west_1"):
        heads = {"customers": 6, "required_heads": 2, "available_heads": Decimal(1), "gap": Decimal(1)}
        staff.append({"unit_id": unit, "line": "corporate", "tier": "", "method": "workload", **heads})
    tables = {"visit_summary": summary, "visit": visits, "credit": credit, "score": score, "staff": staff}
    for name, rows in tables.items():
        write_table(tmp_path, name, rows)
    shutil.copytree(POLICY, tmp_path / "policy")
    (tmp_path / "manifest.json").write_text(json.dumps({"run_id": "r1"}), encoding="utf-8")
    with act("tests.run", by=None) as doing:
        facts = {"policy": "bank_corporate", "as_of": TODAY, "snapshot_id": "s", "currency": "CNY"}
        doing.add(Run(run_id="r1", folder=str(tmp_path), is_shown=True, **facts))
        standings = [
            Standing(customer_id=f"{rm}-{number}", scheme="s", tier="mid", run_id="r1", is_on_watch=number == 1)
            for rm in RM_UNITS
            for number in range(1, 7)
        ]
        doing.replace_table(Standing, standings)
        doing.add(Coverage(customer_id="e11-3", rm_id="e12", role="backup", valid_from=START))
    return tmp_path


def context(name: str, address: str = "cockpit:cockpit", **query: str) -> Any:
    """What a page of the cockpit shows somebody."""
    answer = sign_in(name).get(reverse(address), query)
    assert answer.status_code == 200
    return answer.context


@pytest.mark.parametrize(
    ("name", "required", "over", "done", "needed", "income", "watch"),
    [
        ("head", 120, 1, 24, 6, 2400, 4),
        ("leader", 80, 1, 21, 2, 1200, 2),
        ("west_head", 20, 0, 0, 2, 600, 1),
        ("auditor", 120, 1, 24, 6, 2400, 4),
    ],
)
def test_numbers_are_those_of_the_run_within_scope(
    bank: Bank, run: Path, name: str, required: int, over: int, done: int, needed: int, income: int, watch: int
) -> None:
    """Hours, contacts, headcount and income of exactly the RMs and customers that somebody sees."""
    page = context(name)
    assert (page["hours"].required, page["hours"].over) == (required, over)
    cells = [cell for _, _, row in page["heat"].rows for cell in row]
    assert sum(cell.done for cell in cells) == done
    assert page["staff_total"]["required"] == needed
    assert [(each.ledger, each.overlay) for each in page["income"]] == [(Decimal(income), Decimal("1.3"))]
    assert page["books"]["on_watch"] == watch
    assert {each.share for each in page["completion"]} == {Decimal("0.75")}


def test_a_wall_takes_a_customer_out_of_every_number(bank: Bank, run: Path) -> None:
    """Neither sums nor rows let one guess at what is behind a wall."""
    before = context("leader")
    bank.wall("e11-1")
    after = context("leader")
    assert before["income"][0].ledger - after["income"][0].ledger == 100
    assert sum(cell.owed for _, _, row in after["heat"].rows for cell in row) == 22
    assert after["books"]["on_watch"] == 1
    rows = context("leader", "cockpit:customers", list="all")["rows"]
    assert "e11-1" not in {row["customer"].customer_id for row in rows}


@pytest.mark.parametrize("name", ["head", "east_head", "leader", "west_head"])
def test_drills_add_up_to_their_numbers(bank: Bank, run: Path, name: str) -> None:
    """Each count of the cockpit equals the rows that it opens; a cell's customers behind are those listed."""
    page = context(name)
    for kind, count in page["books"].items():
        assert context(name, "cockpit:customers", list=kind)["page"].paginator.count == count, kind
    for unit, _, row in page["heat"].rows:
        for tier, cell in zip(page["heat"].tiers, row, strict=True):
            drilled = context(name, "cockpit:customers", list="behind", unit=unit, tier=tier, quarter=QUARTER)
            assert drilled["page"].paginator.count == cell.behind
    assert len(context(name, "cockpit:rms", show="over", quarter=QUARTER)["people"]) == page["hours"].over
    assert context(name, "cockpit:headcount")["total"] == page["staff_total"]


def test_units_outside_are_not_there(bank: Bank, run: Path) -> None:
    """Drilling to a sibling's unit answers 404 on every page; who has no position sees an empty cockpit."""
    pages = ("cockpit", "rms", "customers", "headcount", "money", "disputes", "inversions")
    leader, stranger = sign_in("leader"), sign_in("stranger")
    for page in pages:
        address = reverse(f"cockpit:{page}")
        assert leader.get(address, {"unit": "east_1"}).status_code == 200, page
        assert leader.get(address, {"unit": "west_1"}).status_code == 404, page
        assert stranger.get(address).status_code == 200, page
        assert "e11" not in stranger.get(address).content.decode(), page
    assert leader.get(reverse("cockpit:customers"), {"list": "' OR 1=1"}).status_code == 404


def test_the_books_want_looking_at(bank: Bank, run: Path) -> None:
    """Nobody leads, nobody beside the lead, whose lead has left: counted on the day looked at."""
    with act("tests.ended", by=None) as doing:
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-1")), valid_to=TODAY)
        doing.change_all(list(Coverage.objects.filter(customer_id="e11-2")), rm_id="gone")
    books = context("head")["books"]
    assert (books["unassigned"], books["without_backup"], books["of_leavers"]) == (1, 22, 1)
    assert context("head", as_of="2025-11-19")["books"]["unassigned"] == 0


def test_pages_take_a_fixed_number_of_queries(bank: Bank, run: Path) -> None:
    """However many customers: the counts below and no more."""
    client = sign_in("head")
    counts = {}
    for page in ("cockpit", "rms", "customers", "headcount", "money", "disputes", "inversions"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"cockpit:{page}")).status_code == 200
        counts[page] = len(queries)
    most = {"cockpit": 32, "rms": 8, "customers": 14, "headcount": 8, "money": 8, "disputes": 8, "inversions": 6}
    assert {page: count for page, count in counts.items() if count > most[page]} == {}, counts
