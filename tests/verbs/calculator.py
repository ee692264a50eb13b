"""A formula worked out again from the figures under it and nothing else: what a reader with a desk calculator does."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kejing.measure.rounding import round_fraction
from kejing.policy import Formula, Type
from kejing.policy.exact import Figure
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word

_LOOKUPS = ("#", "@")


class Calculator:
    """Values of the names of one formula, taken from the children of its figure."""

    def __init__(self, figure: Figure) -> None:
        self.children = figure.children

    def result(self, formula: Formula, node: Node) -> object:
        """The formula's figure: worked out exactly, rounded once."""
        value = self.value(node)
        assert isinstance(value, Fraction)
        assert formula.type in (Type.MONEY, Type.NUMBER)
        return Fraction(round_fraction(value, formula.decimals, formula.rounding), 10**formula.decimals)

    def value(self, node: Node) -> object:
        """The value of a node."""
        match node:
            case Number() | Word() | Flag():
                return node.value
            case Name():
                return self._child(node.name, node.grain)
            case Unary():
                operand = self._number(node.operand)
                return -operand if node.sign == "-" else operand / 100
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def _number(self, node: Node) -> Fraction:
        value = self.value(node)
        assert isinstance(value, Fraction | int)
        return Fraction(value)

    def _child(self, name: str, grain: str = "") -> object:
        found = [child for child in self.children if child.name == name and (not grain or child.grain in ("", grain))]
        assert found, f"{name} is not among the figures below: {[child.name for child in self.children]}"
        return found[0].value

    def _binary(self, node: Binary) -> object:
        left, right = self.value(node.left), self.value(node.right)
        if node.sign in ("=", "<>"):
            return (left == right) == (node.sign == "=")
        assert isinstance(left, Fraction | int)
        assert isinstance(right, Fraction | int)
        answers: Mapping[str, object] = {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: Fraction(left) / right,
            "<": lambda: left < right,
            "<=": lambda: left <= right,
            ">": lambda: left > right,
            ">=": lambda: left >= right,
        }
        answer = answers[node.sign]
        assert callable(answer)
        return answer()

    def _call(self, node: Call) -> object:
        match node.function, node.arguments:
            case "IF", (condition, then, otherwise):
                return self.value(then if self.value(condition) else otherwise)
            case "LOOKUP", (Name() as table, *_):
                return self._child(table.name)
            case "SUM", (Name() as name,) if name.grain:
                return self._child(f"SUM({name})")
            case "MIN", arguments:
                return min(self._number(argument) for argument in arguments)
            case "MAX", arguments:
                return max(self._number(argument) for argument in arguments)
            case "ABS", (argument,):
                return abs(self._number(argument))
        msg = f"Expected a function that the shipped policies use, got {node.function}."
        raise AssertionError(msg)
