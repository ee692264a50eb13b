"""Cells and literals mean what the banker writes."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kejing.policy.cells import Anything, Cell, Interval, OneOf, Within, parse_cell
from kejing.policy.literals import NotAValueError, parse_quantity, parse_value, show_value
from kejing.policy.vocabulary import Type

NUMBERS = st.integers(min_value=-400, max_value=400).map(lambda value: Fraction(value, 8))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", Fraction(2469, 2)),
        ("-12.5%", Fraction(-1, 8)),
        ("3亿", Fraction(300_000_000)),
        ("2.5万", Fraction(25_000)),
        ("1万亿", Fraction(10**12)),
        ("2e9", Fraction(2_000_000_000)),
        ("12%", Fraction(3, 25)),
        ("5‰", Fraction(1, 200)),
    ],
)
def test_quantities(text: str, value: Fraction) -> None:
    """Every notation of the language is read exactly."""
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", ["", "1,23", "12,3456", "1.2.3", "万", "abc", "1 2", "--1", "0x10", "1_000", "nan"])
def test_no_quantities(text: str) -> None:
    """What could be read in two ways is not read at all."""
    with pytest.raises(NotAValueError):
        parse_quantity(text)


@given(NUMBERS)
def test_values_are_written_as_they_are_read(value: Fraction) -> None:
    """A terminating number written is read back as itself."""
    assert parse_value(show_value(value), Type.NUMBER) == value


@pytest.mark.parametrize(
    ("text", "kind", "inside", "outside"),
    [
        (">=0.6", Type.NUMBER, ["0.6", "7"], ["0.5999"]),
        (">60%", Type.NUMBER, ["0.61"], ["0.6"]),
        ("<1", Type.NUMBER, ["-3"], ["1"]),
        ("≤1", Type.NUMBER, ["1"], ["1.01"]),
        ("[0.6..1)", Type.NUMBER, ["0.6", "0.99"], ["1", "0.59"]),
        ("(0.6..1]", Type.NUMBER, ["1"], ["0.6"]),
        ("[5000万..20亿)", Type.MONEY, ["50000000", "1999999999.99"], ["20亿", "49999999.99"]),
        ("=3", Type.COUNT, ["3"], ["2", "4"]),
        ("3", Type.COUNT, ["3"], ["2", "4"]),
        ("<>3", Type.COUNT, ["2"], ["3"]),
        ("not([1..2])", Type.NUMBER, ["0.9", "2.1"], ["1", "2", "1.5"]),
        ("not(>5)", Type.NUMBER, ["5"], ["6"]),
        ("-", Type.NUMBER, ["0"], []),
        ("[..5)", Type.NUMBER, ["-99"], ["5"]),
        ("2025-01-01", Type.DATE, ["2025-01-01"], ["2025-01-02"]),
        (">=2025-01-01", Type.DATE, ["2025-01-01"], ["2024-12-31"]),
        ("[2025-01-01..2026-01-01)", Type.DATE, ["2025-12-31"], ["2026-01-01"]),
        ('"AA","AAA"', Type.TEXT, ["AA", "AAA"], ["A"]),
        ("AA、AAA", Type.TEXT, ["AA", "AAA"], ["A"]),
        ("“制造业”", Type.TEXT, ["制造业"], ["采掘业"]),
        ('not("x","y")', Type.TEXT, ["z"], ["x", "y"]),
        ("true", Type.FLAG, ["true"], ["false"]),
        ("not(是)", Type.FLAG, ["否"], ["是"]),
    ],
)
def test_cells_hold(text: str, kind: Type, inside: list[str], outside: list[str]) -> None:
    """A cell holds of what lies inside its bounds, and of nothing else."""
    cell = parse_cell(text, kind)
    assert all(cell.holds(parse_value(value, kind)) for value in inside)
    assert not any(cell.holds(parse_value(value, kind)) for value in outside)
    assert parse_cell(str(cell), kind) == cell


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Type.NUMBER),
        (">=", Type.NUMBER),
        ("[1..0)", Type.NUMBER),
        ("[1..1)", Type.NUMBER),
        ("[..]", Type.NUMBER),
        ("abc", Type.NUMBER),
        ("1.5", Type.COUNT),
        ("2025-02-30", Type.DATE),
        ('"AA', Type.TEXT),
        ('"AA",', Type.TEXT),
        ("maybe", Type.FLAG),
        ("not(-)", Type.NUMBER),
    ],
)
def test_no_cells(text: str, kind: Type) -> None:
    """A cell that says nothing, or two things, is refused."""
    with pytest.raises(NotAValueError):
        parse_cell(text, kind)


@pytest.mark.parametrize("cell", [OneOf(("x",)), OneOf(("x",), negated=True), Within((Interval(None, None),))])
def test_a_missing_value_is_held_by_no_condition(cell: Cell) -> None:
    """Only ``-`` admits a missing value; ``not(x)`` does not."""
    assert not cell.holds(None)
    assert Anything().holds(None)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_not_is_the_complement(low: Fraction, width: Fraction, value: Fraction) -> None:
    """A number lies in a cell or in its negation, never in both."""
    cell = f"[{show_value(low)}..{show_value(low + abs(width) + 1)})"
    assert parse_cell(cell, Type.NUMBER).holds(value) != parse_cell(f"not({cell})", Type.NUMBER).holds(value)


def test_days_are_days() -> None:
    """A day outside the calendar is no day."""
    assert parse_value("2024-02-29", Type.DATE) == dt.date(2024, 2, 29)
    with pytest.raises(NotAValueError):
        parse_value("2025-2-9", Type.DATE)
