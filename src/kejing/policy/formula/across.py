"""What PREVIOUS, TO_DATE and the PEER functions read: other rows of the formula's own grain."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.policy.formula.functions import FUNCTIONS
from kejing.policy.formula.kinds import NUMBER, Base, Kind, kind_of
from kejing.policy.formula.names import Names, Source, Target
from kejing.policy.formula.problem import FormulaProblem
from kejing.policy.formula.syntax import Call, Name, Node, Word
from kejing.policy.problems import nearest
from kejing.policy.vocabulary import Grain, Type

CONVENTIONS = ("largest_remainder", "rest_to_largest", "rest_to_last")
"""How PEER_SHARE hands out whole minor units."""
BACKWARD = frozenset({"PREVIOUS", "TO_DATE"})
"""Functions that read earlier rows of the same key; the others read peers of the same time."""


@dataclass(frozen=True, slots=True)
class Across:
    """One reading of other rows: the figure read, what makes rows peers, and how an amount is shared out."""

    function: str
    target: Target
    within: tuple[Target, ...] = ()
    weight: Target | None = None
    convention: str = ""

    @property
    def is_backward(self) -> bool:
        """Whether earlier rows are read, and not peers."""
        return self.function in BACKWARD

    def reads(self) -> tuple[Target, ...]:
        """Figures of the other rows that are read."""
        return (self.target, *self.within, *(() if self.weight is None else (self.weight,)))

    def reads_now(self) -> tuple[Target, ...]:
        """Figures that must be known for rows of the same time."""
        return () if self.function == "PREVIOUS" else self.reads()


def plan_across(node: Call, over: str, names: Names) -> Across:
    """Which rows and figures ``node`` means.

    Raises
    ------
    FormulaProblem
        The grain has no time, a name is not one of the grain, or a convention or group that is none.
    """
    grain = names.vocabulary[over]
    if not grain.sequence:
        raise FormulaProblem("no_time", node.span, function=node.function, grain=over)
    target = _own(node.arguments[0], node, over, names)
    if node.function in BACKWARD:
        return Across(node.function, target)
    groups = node.arguments[1:]
    weight, convention = None, ""
    if node.function == "PEER_SHARE":
        weight, convention = _own(node.arguments[1], node, over, names), _convention(node.arguments[2])
        if target.type is not Type.MONEY or target.decimals > names.pack.minor_digits:
            raise FormulaProblem("share_of_money", node.arguments[0].span, name=target.name)
        groups = node.arguments[3:]
    return Across(node.function, target, _within(groups, grain, node, names), weight, convention)


def kind_across(across: Across, node: Call) -> Kind:
    """The kind of what is read.

    Raises
    ------
    FormulaProblem
        A word, flag or day where a number is needed.
    """
    kinds = [kind_of(one.type, one.dims, one.codes) for one in (across.target, across.weight) if one is not None]
    if across.function not in {"PREVIOUS", "PEER_COUNT"}:
        for kind, argument in zip(kinds, node.arguments, strict=False):
            if kind.base is not Base.NUMBER:
                raise FormulaProblem("not_of_type", argument.span, found=kind, wanted=Base.NUMBER)
    return NUMBER if across.function in {"PEER_COUNT", "PEER_RANK"} else kinds[0]


def _own(argument: Node, node: Call, over: str, names: Names) -> Target:
    """A figure of the formula's own grain; anything else would first need a formula of this grain."""
    if isinstance(argument, Name):
        target = names.resolve(argument, over)
        if target.grain == over and target.source is not Source.PARAMETER:
            return target
    facts = {"function": node.function, "form": FUNCTIONS[node.function].form, "grain": over}
    raise FormulaProblem("needs_own_name", argument.span, **facts)


def _within(groups: tuple[Node, ...], grain: Grain, node: Call, names: Names) -> tuple[Target, ...]:
    if not groups:
        return tuple(names.by_grain[grain.name][column] for column in grain.peers)
    found = [_own(group, node, grain.name, names) for group in groups]
    for target, group in zip(found, groups, strict=True):
        if target.type is not Type.TEXT:
            raise FormulaProblem("group_of_words", group.span, name=target.name)
    return tuple(dict.fromkeys(found))


def _convention(argument: Node) -> str:
    found = argument.value if isinstance(argument, Word) else "…"
    if found not in CONVENTIONS:
        facts = {"found": found, "choices": ", ".join(CONVENTIONS), "nearest": nearest(found, CONVENTIONS)}
        raise FormulaProblem("share_convention", argument.span, **facts)
    return found
