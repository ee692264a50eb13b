"""The worked tables of the pages on stages say what the stages compute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from kejing.measure.money import from_minor, to_minor
from kejing.measure.rounding import round_fraction
from kejing.policy import Pack, find_shipped_pack
from kejing.policy.exact import Results, evaluate
from kejing.stages.decide import segment
from kejing.stages.deploy.handover.schedule import Block, Budget, Burden, Waves, schedule
from kejing.stages.deploy.target import allocate as rules
from kejing.stages.earn import credit
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.stages.institution import Facts, annual_sales, corporate_pack, ran, rows_of

_PAGES = Path(__file__).resolve().parents[2] / "docs" / "algorithms"
_LAST = dt.date(2025, 12, 31)


def _rows(page: str, heading: str) -> list[dict[str, str]]:
    """Rows of the first table under ``heading``, by the words of its head."""
    section = (_PAGES / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [
        [cell.strip() for cell in line.strip()[1:-1].split("|")] for line in section.splitlines() if line[:1] == "|"
    ]
    assert len(lines) > 2
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def _cents(text: str) -> int:
    return to_minor(_number(text), "CNY")


def _ids(rows: Sequence[object]) -> list[str]:
    return [f"c{place}" for place in range(len(rows))]


# ---------------------------------------------------------------- segment


def _customers(ids: Sequence[str], measures: Sequence[Mapping[str, object]]) -> Facts:
    customers = [{"customer_id": name} for name in ids]
    return {"units": [{"unit_id": "HQ"}], "customers": customers, "measures": measures}


def test_bands_of_the_segment_page() -> None:
    """Tier, distance and watch of each value are those of the policy's main scheme."""
    rows = _rows("segment.md", "Worked table")
    ids = _ids(rows)
    measures = [annual_sales(name, _cents(row["annual sales"])) for name, row in zip(ids, rows, strict=True)]
    with ran(corporate_pack(), _customers(ids, measures), as_of="2025-03-31", stages=(segment,)) as context:
        found = {row["customer_id"]: row for row in rows_of(context.engine, "SELECT * FROM segment")}
    shown = [
        (
            found[name]["tier"],
            f"{Fraction(found[name]['boundary_distance'], 1_000_000):.6f}",
            "yes" if found[name]["is_on_watch"] else "no",
        )
        for name in ids
    ]
    assert shown == [(row["tier"], row["distance"], row["on watch"]) for row in rows]


def _two_reviews(rows: Sequence[Mapping[str, str]], overlay: Path, *, as_of: str) -> list[list[dict[str, Any]]]:
    """Intervals of each row's customer, measured before January and before April."""
    ids = _ids(rows)
    measures: list[dict[str, object]] = []
    for name, row in zip(ids, rows, strict=True):
        measures.append(annual_sales(name, _cents(row["January"])))
        later = annual_sales(name, _cents(row["April"]))
        measures.append({**later, "period_start": dt.date(2024, 4, 1), "period_end": dt.date(2025, 4, 1)})
    with ran(corporate_pack(overlay), _customers(ids, measures), as_of=as_of, stages=(segment,)) as context:
        found = rows_of(context.engine, "SELECT * FROM segment ORDER BY customer_id, valid_from")
    return [[row for row in found if row["customer_id"] == name] for name in ids]


def test_hold_of_the_segment_page(tmp_path: Path) -> None:
    """A tier is held inside the buffer and changes beyond it."""
    (tmp_path / "parameters.yaml").write_text(
        "tier_hold: {zh: 缓冲, en: hold, type: number, values: [{from: 2000-01-01, value: 2%, source: E3-55}]}\n",
        encoding="utf-8",
    )
    rows = _rows("segment.md", "A hold of two percent")
    for row, spans in zip(rows, _two_reviews(rows, tmp_path, as_of="2025-04-30"), strict=True):
        shown = (spans[0]["tier"], spans[-1]["tier"], spans[-1]["reason"])
        assert shown == (row["tier"], row["tier in April"], row["reason in April"])


