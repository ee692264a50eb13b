"""Names and types of one formula: every name gets its target, every node its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kejing.measure.rounding import Rounding
from kejing.policy.formula.across import Across, kind_across, plan_across
from kejing.policy.formula.functions import ACROSS, AGGREGATES, FUNCTIONS, TABLE_READERS
from kejing.policy.formula.kinds import FLAG, NUMBER, UNKNOWN, Base, Kind, kind_of, met
from kejing.policy.formula.lookup import Lookup, plan_lookup
from kejing.policy.formula.names import Names, Target
from kejing.policy.formula.parse import COMPARISONS
from kejing.policy.formula.problem import TOLD_ELSEWHERE, FormulaProblem
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Span, Unary, Word
from kejing.policy.problems import nearest
from kejing.policy.units import multiplied, raised

HIGHEST_DIGITS = 12
"""Digits that ROUND may keep or take away."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``SUM``, ``COUNT``, ``MIN`` or ``MAX`` of something over the rows below."""

    function: str
    target: Target


@dataclass(slots=True)
class Bound:
    """What the parts of one formula text mean; nodes are found by their span."""

    node: Node
    over: str
    kind: Kind = UNKNOWN
    targets: dict[Span, Target] = field(default_factory=dict)
    kinds: dict[Span, Kind] = field(default_factory=dict)
    aggregates: dict[Span, Aggregate] = field(default_factory=dict)
    lookups: dict[Span, Lookup] = field(default_factory=dict)
    across: dict[Span, Across] = field(default_factory=dict)
    problems: list[FormulaProblem] = field(default_factory=list)

    def all_targets(self) -> list[Target]:
        """Everything the formula reads of its own time."""
        now = [target for across in self.across.values() for target in across.reads_now()]
        return [*self.targets.values(), *(aggregate.target for aggregate in self.aggregates.values()), *now]

    def earlier_targets(self) -> list[Target]:
        """Everything the formula reads of earlier times."""
        return [across.target for across in self.across.values() if across.is_backward]


def bind(node: Node, over: str, names: Names) -> Bound:
    """Meaning of ``node`` in a formula over the grain ``over``; each mistake is told once."""
    bound = Bound(node, over)
    bound.kind = _Binder(bound, names).kind(node)
    return bound


def round_digits(node: Node) -> int | None:
    """The literal count of digits in ROUND, which may be negative; None where it is no such literal."""
    sign = 1
    if isinstance(node, Unary) and node.sign == "-":
        sign, node = -1, node.operand
    if not isinstance(node, Number) or node.value.denominator != 1 or node.value > HIGHEST_DIGITS:
        return None
    return sign * node.value.numerator


def power_of(node: Node) -> int:
    """The literal exponent that the parser admitted."""
    if isinstance(node, Unary):
        return -power_of(node.operand)
    assert isinstance(node, Number)
    return node.value.numerator


