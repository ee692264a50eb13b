"""Benchmarks of books: plans are re-costed from the file, and made-up books have the shape they promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.books_instance import Shape, make_books
from benchmarks.gap_files import best_known, read_gap, recost
from kejing.stages.deploy.assign.instance import NO_LIMIT


def test_recost_reads_the_file_and_refuses_overload(tmp_path: Path) -> None:
    """Cost comes from the file's numbers; a plan above a capacity has none."""
    file = tmp_path / "tiny.txt"
    file.write_text("2 3\n5 6 7\n1 2 3\n4 4 4\n5 5 5\n8 10\n", encoding="ascii")
    problem = read_gap(file)
    assert (problem.decisions, problem.rms) == (3, 2)
    assert problem.pairs.cost.tolist() == [5, 1, 6, 2, 7, 3]
    assert recost(file, np.array([0, 0, 1])) == 5 + 6 + 3
    assert recost(file, np.array([0, 0, 0])) is None


def test_best_known_values(shared_data: Path) -> None:
    """Type D, 20 × 400: the table says between 24,563 and 24,567."""
    assert best_known(shared_data / "data" / "gap" / "type-D" / "d20400.txt") == (24_563, 24_567)


def test_made_up_books() -> None:
    """One RM of today and one pool pair a customer, candidates in order, limits on all rows; the seed decides."""
    shape = Shape(customers=2_000, rms=40, seed=3, band_share=0.3, move_share=0.25)
    made, again = make_books(shape), make_books(shape)
    pairs = made.problem.pairs
    assert np.array_equal(pairs.cost, again.problem.pairs.cost)
    assert (pairs.rm[pairs.first[1:] - 1] == shape.rms).all()
    assert (pairs.draw[made.today] == 0).all()
    assert int((pairs.draw == 0).sum()) == shape.customers
    assert made.problem.high.shape == (40, 3)
    assert (made.problem.high < NO_LIMIT).all()
    inside = np.ones(len(pairs.rm), dtype=bool)
    inside[pairs.first[:-1]] = False
    assert (np.diff(pairs.rm.astype(np.int64))[inside[1:]] > 0).all()