def test_frozen_list_of_the_segment_page(tmp_path: Path) -> None:
    """A yearly review keeps the tier; what it would be today is the shadow."""
    (tmp_path / "policy.yaml").write_text("segment: {schemes: {annual_sales: {review: year}}}\n", encoding="utf-8")
    rows = _rows("segment.md", "A list frozen for the year")
    for row, spans in zip(rows, _two_reviews(rows, tmp_path, as_of="2025-04-30"), strict=True):
        assert (spans[-1]["tier"], spans[-1]["shadow_tier"] or "") == (row["tier in force"], row["shadow tier"])
        assert spans[0]["tier"] == row["tier"]


# ---------------------------------------------------------------- target


def _target_weights(method: str, shares: Mapping[str, rules.Share]) -> dict[str, Fraction]:
    name, _, setting = method.partition(", ")
    value = Fraction(setting.partition("= ")[2].replace(" %", "/100") or 0)
    match name:
        case "linear_complement":
            return rules.linear_complement(shares)
        case "reciprocal":
            return rules.reciprocal(shares, alpha=value, epsilon=Fraction(1, 100))
        case "fair_share":
            return rules.fair_share(shares, history_share=value)
        case _:
            return rules.equal(shares)


_TARGET_ROWS = _rows("target.md", "Worked table")


@pytest.mark.parametrize("row", _TARGET_ROWS[1:], ids=lambda row: row["method"])
def test_target_page(row: dict[str, str]) -> None:
    """Each row is what the method gives, and sums to the goal."""
    stock = {rm: _cents(_TARGET_ROWS[0][rm]) for rm in "ABCD"}
    contributions = rules.contributions({"stock": stock}, {"stock": Fraction(1)})
    cap = Fraction(60, 100) if "ρ" in row["method"] else None
    shares = {
        rm: rules.Share(Fraction(1), contributions[rm], None if cap is None else int(cap * stock[rm])) for rm in stock
    }
    targets = rules.allocate(_cents("12000.00"), _target_weights(row["method"], shares), shares)
    assert {rm: str(from_minor(cents, "CNY")) for rm, cents in targets.items()} == {rm: row[rm] for rm in stock}


# ---------------------------------------------------------------- credit


def _bank(**tables: Sequence[Mapping[str, object]]) -> Facts:
    return {
        "units": [{"unit_id": "HQ"}],
        "rms": [{"rm_id": "A"}, {"rm_id": "B"}],
        "products": [
            {"product": "dep", "business_type": "deposit", "measure": "deposit_increment"},
            {"product": "fee", "business_type": "fee", "measure": "fee_income"},
        ],
        **tables,
    }


def test_months_of_the_credit_page() -> None:
    """Growth comes in the steps of its running total, cut at the day on which the RM changes."""
    rows = _rows("credit.md", "Worked table")
    months = {"base": "2025-12-01", "Jan": "2026-01-01", "Feb": "2026-02-01", "Mar": "2026-03-01"}
    balances = [
        {"customer_id": row["customer"], "product": "dep", "month": month, "average_balance": _cents(row[name])}
        for row in rows
        for name, month in months.items()
    ]
    coverage = [
        {"customer_id": "c5", "rm_id": "A", "valid_to": "2026-02-15"},
        {"customer_id": "c5", "rm_id": "B", "valid_from": "2026-02-15"},
        {"customer_id": "c4", "rm_id": "A"},
    ]
    customers = [{"customer_id": row["customer"]} for row in rows]
    facts = _bank(customers=customers, balances=balances, coverage=coverage)
    with ran(corporate_pack(), facts, as_of="2026-03-31", stages=(credit,)) as context:
        found = rows_of(context.engine, "SELECT * FROM credit_ledger ORDER BY customer_id, day, rm_id")
    for row in rows:
        lines = [
            f"{line['rm_id']} {line['day']} {from_minor(line['amount'], 'CNY')}"
            for line in found
            if line["customer_id"] == row["customer"]
        ]
        assert ", ".join(lines) == row["lines"]