class _Binder:
    def __init__(self, bound: Bound, names: Names) -> None:
        self.bound = bound
        self.names = names

    def kind(self, node: Node) -> Kind:
        """The kind of ``node``; a mistake is noted and gives the unknown kind."""
        try:
            kind = self._kind(node)
        except FormulaProblem as problem:
            if problem.code != TOLD_ELSEWHERE:
                self.bound.problems.append(problem)
            kind = UNKNOWN
        self.bound.kinds[node.span] = kind
        return kind

    def _kind(self, node: Node) -> Kind:
        match node:
            case Number():
                return Kind(Base.NUMBER, is_bare=True, is_zero=node.value == 0)
            case Word():
                return Kind(Base.TEXT)
            case Flag():
                return FLAG
            case Name():
                target = self.names.resolve(node, self.bound.over)
                self.bound.targets[node.span] = target
                return kind_of(target.type, target.dims, target.codes)
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def _number(self, node: Node) -> Kind:
        kind = self.kind(node)
        return self._must_be(kind, Base.NUMBER, node.span)

    def _flag(self, node: Node) -> Kind:
        return self._must_be(self.kind(node), Base.FLAG, node.span)

    def _must_be(self, kind: Kind, base: Base, span: Span) -> Kind:
        if kind.is_unknown or kind.base is base:
            return kind
        raise FormulaProblem("not_of_type", span, found=kind, wanted=base)

    def _unary(self, node: Unary) -> Kind:
        kind = self._number(node.operand)
        return Kind(kind.base, kind.dims, is_bare=kind.is_bare, is_zero=kind.is_zero)

    def _binary(self, node: Binary) -> Kind:
        if node.sign in COMPARISONS:
            return self._comparison(node)
        left = self._number(node.left)
        if node.sign == "^":
            return Kind(left.base, raised(left.dims, power_of(node.right)), is_bare=left.is_bare)
        right = self._number(node.right)
        if left.is_unknown or right.is_unknown:
            return UNKNOWN
        if node.sign in {"+", "-"}:
            return self._not_zero(met(left, right, node.span))
        bare = left.is_bare and right.is_bare
        return Kind(Base.NUMBER, multiplied(left.dims, right.dims, 1 if node.sign == "*" else -1), is_bare=bare)

    def _not_zero(self, kind: Kind) -> Kind:
        return Kind(kind.base, kind.dims, kind.codes, kind.is_bare)

    def _comparison(self, node: Binary) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        shared = met(left, right, node.span)
        if shared.base in {Base.TEXT, Base.FLAG} and node.sign not in {"=", "<>"}:
            raise FormulaProblem("no_order", node.span, found=shared.base, sign=node.sign)
        if shared.codes:
            self._codes_known([node.left, node.right], shared.codes)
        return FLAG

    def _codes_known(self, nodes: Sequence[Node], codes: str) -> None:
        known = self.names.pack.code_lists.get(codes)
        if known is None:
            return
        for node in nodes:
            if isinstance(node, Word) and node.value not in known:
                meant = nearest(node.value, known)
                raise FormulaProblem("unknown_word", node.span, code=node.value, codes=codes, nearest=meant)

    def _call(self, node: Call) -> Kind:  # noqa: PLR0911  # a line for each function
        signature = FUNCTIONS.get(node.function)
        if signature is None:
            meant = nearest(node.function, FUNCTIONS)
            raise FormulaProblem("unknown_function", node.span, function=node.function, nearest=meant)
        count = len(node.arguments)
        if count < signature.least or (signature.most is not None and count > signature.most):
            raise FormulaProblem("argument_count", node.span, function=node.function, count=count, form=signature.form)
        if node.function in TABLE_READERS | ACROSS or (node.function in AGGREGATES and count == 1):
            return self._reading(node)
        match node.function:
            case "AND" | "OR" | "NOT":
                kinds = [self._flag(argument) for argument in node.arguments]
                return UNKNOWN if any(kind.is_unknown for kind in kinds) else FLAG
            case "IF":
                self._flag(node.arguments[0])
                return self._shared(node, node.arguments[1:])
            case "IFS":
                return self._ifs(node)
            case "COALESCE":
                return self._shared(node, node.arguments)
            case "MIN" | "MAX":
                return self._must_be(self._shared(node, node.arguments), Base.NUMBER, node.span)
            case "ROUND":
                return self._round(node)
            case "SIGN":
                return UNKNOWN if self._number(node.arguments[0]).is_unknown else NUMBER
            case _:
                return self._not_zero(self._number(node.arguments[0]))

    def _reading(self, node: Call) -> Kind:
        """Functions that read tables or other rows; their first argument is a name and no value."""
        if node.function in TABLE_READERS:
            return self._lookup(node)
        if node.function in AGGREGATES:
            return self._aggregate(node)
        across = self.bound.across[node.span] = plan_across(node, self.bound.over, self.names)
        return kind_across(across, node)

    def _shared(self, node: Call, arguments: Sequence[Node]) -> Kind:
        """The kind that all of ``arguments`` share; each is looked at, so that each mistake is told."""
        kinds = [self.kind(argument) for argument in arguments]
        shared = kinds[0]
        for kind in kinds[1:]:
            shared = met(shared, kind, node.span)
        return shared if all(kind.is_zero for kind in kinds) else self._not_zero(shared)

    def _ifs(self, node: Call) -> Kind:
        if len(node.arguments) % 2:
            count, form = len(node.arguments), FUNCTIONS["IFS"].form
            raise FormulaProblem("argument_count", node.span, function="IFS", count=count, form=form)
        for condition in node.arguments[::2]:
            self._flag(condition)
        return self._shared(node, node.arguments[1::2])

    def _round(self, node: Call) -> Kind:
        value, digits, rounding = node.arguments
        if round_digits(digits) is None:
            raise FormulaProblem("round_digits", digits.span, highest=HIGHEST_DIGITS)
        if not isinstance(rounding, Word) or rounding.value not in set(Rounding):
            found = rounding.value if isinstance(rounding, Word) else "…"
            choices, meant = ", ".join(Rounding), nearest(found, Rounding)
            raise FormulaProblem("round_name", rounding.span, found=found, choices=choices, nearest=meant)
        return self._not_zero(self._number(value))

    def _aggregate(self, node: Call) -> Kind:
        argument = node.arguments[0]
        below = self.names.vocabulary.descendants(self.bound.over)
        if not isinstance(argument, Name) or argument.grain not in below:
            choices = ", ".join(below) or "-"
            raise FormulaProblem("aggregate_of_child", argument.span, function=node.function, grains=choices)
        target = self.names.within(argument)
        self.bound.aggregates[node.span] = Aggregate(node.function, target)
        if node.function == "COUNT":
            return NUMBER
        kind = kind_of(target.type, target.dims, target.codes)
        if kind.base is Base.DATE and node.function != "SUM":
            return kind
        return self._must_be(kind, Base.NUMBER, argument.span)

    def _lookup(self, node: Call) -> Kind:
        lookup = plan_lookup(node, self.names.pack)
        if lookup is None:
            return UNKNOWN
        self.bound.lookups[node.span] = lookup
        for argument, column in zip(lookup.arguments, lookup.inputs, strict=True):
            kind = self.kind(argument)
            dims = self.names.column_dims(column)
            wanted = kind_of(column.type, dims, column.codes)
            shared = met(kind, wanted, argument.span)
            if shared.codes:
                self._codes_known([argument], shared.codes)
        output = lookup.output
        kind = kind_of(output.type, self.names.column_dims(output), output.codes)
        if node.function != "MARGINAL":
            return kind
        return Kind(Base.NUMBER, multiplied(self.names.column_dims(lookup.inputs[0]), kind.dims))
