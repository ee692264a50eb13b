"""Rules of grades as data, and the exact judgement of one RM by them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kejing.policy import DecisionTable, TableRow, Value
from kejing.stages.earn.grade.settings import GradeReviewSettings

UP, DOWN, SAME, NONE = "up", "down", "same", "none"
"""Words of column ``to_grade`` beside the grades themselves."""
COMPARISONS = (">=", ">", "<=", "<")
FIGURES = ("points", "completion", "actual", "target", "rank", "rank_share")
"""Figures of the scorecard; any other word is a formula of the policy over ``rm`` or, with a measure, over ``task``."""

type Key = tuple[str, str]
"""(figure, measure); the measure is '' for all together."""


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a rule: ``figure comparison threshold`` in ``times`` of the last ``over`` periods.

    All parts of a rule must hold. With ``in_a_row`` the periods must follow one another.
    """

    rule: str
    part: int
    order: int
    verdict: str
    to_grade: str
    figure: str
    measure: str
    comparison: str
    threshold: Fraction
    over: int
    times: int
    in_a_row: bool
    row: TableRow

    @property
    def key(self) -> Key:
        """The figure it looks at."""
        return (self.figure, self.measure)

    def is_hit(self, value: Fraction | None) -> bool:
        """Whether a figure meets the condition; a missing one never does."""
        if value is None:
            return False
        match self.comparison:
            case ">=":
                return value >= self.threshold
            case ">":
                return value > self.threshold
            case "<=":
                return value <= self.threshold
            case _:
                return value < self.threshold

    def holds(self, values: Sequence[Fraction | None]) -> bool:
        """Whether the condition holds of the figures of consecutive periods, the latest last."""
        hits = [self.is_hit(value) for value in values[-self.over :]]
        if not self.in_a_row:
            return sum(hits) >= self.times
        longest = run = 0
        for hit in hits:
            run = run + 1 if hit else 0
            longest = max(longest, run)
        return longest >= self.times


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is proposed for an RM, and by which rule; '' where no rule holds."""

    verdict: str
    grade: str
    rule: str


def read_parts(table: DecisionTable, day: dt.date) -> list[Part]:
    """Conditions in force on ``day``, in the order of the file."""
    parts = []
    for order, row in enumerate(table.rows_on(day)):
        out = row.outputs
        parts.append(
            Part(
                rule=_word(row, "rule"),
                part=int(_first_bound(row, "part")),
                order=order,
                verdict=str(out["verdict"]),
                to_grade=str(out["to_grade"]),
                figure=str(out["figure"]),
                measure=_measure(out["measure"]),
                comparison=str(out["comparison"]),
                threshold=_number(out["threshold"]),
                over=int(_number(out["over"])),
                times=int(_number(out["times"])),
                in_a_row=bool(out["in_a_row"]),
                row=row,
            )
        )
    return parts


def _measure(value: Value) -> str:
    return "" if value == "all" else str(value)


def _word(row: TableRow, name: str) -> str:
    words: Sequence[str] = getattr(row.cells[name], "words", ())
    assert len(words) == 1, f"Expected one word in column {name} of row {row.rule_id}."
    return words[0]


def _first_bound(row: TableRow, name: str) -> Fraction:
    bound = row.cells[name].intervals[0].low  # type: ignore[union-attr]  # a COUNT cell with one number
    assert isinstance(bound, Fraction), f"Expected one number in column {name} of row {row.rule_id}."
    return bound


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value


def proposed(ladder: Sequence[str], grade: str, to_grade: str) -> str | None:
    """The grade a rule leads to from ``grade``; None where the ladder ends or the grade is not on it.

    Examples
    --------
    >>> proposed(["junior", "middle", "senior"], "middle", "up"), proposed(["junior", "middle"], "middle", "up")
    ('senior', None)
    """
    if to_grade == SAME:
        return grade
    if to_grade == NONE:
        return ""
    if to_grade not in {UP, DOWN}:
        return to_grade if to_grade != grade else None
    if grade not in ladder:
        return None
    place = ladder.index(grade) + (1 if to_grade == UP else -1)
    return ladder[place] if 0 <= place < len(ladder) else None


def judge(
    settings: GradeReviewSettings,
    parts: Iterable[Part],
    rm: Mapping[str, str],
    figures: Mapping[Key, Sequence[Fraction | None]],
    *,
    may_rise: bool = True,
) -> Judgement:
    """What the rules propose for one RM.

    Parameters
    ----------
    parts
        Conditions in force on the last day of the review period.
    rm
        ``grade`` and ``line`` on that day.
    figures
        Values by figure and measure, one a period, the review period last; None where there is none.
    may_rise
        Whether the RM has been in the grade long enough to be promoted.

    Notes
    -----
    A rule holds if all its conditions for the RM's grade and line do. Of the rules that hold the verdict first in
    ``precedence`` counts, of several with one verdict the first in the file.
    """
    rules: dict[str, list[Part]] = {}
    for part in parts:
        if all(cell.holds(rm.get(name)) for name, cell in part.row.cells.items() if name in {"grade", "line"}):
            rules.setdefault(part.rule, []).append(part)
    found = []
    for rule, conditions in rules.items():
        first = conditions[0]
        grade = proposed(settings.ladder, rm["grade"], first.to_grade)
        if grade is None or (first.verdict == "promote" and not may_rise):
            continue
        if all(part.holds(figures.get(part.key, ())) for part in conditions):
            order = settings.precedence.index(first.verdict) if first.verdict in settings.precedence else None
            if order is not None:
                found.append((order, first.order, Judgement(first.verdict, grade, rule)))
    return min(found, key=lambda one: one[:2])[2] if found else Judgement("keep", rm["grade"], "")
