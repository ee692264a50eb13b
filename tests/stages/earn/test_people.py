"""What formulas may ask of an RM: tenure, averages by day, incidents, opening balances, and balances over a year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.earn.evidence import results_of
from kejing.stages.earn.people import months_between
from tests.stages.institution import corporate_pack, day, plain_bank, ran, rows_of

OVERLAY = {
    "policy.yaml": """
code_lists:
  incident_cause:
    fraud: {zh: 弄虚作假, en: fraud}
    late_report: {zh: 迟报, en: late report}
""",
    "formulas/balances.yaml": """
fees_to_date:
  over: task
  zh: 累计实绩
  en: actual to date
  type: money
  versions:
    - {from: 2000-01-01, formula: 'IF(measure = "fee_income", TO_DATE(actual), 0)', source: "assumption: test"}
kept_back:
  over: rm
  zh: 留存余额
  en: kept back
  type: money
  versions:
    - {from: 2000-01-01, formula: "PREVIOUS(kept_back) + SUM(task.fees_to_date)", source: "assumption: test"}
incidents_counted:
  over: rm
  zh: 事件数
  en: incidents counted
  type: count
  versions: [{from: 2000-01-01, formula: "COUNT(incident.cause)", source: "assumption: test"}]
place:
  over: rm
  zh: 同组名次
  en: place among peers
  type: count
  versions: [{from: 2000-01-01, formula: "PEER_RANK(kept_back)", source: "assumption: test"}]
""",
}

type Rows = Sequence[Mapping[str, object]]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The corporate policy with balances, incidents and a rank."""
    folder = tmp_path_factory.mktemp("balances")
    for name, text in OVERLAY.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return corporate_pack(folder)


def _incident(number: int, rm_id: str, cause: str, confirmed_on: str | None) -> dict[str, object]:
    return {
        "incident_id": f"I{number}",
        "rm_id": rm_id,
        "cause": cause,
        "happened_on": day("2025-01-10"),
        "confirmed_on": None if confirmed_on is None else day(confirmed_on),
    }


def _opening(rm_id: str, amount: int, on: str, item: str = "kept_back") -> dict[str, object]:
    return {"rm_id": rm_id, "item": item, "measure": "all", "day": day(on), "amount": amount}


def _of(context_rows: Rows, rm_id: str, column: str) -> list[object]:
    return [row[column] for row in context_rows if row["rm_id"] == rm_id]


def test_tenure_and_averages(pack: Pack) -> None:
    """Months count from the first day; the first year ends at the anniversary; a bonus that changes counts by days."""
    rm = {"unit_id": "B1", "base_pay": 36_500_00}
    rms = [
        {"rm_id": "A", **rm, "valid_from": "2024-05-16", "valid_to": "2025-03-02", "target_bonus": 90_000_00},
        {"rm_id": "A", **rm, "valid_from": "2025-03-02", "target_bonus": 120_000_00, "grade": "senior"},
    ]
    with ran(pack, plain_bank(rms=rms, coverage=[{"customer_id": "c1", "rm_id": "A"}]), as_of="2025-06-30") as context:
        rows = rows_of(context.engine, "SELECT * FROM rm_input ORDER BY period")
    assert _of(rows, "A", "months_in_post") == [10, 13]
    assert _of(rows, "A", "first_day") == [dt.date(2024, 5, 16)] * 2
    assert _of(rows, "A", "first_year_days") == [90, 45]  # 1 April to 15 May
    # 60 days at 90,000 and 30 at 120,000 of the 90 days of the first quarter.
    assert _of(rows, "A", "average_target_bonus") == [100_000_00, 120_000_00]
    assert _of(rows, "A", "target_bonus") == [120_000_00] * 2
    assert _of(rows, "A", "average_base_pay") == [36_500_00] * 2


def test_incidents_count_when_confirmed(pack: Pack) -> None:
    """An incident counts in the period in which it was confirmed; one that nobody confirmed counts in none."""
    incidents = [
        _incident(1, "A", "fraud", "2025-03-31"),
        _incident(2, "A", "late_report", "2025-04-01"),
        _incident(3, "A", "late_report", "2025-06-30"),
        _incident(4, "B", "fraud", None),
        _incident(5, "B", "fraud", "2025-07-01"),
    ]
    with ran(pack, plain_bank(incidents=incidents), as_of="2025-06-30") as context:
        rows = rows_of(context.engine, "SELECT * FROM rm_sheet ORDER BY rm_id, period")
    assert _of(rows, "A", "incidents_counted") == [1, 2]
    assert _of(rows, "B", "incidents_counted") == [0, 0]