def test_views_of_the_credit_page() -> None:
    """Both views of a joint line, a line of one RM and a line that nobody covers."""
    rows = _rows("credit.md", "Two views of one line")
    income = [
        {
            "line_id": row["line"],
            "customer_id": row["line"],
            "product": "fee",
            "amount": _cents(row["amount"]),
            "booked_on": "2025-02-03",
        }
        for row in rows
    ]
    coverage: list[Mapping[str, object]] = [
        {"customer_id": "joint", "rm_id": "A", "share": 6_000},
        {"customer_id": "joint", "rm_id": "B", "role": "assist", "share": 4_000},
        {"customer_id": "alone", "rm_id": "A"},
    ]
    customers = [{"customer_id": row["line"]} for row in rows]
    facts = _bank(customers=customers, income=income, coverage=coverage)
    with ran(corporate_pack(), facts, as_of="2025-03-31", stages=(credit,)) as context:
        found = rows_of(context.engine, "SELECT * FROM credit WHERE measure = 'income' ORDER BY rm_id")
    for row in rows:
        for view in ("ledger", "shadow"):
            parts = [
                f"{part['rm_id'] or 'unassigned'} {from_minor(part['amount'], 'CNY')}"
                for part in found
                if part["line_id"] == row["line"] and part["view"] == view
            ]
            assert ", ".join(parts) == row[view]


# ---------------------------------------------------------------- score, pay


def _pack(name: str) -> Pack:
    return Pack.load(find_shipped_pack(name))


def _evaluated(
    pack: Pack, rm: dict[str, object], tasks: Sequence[dict[str, object]], lines: Sequence[dict[str, object]]
) -> Results:
    """The policy's formulas over one RM's year."""
    year = {"service_days": 365, "in_force_days": 365, "period_days": 365, "year_days": 365, "period_last_day": _LAST}
    texts = {"unit_id": "HQ", "line": "corporate", "grade": "middle"}
    money = {"base_pay": Fraction(0), "target_bonus": Fraction(0), "fte": Fraction(1)}
    key = {"period": "2025", "rm_id": "A"}
    zero = dict.fromkeys(("stock", "increment_target", "total_target", "actual"), Fraction(0))
    rest = {"contribution": None, "period_last_day": _LAST, **zero}
    customer = {"customer_id": "c", "product": "p", "booked_on": _LAST}
    return evaluate(
        pack,
        EARN_VOCABULARY,
        {
            "rm": [{**key, **year, **texts, **money, **rm}],
            "task": [{**key, **rest, **task} for task in tasks],
            "line": [{**key, **customer, **line} for line in lines],
        },
    )


def _shown(value: object, decimals: int) -> str:
    assert isinstance(value, Fraction)
    text = f"{Fraction(round_fraction(value, decimals), 10**decimals):.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals > 2 else text


@pytest.mark.parametrize("row", _rows("score.md", "Worked table"), ids=lambda row: row["RM"])
def test_score_page(row: dict[str, str]) -> None:
    """Points and total are those of the policy's formulas."""
    names = {"deposits": "deposit_increment", "loans": "loan_increment", "fees": "fee_income"}
    tasks: list[dict[str, object]] = []
    for word, measure in names.items():
        actual, target = row[word].split(" of ")
        tasks.append({"measure": measure, "actual": Fraction(actual), "increment_target": Fraction(target)})
    results = _evaluated(_pack("bank_corporate"), {}, tasks, [])
    points = [_shown(results.trace("task", ("2025", "A", measure), "points").value, 6) for measure in names.values()]
    assert ", ".join(points) == row["points"]
    assert _shown(results.trace("rm", ("2025", "A"), "total_points").value, 6) == row["total"]


