"""What a new engine must pass before it may pay anybody: the conformance case against the exact oracle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment
from kejing.stages.deploy import target
from kejing.stages.earn import credit, pay, score
from kejing.stages.earn.credit.laws import LAWS as CREDIT_LAWS
from kejing.stages.earn.pay.laws import LAWS as PAY_LAWS
from kejing.stages.earn.score.laws import LAWS as SCORE_LAWS
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.pair import EnginePair
from kejing.warehouse.protocol import ArithmeticOverflowError, Engine
from tests.conftest import REPOSITORY
from tests.engines.case import AS_OF, LINES, case
from tests.engines.conftest import ENGINES, Opener
from tests.engines.oracle import Oracle, half_up
from tests.stages.institution import Facts, broken, digests, open_context

TABLES = ("credit", "score", "pay", "pay_total")
LAWS = (*CREDIT_LAWS, *SCORE_LAWS, *PAY_LAWS)


@cache
def pack() -> Pack:
    """The policy of the pipeline example with rates that make ties and change with the quarter."""
    folder = REPOSITORY / "examples" / "pipeline" / "policy"
    return Pack.load(folder, [Path(__file__).parent / "overlay"])


@contextmanager
def earned(engine: Engine, facts: Facts) -> Iterator[StageContext]:
    """Tiers and targets on the embedded engine, then credit, score and pay on ``engine``."""
    with DuckEngine(threads=2) as embedded:
        context = open_context(embedded, pack(), facts, as_of=AS_OF.isoformat())
        segment.run(context)
        target.run(context)
        pair = EnginePair(embedded, engine)
        pair.turn(to_chosen=True)
        context = replace(context, engine=pair)
        for stage in (credit, score, pay):
            stage.run(context)
        yield context


@cache
def oracle() -> Oracle:
    """The case, reckoned once."""
    return Oracle()


_HASHES: dict[str, dict[str, str]] = {}


def _check_rows(context: StageContext) -> None:
    """Every row of credit, score and pay is the oracle's."""
    rows = context.engine.fetch("SELECT * FROM credit WHERE view = 'ledger'").to_pylist()
    got = {
        (row["line_id"], row["rm_id"], row["unit_id"]): (row["period"], int(row["share"]), int(row["amount"]))
        for row in rows
    }
    assert len(got) == len(rows)
    assert got == {key: (part.period, part.share, part.amount) for key, part in oracle().credited.items()}
    paid = context.engine.fetch("SELECT period, rm_id, line_id, amount FROM pay").to_pylist()
    assert len(paid) == len(oracle().paid)
    assert {(row["period"], row["rm_id"], row["line_id"]): int(row["amount"]) for row in paid} == oracle().paid
    scored = context.engine.fetch("SELECT period, rm_id, actual, points FROM score WHERE measure <> ''").to_pylist()
    for row in scored:
        actual = oracle().actual.get((row["period"], row["rm_id"]), 0)
        assert int(row["actual"]) == actual
        assert int(row["points"]) == half_up(Fraction(actual * 10))  # millionths; a point is 1,000 dollars


@pytest.mark.scale
@pytest.mark.parametrize("name", ENGINES)
def test_engine_gives_the_rows_of_the_oracle(opener: Opener, name: str) -> None:
    """Some 60,000 parts of 20,000 lines are the oracle's to the cent, no law is broken, and the hashes are one."""
    with earned(opener(name), case()) as context:
        _check_rows(context)
        assert broken(context, LAWS) == []
        _HASHES[name] = digests(context, TABLES)
    if "duckdb" not in _HASHES:
        with earned(opener("duckdb"), case()) as context:
            _HASHES["duckdb"] = digests(context, TABLES)
    assert _HASHES[name] == _HASHES["duckdb"]


def test_case_holds_what_money_gets_wrong() -> None:
    """The case holds teams of every size, the house, reversals, zeros, ties, and amounts at the guard."""
    sizes = {line["line_id"]: 0 for line in oracle().lines}
    for line_id, _, _ in oracle().credited:
        sizes[line_id] += 1
    assert len(oracle().lines) == LINES
    assert set(sizes.values()) == {0, 1, 2, 3, 4, 5, 6}  # none: a line without rate
    amounts = [line["amount"] for line in oracle().lines]
    assert min(amounts) < -(4 * 10**12)
    assert max(amounts) > 4 * 10**12
    assert amounts.count(0) > 100
    assert sum(part.rm_id == "" for part in oracle().credited.values()) > 1_000
    halves = [line for line in oracle().lines if line["product"] == "half" and line["amount"] % 2]
    assert len(halves) > 1_000


def test_amount_beyond_the_guard_is_refused(engine: Engine) -> None:
    """A line that does not fit 64 bits on its way is an error on every engine: it never wraps and never goes NULL."""
    team = [{"customer_id": "c1", "rm_id": f"r{n}", "share": 3_333 + n} for n in range(3)]
    line = {"line_id": "L", "customer_id": "c1", "product": "whole", "currency": "USD", "booked_on": "2025-05-05"}
    facts: Facts = {
        "units": [{"unit_id": "HQ"}],
        "rms": [{"rm_id": f"r{n}"} for n in range(3)],
        "customers": [{"customer_id": "c1"}],
        "coverage": team,
        "products": [{"product": "whole", "business_type": "fee", "measure": "won_sales"}],
        "income": [{**line, "amount": 2**62}],
    }
    with pytest.raises(ArithmeticOverflowError), earned(engine, facts) as context:
        digests(context, TABLES)
