"""Two engines as one: what is read crosses over, once, and never out of date."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.pair import EnginePair


@pytest.fixture
def pair() -> Iterator[EnginePair]:
    """Two databases; the embedded one holds a relation."""
    embedded = DuckEngine(threads=1)
    embedded.attach_arrow("book", pa.table({"x": [1, 2, 3]}))
    pair = EnginePair(embedded, DuckEngine(threads=1))
    yield pair
    pair.close()


def test_what_a_stage_reads_is_handed_over_once(pair: EnginePair) -> None:
    """A relation named after FROM or JOIN crosses with its rows; nothing else does."""
    pair.turn(to_chosen=True)
    pair.create("total", "WITH s AS (SELECT x FROM book) SELECT SUM(x) AS total FROM s")
    pair.create("again", "SELECT a.x FROM book AS a JOIN book AS b ON b.x = a.x")
    assert pair.crossed == {"book": 3}
    assert pair.embedded.relations() == {"book"}
    assert pair.value("SELECT total FROM total") == 6


def test_answers_cross_and_not_tables(pair: EnginePair) -> None:
    """A question is asked on the side that holds what it is about."""
    pair.turn(to_chosen=True)
    pair.create("far", "SELECT x FROM book WHERE x > 1")
    pair.turn(to_chosen=False)
    assert pair.fetch("SELECT x FROM far ORDER BY x").column(0).to_pylist() == [2, 3]
    assert pair.columns("far") == ["x"]
    assert "far" not in pair.embedded.relations()


def test_what_was_made_anew_crosses_again(pair: EnginePair) -> None:
    """A copy of a relation that was made again on the other side is not read."""
    pair.turn(to_chosen=True)
    pair.create("seen", "SELECT SUM(x) AS total FROM book")
    pair.turn(to_chosen=False)
    pair.attach_arrow("book", pa.table({"x": [10]}))
    pair.turn(to_chosen=True)
    pair.create("seen", "SELECT SUM(x) AS total FROM book")
    assert pair.value("SELECT total FROM seen") == 10
    pair.create("book", "SELECT x + 1 AS x FROM book")
    pair.turn(to_chosen=False)
    pair.create("back", "SELECT x FROM book")
    assert pair.value("SELECT x FROM back") == 11
