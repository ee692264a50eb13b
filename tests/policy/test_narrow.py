"""Small figures are reckoned in 64 bits, large ones in the widest integer, and nobody can tell which it was."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kejing.policy.sql.layers import Sql, whole
from kejing.policy.sql.narrow import LEAF, Narrow, half_up, leaf, literal, opposite, product, total
from kejing.warehouse.engine import DuckEngine

A, B = (leaf(Sql(name, is_atom=True)) for name in "ab")
EDGES = [0, 1, 499_999, 500_000, LEAF - 1, LEAF, LEAF + 1, 2**62, 2**63 - 1]
SIZES = st.sampled_from(EDGES) | st.integers(0, 2**63 - 1)
FIGURES = st.builds(lambda size, sign: size * sign, SIZES, st.sampled_from([1, -1]))


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    """One engine for all examples."""
    with DuckEngine(threads=1) as engine:
        yield engine


def known(number: Narrow | None) -> Narrow:
    """A number that has a narrow form."""
    assert number is not None
    return number


def rounded(engine: DuckEngine, number: Narrow, divisor: int, a: int | None, b: int) -> int | None:
    """The figure that the engine finds for one row."""
    engine.attach_arrow("row_of_two", pa.table({"a": pa.array([a], pa.int64()), "b": pa.array([b], pa.int64())}))
    text = half_up(number, divisor)
    assert text is not None
    (value,) = engine.fetch(f"SELECT CAST({text} AS $WIDE) AS y FROM row_of_two").column(0).to_pylist()
    return None if value is None else int(value)


def half_away(value: int, divisor: int) -> int:
    """The whole number nearest to the quotient, halves away from zero."""
    size = (2 * abs(value) + divisor) // (2 * divisor)
    return size if value >= 0 else -size


@given(FIGURES, FIGURES, st.sampled_from([10, 100, 10**6, 10**12]))
@example(LEAF, LEAF, 10**6)
@example(-LEAF, LEAF, 10)
@example(LEAF + 1, LEAF, 10**6)
def test_product_is_rounded_alike_on_both_sides_of_the_line(engine: DuckEngine, a: int, b: int, divisor: int) -> None:
    """Halves go away from zero, whether a row's figures fit 64 bits or not."""
    assert rounded(engine, known(product(A, B)), divisor, a, b) == half_away(a * b, divisor)


@given(FIGURES, FIGURES)
@example(LEAF, -LEAF)
def test_sums_scales_and_signs_keep_the_figure(engine: DuckEngine, a: int, b: int) -> None:
    """What is added, scaled or turned round is the same figure in both widths."""
    hundred_a = known(product(A, literal(100)))
    number = known(total(hundred_a, known(opposite(B))))
    assert rounded(engine, number, 1000, a, b) == half_away(100 * a - b, 1000)


def test_missing_stays_missing(engine: DuckEngine) -> None:
    """A row without a figure is neither small nor large: its result is missing, never zero."""
    assert rounded(engine, known(product(A, B)), 100, None, 7) is None


def test_what_may_leave_64_bits_has_no_narrow_form() -> None:
    """Three large columns, or a scale beyond the width, are left to the widest integer."""
    assert product(product(A, B), A) is None
    assert product(known(product(A, B)), literal(10)) is None
    assert literal(2**63) is None
    assert half_up(Narrow(whole(1), whole(1), 2**63 - 1), 10) is None
