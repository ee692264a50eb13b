"""What is worked out on arrays is what SQL says on other engines, row for row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kejing.policy.sql import Tally
from kejing.stages.add_up import add_up
from kejing.stages.earn.credit.split_lines import split_lines
from kejing.stages.rule_file import run_rules
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.protocol import ArithmeticOverflowError, Engine

_START = dt.date(2025, 1, 1)
_WIDEST = 2**63 - 1
_TEAM = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)
"""Weights of the members of a team, in the order of their places."""
_LINE = st.tuples(
    st.integers(1, 4),
    st.integers(0, 40),
    st.integers(-1_000, 1_000) | st.integers(-_WIDEST // 10_000, _WIDEST // 10_000),
)
"""Customer, day from the start, amount in minor units."""


def _engine(teams: Sequence[Sequence[int]], lines: Sequence[tuple[int, int, int]]) -> DuckEngine:
    """Lines of customers 1 to 4; each team has a customer for ten days, the first four from the start."""
    engine = DuckEngine(threads=1)
    spans, seats = [], []
    for number, weights in enumerate(teams, start=1):
        start = _START + dt.timedelta(days=(number - 1) // 4 * 10)
        shared = len(weights) > 1
        spans.append(
            (number % 4, start, start + dt.timedelta(days=10), number if shared else 0, 10 * number, sum(weights))
        )
        if shared:
            seats += [
                (number, 10 * number + seq, seq, weight, sum(weights), len(weights))
                for seq, weight in enumerate(weights, start=1)
            ]
    _attach(engine, "team_span", ("customer", "valid_from", "valid_to", "span", "seat", "weight"), spans)
    _attach(engine, "team_seat", ("span", "seat", "seq", "weight", "whole", "members"), seats)
    _attach(
        engine,
        "ledger_line",
        ("line_id", "customer", "given_unit_id", "kind", "amount", "booked_on"),
        [
            (f"L{place}", customer, "U" if place % 3 else None, place % 7, amount, _START + dt.timedelta(days=day))
            for place, (customer, day, amount) in enumerate(lines)
        ],
    )
    engine.create("increment_numbered", "SELECT * FROM ledger_line WHERE 1 = 0")
    return engine


def _attach(engine: Engine, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    texts, dates = {"line_id", "given_unit_id"}, {"valid_from", "valid_to", "booked_on"}
    types = [pa.string() if one in texts else pa.date32() if one in dates else pa.int64() for one in columns]
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    engine.attach_arrow(
        name, pa.table([pa.array(c, t) for c, t in zip(cells, types, strict=True)], names=list(columns))
    )


def _rows(engine: Engine, relation: str) -> list[dict[str, object]]:
    order = "line_id, seat" if relation == "credit_shared" else "line_id"
    columns = ", ".join(sorted(engine.columns(relation)))
    rows: list[dict[str, object]] = engine.fetch(f"SELECT {columns} FROM {relation} ORDER BY {order}").to_pylist()
    return rows


@settings(max_examples=40, deadline=None)
@given(st.lists(_TEAM, max_size=9), st.lists(_LINE, max_size=20))
@example([[1, 1], [1, 1, 1], [3, 3, 3, 1], [1, 1, 1, 1, 1]], [(c, 3, a) for c in (1, 2, 3) for a in (-1, 0, 5)])
def test_lines_are_split_as_the_rules_split_them(teams: list[list[int]], lines: list[tuple[int, int, int]]) -> None:
    """Seats, spans, shares and parts of every line are those of split.sql: ties, signs, teams of any size."""
    with _engine(teams, lines) as by_rules, _engine(teams, lines) as on_arrays:
        run_rules(by_rules, "kejing.stages.earn.credit", "split.sql")
        split_lines(on_arrays)
        for relation in ("credit_line", "credit_shared"):
            assert _rows(on_arrays, relation) == _rows(by_rules, relation)


@pytest.mark.parametrize("amount", [_WIDEST // 3 + 1, -_WIDEST // 3 - 1, -_WIDEST - 1])
def test_amounts_that_do_not_fit_are_refused(amount: int) -> None:
    """An amount times a weight above 64 bits is an error on arrays as in the rules, never another amount."""
    for split in (split_lines, lambda engine: run_rules(engine, "kejing.stages.earn.credit", "split.sql")):
        with _engine([[3, 2]], [(1, 0, amount)]) as engine, pytest.raises(ArithmeticOverflowError):
            split(engine)
    with _engine([[3, 2]], [(1, 0, _WIDEST // 3)]) as engine:
        split_lines(engine)
        assert engine.value("SELECT SUM(amount) FROM credit_shared") == _WIDEST // 3


_TALLY = Tally("SELECT a, b, x FROM given", (("a", "every_a"), ("b", "every_b")), ("x",), "all_rows")


def _given(rows: Sequence[tuple[int, int, int | None]]) -> DuckEngine:
    engine = DuckEngine(threads=1)
    _attach(engine, "given", ("a", "b", "x"), rows)
    engine.create("every_a", "SELECT CAST(5 AS $BIGINT) AS a")
    engine.create("every_b", "SELECT CAST(3 AS $BIGINT) AS b")
    return engine


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(-(10**12), 10**12)), max_size=40))
def test_sums_on_arrays_are_those_of_a_group_by(rows: list[tuple[int, int, int]]) -> None:
    """Every group that occurs has its count and its sum, and no other group has a row."""
    with _given(rows) as engine:
        added = add_up(engine, _TALLY)
        assert added is not None
        engine.attach_arrow("added", added)
        grouped = (
            "SELECT a, b, COUNT(*) AS all_rows, CAST(SUM(x) AS $BIGINT) AS x FROM given GROUP BY a, b ORDER BY a, b"
        )
        assert engine.fetch("SELECT * FROM added ORDER BY a, b").to_pylist() == engine.fetch(grouped).to_pylist()


@pytest.mark.parametrize("rows", [[(0, 0, 1), (0, 0, None)], [(1, 1, 2**62), (1, 1, 2**62)]])
def test_sums_that_arrays_cannot_hold_are_left_to_the_engine(rows: list[tuple[int, int, int | None]]) -> None:
    """A figure without a value, or a sum that might pass 64 bits, is not added up here."""
    with _given(rows) as engine:
        assert add_up(engine, _TALLY) is None
