"""A formula as a sentence: names instead of identifiers, conditions in a row, every rule a link."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Bound, round_digits
from kejing.policy.formula.names import Source, Target
from kejing.policy.formula.parse import COMPARISONS
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word
from kejing.policy.literals import show_value
from kejing.report.clauses.phrase import Link, Phrase, fill, joined
from kejing.report.clauses.voice import Voice

SIGNS = {"*": "×", "/": "÷", "-": "−", "<=": "≤", ">=": "≥", "<>": "≠"}
"""How a sign of the language is printed."""

_MISTAKABLE = frozenset("×÷−+-*/=<>:：,，")
_LOOSE, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _ATOM = range(7)
type Leveled = tuple[Phrase, int]


def anchor_of(target: Target) -> str:
    """Where the page says what ``target`` is; empty for a plain fact."""
    kind = {Source.FORMULA: "f", Source.PARAMETER: "p"}.get(target.source)
    return f"{kind}-{target.name}" if kind else ""


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of a formula with cases: its condition (empty for the last) and what counts then."""

    condition: Phrase
    value: Phrase


class FormulaWords:
    """Says the parts of one bound formula; a subclass says their values too."""

    def __init__(self, bound: Bound, voice: Voice) -> None:
        self.bound = bound
        self.voice = voice

    def whole(self) -> Phrase:
        """The formula in one line."""
        return self._said(self.bound.node)[0]

    def branches(self) -> list[Branch]:
        """The formula by cases; one branch without a condition where it has none."""
        found = []
        node = self.bound.node
        while isinstance(node, Call) and node.function == "IF":
            condition, then, node = node.arguments
            found.append(Branch(self._said(condition)[0], self._said(then)[0]))
        return [*found, Branch((), self._said(node)[0])]

    def _said(self, node: Node) -> Leveled:
        match node:
            case Number():
                return (node.text or show_value(node.value),), _ATOM
            case Word():
                return (self.voice.word("formula.quoted", text=node.value),), _ATOM
            case Flag():
                return (self.voice.word("yes" if node.value else "no"),), _ATOM
            case Name():
                return self._named(self.bound.targets[node.span])
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def _named(self, target: Target) -> Leveled:
        return self._link(target), _ATOM

    def _inside(self, node: Node, level: int) -> Phrase:
        """``node`` as an operand: in parentheses where it binds less than ``level``."""
        phrase, own = self._said(node)
        return phrase if own >= level else fill(self.voice.words.template("formula.in_parentheses"), inner=phrase)

    def _unary(self, node: Unary) -> Leveled:
        if node.sign == "%":
            return (*self._inside(node.operand, _ATOM), "%"), _ATOM
        return ("−", *self._inside(node.operand, _POWER)), _SIGNED

    def _binary(self, node: Binary) -> Leveled:
        if node.sign == "^":
            return (*self._inside(node.left, _ATOM), "^", *self._inside(node.right, _SIGNED)), _POWER
        is_product, is_comparison = node.sign in {"*", "/"}, node.sign in COMPARISONS
        level = _PRODUCT if is_product else _COMPARISON if is_comparison else _SUM
        left = self._inside(node.left, _SUM if is_comparison else level)
        right = self._inside(node.right, _SUM if is_comparison else level + 1)
        return (*left, f" {SIGNS.get(node.sign, node.sign)} ", *right), level

    def _call(self, node: Call) -> Leveled:  # noqa: PLR0911  # a line for each function
        if node.span in self.bound.aggregates:
            return self._aggregate(node)
        if node.span in self.bound.across:
            return self._across(self.bound.across[node.span])
        if node.span in self.bound.lookups:
            return self._lookup(node)
        match node.function:
            case "IF":
                return self._if(node)
            case "IFS":
                return self._ifs(node)
            case "AND" | "OR":
                separator = self.voice.word(f"formula.{node.function.lower()}")
                return joined(separator, [self._inside(one, _COMPARISON) for one in node.arguments]), _LOOSE
            case "ROUND":
                digits = round_digits(node.arguments[1])
                return self._template("round", x=self._said(node.arguments[0])[0], digits=str(digits))
            case "MIN" | "MAX" | "COALESCE":
                parts = joined(self.voice.word("formula.comma"), [self._said(one)[0] for one in node.arguments])
                return self._template(node.function.lower(), parts=parts)
            case _:
                return self._template(node.function.lower(), x=self._said(node.arguments[0])[0])

    def _template(self, key: str, **parts: Phrase | str) -> Leveled:
        return fill(self.voice.words.template(f"formula.{key}"), **parts), _ATOM

    def _if(self, node: Call) -> Leveled:
        condition, then, otherwise = (self._said(one)[0] for one in node.arguments)
        template = self.voice.words.template("formula.if")
        return fill(template, condition=condition, then=then, otherwise=otherwise), _LOOSE

    def _ifs(self, node: Call) -> Leveled:
        template = self.voice.words.template("formula.when")
        pairs = zip(node.arguments[::2], node.arguments[1::2], strict=True)
        parts = [fill(template, condition=self._said(when)[0], then=self._said(then)[0]) for when, then in pairs]
        return joined(self.voice.word("formula.semicolon"), parts), _LOOSE

    def _aggregate(self, node: Call) -> Leveled:
        target = self.bound.aggregates[node.span].target
        rows = self.voice.word(f"grain.each.{target.grain}")
        of = self._link(target)
        return self._template(f"aggregate.{node.function.lower()}", rows=rows, x=of)

    def _across(self, across: Across) -> Leveled:
        parts = {} if across.weight is None else {"weight": self._link(across.weight)}
        return self._template(f"across.{across.function.lower()}", x=self._link(across.target), **parts)

    def _link(self, target: Target) -> Phrase:
        anchor = anchor_of(target)
        label = self._apart(self.voice.label(target.labels))
        return (Link(label, anchor),) if anchor else (label,)

    def _apart(self, label: str) -> str:
        """A name that itself holds a sign goes between quotes, so that nobody reads it as a sum."""
        return self.voice.word("formula.quoted", text=label) if _MISTAKABLE.intersection(label) else label

    def _lookup(self, node: Call) -> Leveled:
        lookup = self.bound.lookups[node.span]
        named = lookup.table or lookup.card
        assert named is not None
        label = self.voice.label(named.labels)  # Chinese puts titles between their own marks
        title = Link(
            label if self.voice.lang == "zh" else self._apart(label), f"{'t' if lookup.table else 'k'}-{named.name}"
        )
        inputs = joined(self.voice.word("formula.comma"), [self._said(argument)[0] for argument in lookup.arguments])
        return self._template(node.function.lower(), table=(title,), inputs=inputs)