@pytest.mark.parametrize("row", _rows("pay.md", "Worked table"), ids=lambda row: row["RM"])
def test_corporate_pay_page(row: dict[str, str]) -> None:
    """Every figure of the corporate example, to the cent."""
    measure = "deposit_increment"
    lines: list[dict[str, object]] = []
    for place, text in enumerate(row["lines"].split(", ")):
        amount, industry, tier, business = text.split()
        codes = {"industry": industry, "customer_tier": tier, "business_type": business}
        lines.append({"measure": measure, "line_id": f"L{place}", "amount": Fraction(amount), **codes})
    actual = sum((Fraction(str(line["amount"])) for line in lines), Fraction(0))
    task = {
        "measure": measure,
        "stock": Fraction(row["stock"]),
        "increment_target": Fraction(row["target"]),
        "actual": actual,
    }
    results = _evaluated(_pack("bank_corporate"), {"target_bonus": Fraction(row["target bonus"])}, [task], lines)
    key = ("2025", "A", measure)
    assert _shown(results.trace("task", key, "mix_coefficient").value, 7) == row["K"]
    assert _shown(results.trace("task", key, "payout_factor").value, 7) == row["f(p)"]
    assert _shown(results.trace("task", key, "increment_pay_due").value, 2) == row["increment pay"]
    assert _shown(results.trace("task", key, "stock_pay_due").value, 2) == row["stock pay"]
    assert _shown(results.trace("rm", key[:2], "performance_pay").value, 2) == row["performance pay"]
    assert _shown(results.trace("rm", key[:2], "deferred_pay").value, 2) == row["deferred"]


@pytest.mark.parametrize("row", _rows("pay.md", "Curve"), ids=lambda row: row["completion"])
def test_curve_of_the_pay_page(row: dict[str, str]) -> None:
    """The payout factor at each completion."""
    measure = "deposit_increment"
    task = {
        "measure": measure,
        "increment_target": Fraction(1_000_000),
        "actual": Fraction(row["completion"]) * 1_000_000,
    }
    results = _evaluated(_pack("bank_corporate"), {}, [task], [])
    assert _shown(results.trace("task", ("2025", "A", measure), "payout_factor").value, 7) == row["payout factor"]


@pytest.mark.parametrize("row", _rows("pay.md", "Retail example"), ids=lambda row: row["RM"])
def test_retail_pay_page(row: dict[str, str]) -> None:
    """Factor and increment pay of the retail example: task bonus × factor × average coefficient."""
    measure = "deposit_increment"
    task = {"measure": measure, "increment_target": Fraction(row["target"]), "actual": Fraction(row["actual"])}
    results = _evaluated(_pack("bank_retail"), {"target_bonus": Fraction(40_000), "line": "retail"}, [task], [])
    key = ("2025", "A", measure)
    factor, bonus = (results.trace("task", key, name).value for name in ("payout_factor", "task_bonus"))
    assert isinstance(factor, Fraction)
    assert isinstance(bonus, Fraction)
    assert _shown(factor, 7) == row["f(p)"]
    assert _shown(bonus * factor * Fraction(row["K"]), 2) == row["increment pay"]


# ---------------------------------------------------------------- handover


def test_waves_of_the_handover_page() -> None:
    """B receives every block, and the leaver A gives the first: the waves are those of the table."""
    rows = _rows("handover.md", "Worked table")
    blocks = [
        Block(
            tuple(
                Burden(rm, int(row["customers"]), int(row["hours"]))
                for rm in ("A", "B")
                if rm == "B" or row["reason"] == "leaver"
            ),
            is_forced=row["reason"] in {"leaver", "vacant"},
            deadline=dt.date(2026, 4, 1) if row["reason"] == "leaver" else None,
        )
        for row in rows
    ]
    slots = schedule(blocks, Waves(dt.date(2026, 2, 1), 1), Budget(8, 24))
    assert [slot.wave + 1 for slot in slots] == [int(row["wave"]) for row in rows]
