"""The benchmark of visit plans holds the same books against the peer."""

from __future__ import annotations

import numpy as np

from benchmarks.visit_book import open_book
from benchmarks.visit_peer import Peer
from benchmarks.visits import tight_book
from kejing.stages.deploy.visit.plan import Status, make_plan
from kejing.stages.deploy.visit.run import read_rules
from kejing.warehouse.engine import DuckEngine


def test_the_peer_finds_the_plans_that_the_benchmark_counts() -> None:
    """With just the minutes that are needed everything is planned, and CP-SAT agrees that it can be."""
    with DuckEngine(threads=1) as engine:
        context = open_book(engine, 2, 100, seed=3)
        rules = read_rules(context)
        book = tight_book(context)
        outcome = make_plan(book, rules)
    ahead = book.dues.first > book.today
    assert (outcome.status[ahead] == Status.PLANNED).all()
    told = Peer(book, outcome, rules, seconds=30).solve(0)
    assert told["status"] in {"OPTIMAL", "FEASIBLE"}
    assert told["contacts"] == int((ahead & (book.dues.rm == 0)).sum())
    assert np.isfinite(told["km"])
