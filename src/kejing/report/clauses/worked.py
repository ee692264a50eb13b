"""A formula worked out for one row: the branch that was taken, with the values that were read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from kejing.policy.exact import Figure
from kejing.policy.exact.walk import Reader, Walk
from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Bound
from kejing.policy.formula.names import Target
from kejing.policy.formula.syntax import Call, Node
from kejing.policy.literals import Value
from kejing.report.clauses.formula_words import FormulaWords, Leveled
from kejing.report.clauses.phrase import Phrase
from kejing.report.clauses.voice import Voice

_ATOM = 6


class _Read(Reader):
    """The values that a figure says it read, so that a condition can be decided again."""

    def __init__(self, figures: Sequence[Figure]) -> None:
        self._figures = figures

    def read(self, target: Target) -> Value | None:
        return next((figure.value for figure in self._figures if figure.name == target.name), None)

    def read_below(self, target: Target) -> list[Value | None]:
        ending = f"({target.grain}.{target.name})"
        return [figure.value for figure in self._figures if figure.name.endswith(ending)]

    def read_across(self, across: Across) -> Value | None:
        name = f"{across.function}({across.target.name})"
        return next((figure.value for figure in self._figures if figure.name == name), None)

    def figures_across(self, across: Across) -> list[Figure]:
        name = f"{across.function}({across.target.name})"
        return [child for figure in self._figures if figure.name == name for child in figure.children]

    def figure(self, target: Target) -> Figure:
        return next(figure for figure in self._figures if figure.name == target.name)

    def figures_below(self, target: Target) -> list[Figure]:
        ending = f"({target.grain}.{target.name})"
        return [figure for figure in self._figures if figure.name.endswith(ending)]


class Worked(FormulaWords):
    """Says a formula with the values of ``figure``, its own figure; ``named`` puts the names before them."""

    def __init__(self, bound: Bound, voice: Voice, figure: Figure, *, day: dt.date, named: bool) -> None:
        super().__init__(bound, voice)
        self._figures = list(figure.children)
        self._named_too = named
        self._walk = Walk(bound, voice.pack, day, _Read(self._figures))

    def _branch(self, node: Call) -> Node:
        condition, then, otherwise = node.arguments
        return then if self._walk.value(condition) is True else otherwise

    def _if(self, node: Call) -> Leveled:
        return self._said(self._branch(node))

    def _ifs(self, node: Call) -> Leveled:
        pairs = zip(node.arguments[::2], node.arguments[1::2], strict=True)
        taken = next((then for condition, then in pairs if self._walk.value(condition) is True), None)
        return (("–",), _ATOM) if taken is None else self._said(taken)

    def _named(self, target: Target) -> Leveled:
        return self._valued(super()._named(target)[0], target.name, target.codes or "")

    def _aggregate(self, node: Call) -> Leveled:
        target = self.bound.aggregates[node.span].target
        return self._valued(super()._aggregate(node)[0], f"{node.function}({target.grain}.{target.name})")

    def _lookup(self, node: Call) -> Leveled:
        lookup = self.bound.lookups[node.span]
        named = lookup.table or lookup.card
        assert named is not None
        return self._valued((self._apart(self.voice.label(named.labels)),), named.name)

    def _valued(self, phrase: Phrase, name: str, codes: str = "") -> Leveled:
        figure = next((one for one in self._figures if one.name == name), None)
        if figure is None:
            return phrase, _ATOM
        value = self.voice.value(figure.value, figure.type, codes=codes)
        return ((*phrase, " ", value) if self._named_too else (value,)), _ATOM


def worked(bound: Bound, voice: Voice, figure: Figure, *, day: dt.date, named: bool = True) -> Phrase:
    """The formula of ``figure`` with its values put in.

    Parameters
    ----------
    bound
        The version of the formula that held on ``day``.
    named
        Names before the values: a sentence; without them: a sum to check on a desk calculator.
    """
    return Worked(bound, voice, figure, day=day, named=named).whole()
