"""The reason for a figure, in words and in depth: its formula worked out, and below it what it was worked out of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kejing.policy.exact import Figure
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.phrase import Phrase, plain_text
from kejing.report.clauses.worked import worked
from kejing.stages.earn.vocabulary import EARN_VOCABULARY

CODES_OF = {
    variable.name: variable.codes for grain in EARN_VOCABULARY for variable in grain.variables if variable.codes
}
"""Facts that are codes, to their code list."""

_LINES = "(line."
_RESULTS = frozenset({"actual"})
"""Facts that are sums of credited lines, which stand in the register of their measure."""


@dataclass(frozen=True, slots=True)
class Why:
    """One figure with its reason.

    Attributes
    ----------
    how
        The formula with its values; empty for what rests on nothing further.
    anchor
        Where the page says more: a clause, a table, the register of a measure.
    is_told
        The same figure was worked out further up.
    """

    label: str
    value: str
    how: Phrase
    rule: str
    anchor: str
    children: Sequence[Why]
    is_told: bool = False

    @property
    def sentence(self) -> str:
        """Label, value and formula as plain text."""
        return f"{self.label} {self.value}" + (f" = {plain_text(self.how)}" if self.how else "")


class Reasons:
    """Reasons of figures in one language; days say which version of a formula counted."""

    def __init__(self, book: ClauseBook, voice: Voice) -> None:
        self.book = book
        self.voice = voice

    def of(self, figure: Figure, day: dt.date) -> Why:
        """The whole tree behind ``figure``, each formula once; sums over lines end at the register."""
        return self._why(figure, day, set())

    def shared(self, figure: Figure, day: dt.date) -> list[Why]:
        """Of a line's figure, what it takes from its measure or RM: the same for every line."""
        seen: set[tuple[object, ...]] = set()
        return [self._why(child, day, seen) for child in figure.children if child.grain in {"task", "rm"}]

    def calculation(self, figure: Figure, day: dt.date) -> str:
        """The formula of a line with bare values, to check on a desk calculator."""
        formula = self._formula(figure)
        if not formula:
            return ""
        return plain_text(worked(self.book.bound_on(formula, day), self.voice, figure, day=day, named=False))

    def sentence(self, figure: Figure, day: dt.date) -> Phrase:
        """The formula of ``figure`` with names and values."""
        formula = self._formula(figure)
        return worked(self.book.bound_on(formula, day), self.voice, figure, day=day) if formula else ()

    def _formula(self, figure: Figure) -> str:
        """The formula behind a figure; empty for facts, parameters and tables."""
        name = figure.rule.partition("@")[0]
        return name if figure.grain and name in self.book.binding.bound else ""

    def _why(self, figure: Figure, day: dt.date, seen: set[tuple[object, ...]]) -> Why:
        formula = self._formula(figure)
        identity = (figure.name, figure.grain, figure.key)
        is_told = bool(formula) and identity in seen
        seen.add(identity)
        children: list[Why] = []
        if not is_told and not self._ends(figure):
            children = [self._why(child, day, seen) for child in figure.children]
        how = () if is_told or not formula else self.sentence(figure, day)
        return Why(self._label(figure), self._value(figure), how, figure.rule, self._anchor(figure), children, is_told)

    def _ends(self, figure: Figure) -> bool:
        """Whether what lies below stands elsewhere on the page: lines in the register, inputs in the table."""
        return _LINES in figure.name or "#" in figure.rule

    def _label(self, figure: Figure) -> str:
        label = self.voice.label(figure.labels)
        given = [self._value(child) for child in figure.children if isinstance(child.value, str)]
        if "#" not in figure.rule or not given:
            return label
        return self.voice.word("why.by", label=label, inputs=self.voice.word("formula.comma").join(given))

    def _value(self, figure: Figure) -> str:
        return self.voice.value(figure.value, figure.type, codes=CODES_OF.get(figure.name) or "")

    def _anchor(self, figure: Figure) -> str:
        name = figure.rule.partition("@")[0]
        if "#" in figure.rule:
            return f"t-{figure.name}"
        if _LINES in figure.name or figure.name in _RESULTS:
            return f"m-{_measure_of(figure)}"
        if name in self.book.pack.parameters:
            return f"p-{name}"
        if name in self.book.pack.rate_cards:
            return f"k-{name}"
        return f"f-{name}" if self._formula(figure) else ""


def _measure_of(figure: Figure) -> str:
    """The measure that a task's figure, or a sum over its lines, belongs to."""
    key = figure.key or (figure.children[0].key if figure.children else ())
    return str(key[2]) if len(key) > 2 else ""  # noqa: PLR2004  # (period, RM, measure, …)
