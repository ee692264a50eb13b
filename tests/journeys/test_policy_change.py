from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import kejing as product
from tests.cli.conftest import Kejing
from tests.journeys.conftest import AS_OF

STRICTER = Path(__file__).parent / "overlays" / "stricter"


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    """Rows of an output table."""
    found: list[dict[str, Any]] = pq.read_table(out / f"{table}.parquet").to_pylist()
    return found


def moved(before: dict[Any, Any], after: dict[Any, Any]) -> int:
    """Keys whose figure differs, or that only one side has."""
    return sum(before.get(key) != after.get(key) for key in before.keys() | after.keys())


def total(figures: Iterable[Any]) -> Decimal:
    """Their sum."""
    return sum((Decimal(str(figure)) for figure in figures), Decimal(0))


def test_a_change_is_shown_with_all_that_it_moves(
    kejing: Kejing, sample_facts: Path, sample_run: Path, tmp_path: Path
) -> None:
    """A higher line for mid-size customers and a better coefficient for manufacturing.

    The difference lists the three rules by name with what they said and say, the customers whose tier moves, the
    heads, books, targets and pay that move, each as two runs compared by hand give it.
    """
    after = tmp_path / "after"
    product.run(sample_facts, policy="bank_corporate", overlays=[STRICTER], as_of=AS_OF, out=after)
    answer = kejing(
        "policy", "diff", "bank_corporate", STRICTER, "--facts", sample_facts, "--as-of", AS_OF.isoformat(), "--json"
    ).json  # fmt: skip
    rules = {rule["name"]: (rule["before"], rule["after"]) for rule in answer["rules"]}
    assert set(rules) == {
        "table industry_coefficient#manufacturing",
        "table tier_by_annual_sales#mid",
        "table tier_by_annual_sales#small",
    }
    assert "1.1" in rules["table industry_coefficient#manufacturing"][0]
    assert "1.25" in rules["table industry_coefficient#manufacturing"][1]
    effects = {effect["name"]: effect for effect in answer["effects"]}

    tiers = [
        {(r["scheme"], r["customer_id"], r["valid_from"]): r["tier"] for r in rows(out, "segment")}
        for out in (sample_run, after)
    ]
    assert effects["customers_retiered"]["count"] == moved(*tiers) > 0

    heads = [
        {(r["method"], r["unit_id"], r["line"]): r["required_heads"] for r in rows(out, "staff") if not r["tier"]}
        for out in (sample_run, after)
    ]
    assert effects["heads"]["count"] == moved(*heads) > 0
    assert [Decimal(effects["heads"][side]) for side in ("before", "after")] == [total(side.values()) for side in heads]

    pay = [{(r["period"], r["rm_id"]): r["gross"] for r in rows(out, "pay_total")} for out in (sample_run, after)]
    assert effects["pay_gross"]["count"] == moved(*pay) > 0
    assert [Decimal(effects["pay_gross"][side]) for side in ("before", "after")] == [
        total(side.values()) for side in pay
    ]
    assert Decimal(effects["pay_gross"]["after"]) != Decimal(effects["pay_gross"]["before"])

    targets = [
        {(r["period"], r["measure"], r["rm_id"]): r["increment_target"] for r in rows(out, "target")}
        for out in (sample_run, after)
    ]
    assert effects["targets"]["count"] == moved(*targets)


def test_the_sample_keeps_every_total(sample_run: Path) -> None:
    """On the sample with all its defects every total ties.

    Credit plus unassigned is the ledger in both views and every period; gross is the sum of its lines and paid now or
    deferred.
    """
    credit = [row for row in rows(sample_run, "credit") if row["measure"] == "income"]
    sums: Counter[tuple[str, str]] = Counter()
    for row in credit:
        sums[row["view"], row["period"]] += row["amount"]
    control = {(row["name"], row["period"]): row for row in rows(sample_run, "control")}
    for period in {row["period"] for row in credit}:
        ledger = control["ledger", period]["amount"]
        assert sums["ledger", period] == sums["shadow", period] == ledger
        assert control["credited", period]["amount"] + control["unassigned", period]["amount"] == ledger
        assert control["shadow", period]["amount"] + control["elimination", period]["amount"] == ledger
    pay: Counter[tuple[str, str]] = Counter()
    for row in rows(sample_run, "pay"):
        pay[row["period"], row["rm_id"]] += row["amount"]
    for row in rows(sample_run, "pay_total"):
        assert row["gross"] == pay.get((row["period"], row["rm_id"]), 0) == row["paid_now"] + row["deferred"]


def test_a_pay_line_of_the_sample_reaches_the_bank_files(kejing: Kejing, sample_run: Path) -> None:
    """A pay line of the sample goes down to a row of the bank's own file, with its coverage and clauses."""
    line = max(
        (row for row in rows(sample_run, "pay") if row["component"] == "income_pay"), key=lambda row: row["amount"]
    )
    key = [f"{name}={line[name]}" for name in ("period", "component", "rm_id", "measure", "line_id")]
    [tree] = kejing("explain", sample_run, "pay", *key, "--json").json
    assert Decimal(tree["value"].replace(",", "")) == line["amount"]
    nodes = list(_walk(tree))
    assert any(node["name"] == "income" and "#" in node["source"] for node in nodes)
    assert any(node["name"] == "coverage" and "#" in node["source"] for node in nodes)
    assert any(node["rule"].startswith("industry_coefficient#") for node in nodes)


def _walk(node: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _walk(child)
