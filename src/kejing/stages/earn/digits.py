"""Figures of compiled sheets brought to the digits that a stage keeps, rounded once."""

from __future__ import annotations


def at_digits(column: str, *, held: int, wanted: int) -> str:
    """SQL of ``column``, stored in units of ``10 ** -held``, in units of ``10 ** -wanted``; ties go away from zero.

    Examples
    --------
    >>> at_digits("s.points", held=4, wanted=6)
    's.points * 100'
    >>> at_digits("s.due", held=8, wanted=2)
    'CASE WHEN s.due < 0 THEN -$WIDE_DIV(2 * ABS(s.due) + 1000000, 2000000) ELSE $WIDE_DIV(2 * ABS(s.due) + 1000000, 2000000) END'
    """  # noqa: E501  # what it says is one line
    if held <= wanted:
        return column if held == wanted else f"{column} * {10 ** (wanted - held)}"
    step = 10 ** (held - wanted)
    away = f"$WIDE_DIV(2 * ABS({column}) + {step}, {2 * step})"
    return f"CASE WHEN {column} < 0 THEN -{away} ELSE {away} END"
