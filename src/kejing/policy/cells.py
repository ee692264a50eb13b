"""Cells of decision tables: what the banker writes, and what it holds of a value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from kejing.policy.literals import NotAValueError, Value, fold_width, parse_value, show_value, unquote
from kejing.policy.vocabulary import NUMERIC, Type

type Ordered = Fraction | dt.date
"""A value that lies on a line."""

_INTERVAL = re.compile(r"(?P<open>[\[(])(?P<low>.*?)\.\.(?P<high>.*?)(?P<close>[\])])")
_COMPARISON = re.compile(r"(?P<sign>>=|<=|<>|≥|≤|≠|>|<|=)(?P<operand>.+)", re.DOTALL)
_NOT = re.compile(r"(?:not|非)\s*\((?P<inner>.*)\)", re.IGNORECASE | re.DOTALL)
_LIST_ITEM = re.compile(r'\s*("[^"]*"|[^,、"]+)\s*(?:[,、]|$)')
ANY = "-"


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of a line with each boundary inside or outside; None is no boundary."""

    low: Ordered | None
    high: Ordered | None
    low_closed: bool = False
    high_closed: bool = False

    def holds(self, value: Ordered | int) -> bool:
        """Whether ``value`` lies inside."""
        above = self.low is None or value > self.low or (self.low_closed and value == self.low)  # type: ignore[operator]  # numbers meet numbers, days meet days: the checker sees to it
        below = self.high is None or value < self.high or (self.high_closed and value == self.high)  # type: ignore[operator]  # the same
        return above and below

    def is_empty(self) -> bool:
        """Whether no value can lie inside."""
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return not (self.low_closed and self.high_closed)
        return self.low > self.high  # type: ignore[operator]  # both ends are of one type

    def __str__(self) -> str:
        low, high = show_value(self.low), show_value(self.high)
        if self.low is not None and self.low == self.high:
            return f"={low}"
        if self.low is None and self.high is None:
            return ANY
        if self.low is None:
            return f"<{'=' if self.high_closed else ''}{high}"
        if self.high is None:
            return f">{'=' if self.low_closed else ''}{low}"
        return f"{'[' if self.low_closed else '('}{low}..{high}{']' if self.high_closed else ')'}"


@dataclass(frozen=True, slots=True)
class Anything:
    """``-``: any value, and no value at all."""

    def holds(self, _value: Value | int | None) -> bool:
        """Always."""
        return True

    def __str__(self) -> str:
        return ANY