def test_openings_are_those_of_the_year_before(pack: Pack) -> None:
    """The last balance up to the first day of the year counts; older ones, later ones and other items do not."""
    openings = [
        _opening("A", 500_00, "2024-06-30"),
        _opening("A", 700_00, "2024-12-31"),
        _opening("B", 900_00, "2023-12-31"),
        _opening("B", 11_00, "2025-02-01"),
        _opening("B", 5_00, "2024-12-31", "never_read"),
    ]
    bank = plain_bank(openings=openings, income=[])
    with ran(pack, bank, as_of="2025-06-30") as context:
        rows = rows_of(context.engine, "SELECT * FROM rm_sheet ORDER BY rm_id, period")
        told = [one.facts["item"] for one in context.findings if one.code == "pay.opening_unread"]
    assert _of(rows, "A", "kept_back") == [700_00, 700_00]
    assert _of(rows, "B", "kept_back") == [0, 0]
    assert _of(rows, "A", "place") == [1, 1]
    assert told == ["never_read"]


def test_an_explanation_needs_no_other_row(pack: Pack) -> None:
    """What a figure read of earlier periods and of peers is kept, so that one RM and period explain themselves."""
    with ran(pack, plain_bank(), as_of="2025-06-30") as context:
        sheet = rows_of(context.engine, "SELECT * FROM rm_sheet WHERE period = '2025-Q2' ORDER BY rm_id")
        for row in sheet:
            results = results_of(context.engine, pack, "2025-Q2", row["rm_id"])
            figure = results.trace("rm", ("2025-Q2", row["rm_id"]), "kept_back")
            assert figure.value == Fraction(row["kept_back"], 100)
            assert next(child.name for child in figure.children) == "PREVIOUS(kept_back)"
            assert results.value("rm", ("2025-Q2", row["rm_id"]), "place") == row["place"]


@settings(max_examples=5)
@given(order=st.permutations(range(6)))
def test_a_balance_runs_through_the_year(pack: Pack, order: list[int]) -> None:
    """Sums to date and balances follow the periods, whatever the order in which the lines arrive."""
    bank = plain_bank()
    lines = [list(bank["income"])[place] for place in order]
    with ran(pack, {**bank, "income": lines}, as_of="2025-06-30") as context:
        sheets = rows_of(context.engine, "SELECT * FROM rm_sheet ORDER BY rm_id, period")
    assert _of(sheets, "A", "kept_back") == [12_000_00, 12_000_00 + 39_000_00]
    assert _of(sheets, "B", "kept_back") == [9_000_00, 9_000_00 + 16_000_00]
    assert _of(sheets, "A", "place") == [1, 1]


def test_one_customer_in_two_parts_pays_the_same(pack: Pack) -> None:
    """Splitting a customer in two with the same RM and coefficients changes no pay and no balance."""
    bank = plain_bank()
    customers = [*bank["customers"], {**bank["customers"][0], "customer_id": "c1b"}]
    coverage = [*bank["coverage"], {"customer_id": "c1b", "rm_id": "A"}]
    measures = [*bank["measures"], {**bank["measures"][0], "customer_id": "c1b"}]
    lines = []
    for line in bank["income"]:
        amount = line["amount"]
        assert isinstance(amount, int)
        if line["customer_id"] != "c1":
            lines.append(line)
            continue
        lines.append({**line, "amount": amount - 5_000_00})
        lines.append({**line, "line_id": f"{line['line_id']}b", "customer_id": "c1b", "amount": 5_000_00})
    parted = {**bank, "customers": customers, "coverage": coverage, "measures": measures, "income": lines}
    totals = []
    for facts in (bank, parted):
        with ran(pack, facts, as_of="2025-06-30") as context:
            totals.append(rows_of(context.engine, "SELECT period, rm_id, gross FROM pay_total ORDER BY period, rm_id"))
            totals.append(
                rows_of(context.engine, "SELECT period, rm_id, kept_back FROM rm_sheet ORDER BY period, rm_id")
            )
    assert totals[0] == totals[2]
    assert totals[1] == totals[3]


@given(start=st.dates(dt.date(2000, 1, 1), dt.date(2040, 12, 31)), days=st.integers(0, 4000), more=st.integers(0, 400))
def test_months_never_fall(start: dt.date, days: int, more: int) -> None:
    """A later day has no fewer whole months, and twelve of them make the year."""
    end = start + dt.timedelta(days=days)
    assert months_between(start, end) <= months_between(start, end + dt.timedelta(days=more))
    if (start.month, start.day) != (2, 29):
        assert months_between(start, start.replace(year=start.year + 1)) == 12
        assert months_between(start, start.replace(year=start.year + 1) - dt.timedelta(days=1)) == 11