@dataclass(frozen=True, slots=True)
class Within:
    """A number or a day inside one of some intervals that do not touch; never a missing value."""

    intervals: tuple[Interval, ...]

    def holds(self, value: Value | int | None) -> bool:
        """Whether the number or day lies inside."""
        if value is None or isinstance(value, bool | str):
            return False
        return any(interval.holds(value) for interval in self.intervals)

    def __str__(self) -> str:
        if len(self.intervals) == 1:
            return str(self.intervals[0])
        return f"not({_between(self.intervals)})"


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word among some, or (negated) among no one of them; never a missing value."""

    words: tuple[str, ...]
    negated: bool = False

    def holds(self, value: Value | int | None) -> bool:
        """Whether the word is admitted."""
        return isinstance(value, str) and (value in self.words) is not self.negated

    def __str__(self) -> str:
        words = ",".join(f'"{word}"' for word in self.words)
        return f"not({words})" if self.negated else words


@dataclass(frozen=True, slots=True)
class Is:
    """A flag that is set, or is not."""

    flag: bool

    def holds(self, value: Value | int | None) -> bool:
        """Whether the flag stands so."""
        return value is self.flag

    def __str__(self) -> str:
        return show_value(self.flag)


type Cell = Anything | Within | OneOf | Is


def parse_cell(text: str, type_: Type) -> Cell:
    """What an input cell of a decision table says.

    Parameters
    ----------
    text
        ``-``, ``>=20亿``, ``[0.6..1)``, ``"AA","AAA"``, ``not("x")``, ``2025-01-01``, ``true`` ….
    type_
        Type of the column.

    Raises
    ------
    NotAValueError
        The text is not a cell of that type, or holds of no value.

    Examples
    --------
    >>> str(parse_cell("[0.6..1)", Type.NUMBER)), str(parse_cell('"AA"、"AAA"', Type.TEXT))
    ('[0.6..1)', '"AA","AAA"')
    """
    text = text.strip()
    if text in {ANY, "－", "—"}:
        return Anything()
    if not text:
        raise NotAValueError(text)
    negation = _NOT.fullmatch(fold_width(text))
    inner = text[negation.start("inner") : negation.end("inner")].strip() if negation else text
    if type_ is Type.TEXT:
        return OneOf(_words(inner), negated=negation is not None)
    if type_ is Type.FLAG:
        flag = parse_value(inner, type_)
        assert isinstance(flag, bool)
        return Is(flag is (negation is None))
    intervals = _intervals(inner, type_)
    return Within(_complement(intervals) if negation else intervals)


def _intervals(text: str, type_: Type) -> tuple[Interval, ...]:
    assert type_ in NUMERIC or type_ is Type.DATE
    folded = fold_width(text)

    def value(part: str) -> Ordered:
        parsed = parse_value(part, type_)
        assert isinstance(parsed, Fraction | dt.date)
        return parsed

    if match := _INTERVAL.fullmatch(folded):
        return (_bounded(match, value, text),)
    if match := _COMPARISON.fullmatch(folded):
        bound = value(match["operand"])
        match match["sign"]:
            case ">=" | "≥":
                return (Interval(bound, None, low_closed=True),)
            case ">":
                return (Interval(bound, None),)
            case "<=" | "≤":
                return (Interval(None, bound, high_closed=True),)
            case "<":
                return (Interval(None, bound),)
            case "<>" | "≠":
                return (Interval(None, bound), Interval(bound, None))
            case _:
                return (Interval(bound, bound, low_closed=True, high_closed=True),)
    point = value(folded)
    return (Interval(point, point, low_closed=True, high_closed=True),)


def _bounded(match: re.Match[str], value: Callable[[str], Ordered], text: str) -> Interval:
    low = value(match["low"]) if match["low"].strip() else None
    high = value(match["high"]) if match["high"].strip() else None
    interval = Interval(
        low,
        high,
        low_closed=match["open"] == "[" and low is not None,
        high_closed=match["close"] == "]" and high is not None,
    )
    if interval.is_empty() or (low is None and high is None):
        raise NotAValueError(text)
    return interval


def _complement(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """What lies outside of sorted intervals that do not touch."""
    outside = []
    low: Ordered | None = None
    low_closed = False
    for interval in intervals:
        if interval.low is not None:
            outside.append(Interval(low, interval.low, low_closed, not interval.low_closed))
        if interval.high is None:
            return _not_nothing(outside)
        low, low_closed = interval.high, not interval.high_closed
    outside.append(Interval(low, None, low_closed))
    return _not_nothing(outside)


def _not_nothing(intervals: list[Interval]) -> tuple[Interval, ...]:
    kept = tuple(interval for interval in intervals if not interval.is_empty())
    if not kept:
        raise NotAValueError(ANY)
    return kept


def _between(intervals: tuple[Interval, ...]) -> str:
    """The one interval that several leave out."""
    return ",".join(str(interval) for interval in _complement(intervals))


def _words(text: str) -> tuple[str, ...]:
    folded = fold_width(text)
    words, place = [], 0
    while place < len(folded):
        match = _LIST_ITEM.match(folded, place)
        if match is None or not match[1].strip():
            raise NotAValueError(text)
        words.append(unquote(text[match.start(1) : match.end(1)].strip()))
        place = match.end()
    if not words or folded.rstrip().endswith((",", "、")):
        raise NotAValueError(text)
    return tuple(dict.fromkeys(words))
