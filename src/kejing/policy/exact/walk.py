"""One formula for one row: a walk over its tree on exact fractions, noting what it used if asked to."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from fractions import Fraction

from kejing.measure.rounding import Rounding, round_fraction
from kejing.policy.exact.answers import Answers
from kejing.policy.exact.figure import Figure
from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Bound, power_of, round_digits
from kejing.policy.formula.lookup import Lookup
from kejing.policy.formula.names import Source, Target
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word
from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.parts import Labels
from kejing.policy.vocabulary import Type


class Reader(ABC):
    """The rows that a formula stands in."""

    @abstractmethod
    def read(self, target: Target) -> Value | None:
        """A value of the row itself or of one above."""

    @abstractmethod
    def read_below(self, target: Target) -> list[Value | None]:
        """A value of every row below, in the order given."""

    @abstractmethod
    def read_across(self, across: Across) -> Value | None:
        """What is read of earlier rows of the same key, or of peers."""

    @abstractmethod
    def figures_across(self, across: Across) -> list[Figure]:
        """The figures behind `read_across`."""

    @abstractmethod
    def figure(self, target: Target) -> Figure:
        """As `read`, with what it comes from."""

    @abstractmethod
    def figures_below(self, target: Target) -> list[Figure]:
        """As `read_below`, with what they come from."""


_AGGREGATE_LABELS = {
    "SUM": Labels("合计", "sum"),
    "COUNT": Labels("个数", "count"),
    "MIN": Labels("最小值", "smallest"),
    "MAX": Labels("最大值", "largest"),
}


_ACROSS_LABELS = {
    "PREVIOUS": Labels("(上期)", "previous value"),
    "TO_DATE": Labels("(年初至今)", "year to date"),
    "PEER_RANK": Labels("排名", "rank"),
    "PEER_COUNT": Labels("同组个数", "count among peers"),
    "PEER_SUM": Labels("同组合计", "sum among peers"),
    "PEER_SHARE": Labels("分得", "share"),
}


class Walk:
    """Values of nodes for one row. A missing value makes every sum and comparison it enters missing."""

    def __init__(self, bound: Bound, pack: Pack, day: dt.date, rows: Reader, used: list[Figure] | None = None) -> None:
        self.bound = bound
        self.pack = pack
        self.day = day
        self.rows = rows
        self.used = used

    def value(self, node: Node) -> Value | None:
        """The exact value of ``node``."""
        match node:
            case Number() | Word() | Flag():
                return node.value
            case Name():
                return self._named(self.bound.targets[node.span])
            case Unary():
                operand = self._number(node.operand)
                if operand is None:
                    return None
                return -operand if node.sign == "-" else operand / 100
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def _number(self, node: Node) -> Fraction | None:
        value = self.value(node)
        assert value is None or isinstance(value, Fraction)
        return value

    def _flag(self, node: Node) -> bool | None:
        value = self.value(node)
        assert value is None or isinstance(value, bool)
        return value

    def _named(self, target: Target) -> Value | None:
        if target.source is Source.PARAMETER:
            dated = self.pack.parameters[target.name].on(self.day)
            rule = f"{target.name}@{dated.valid_from}"
            self._note(Figure(target.name, target.labels, dated.value, target.type, target.unit, rule, dated.source))
            return dated.value
        if self.used is not None:
            self._note(self.rows.figure(target))
        return self.rows.read(target)

    def _note(self, figure: Figure) -> None:
        """Remember a figure that was used, once however often the formula names it."""
        if self.used is not None and all(other.identity() != figure.identity() for other in self.used):
            self.used.append(figure)

    def _binary(self, node: Binary) -> Value | None:
        left, right = self.value(node.left), self.value(node.right)
        if left is None or right is None:
            return None
        if node.sign == "=":
            return left == right
        if node.sign == "<>":
            return left != right
        if isinstance(left, dt.date) and isinstance(right, dt.date):
            left, right = Fraction(left.toordinal()), Fraction(right.toordinal())
        assert isinstance(left, Fraction)
        assert isinstance(right, Fraction)
        return _arithmetic(node, left, right)

    def _call(self, node: Call) -> Value | None:  # noqa: PLR0911  # a line for each function
        if node.span in self.bound.aggregates:
            return self._aggregate(node)
        if node.span in self.bound.across:
            return self._read_across(self.bound.across[node.span])
        if node.span in self.bound.lookups:
            return self._lookup(node.function, self.bound.lookups[node.span])
        match node.function:
            case "AND":
                return _all_hold([self._flag(argument) for argument in node.arguments])
            case "OR":
                held = _all_hold([_negated(self._flag(argument)) for argument in node.arguments])
                return _negated(held)
            case "NOT":
                return _negated(self._flag(node.arguments[0]))
            case "IF":
                condition, then, otherwise = node.arguments
                return self.value(then if self._flag(condition) else otherwise)
            case "IFS":
                pairs = zip(node.arguments[::2], node.arguments[1::2], strict=True)
                return next((self.value(then) for condition, then in pairs if self._flag(condition)), None)
            case "COALESCE":
                values = (self.value(argument) for argument in node.arguments)
                return next((value for value in values if value is not None), None)
            case "MIN" | "MAX":
                numbers = [self._number(argument) for argument in node.arguments]
                known = [number for number in numbers if number is not None]
                if len(known) < len(numbers):
                    return None
                return min(known) if node.function == "MIN" else max(known)
            case _:
                return self._of_one(node)

    def _of_one(self, node: Call) -> Fraction | None:
        """Functions of one number."""
        number = self._number(node.arguments[0])
        if number is None:
            return None
        match node.function:
            case "ABS":
                return abs(number)
            case "SIGN":
                return Fraction((number > 0) - (number < 0))
            case "FLOOR":
                return Fraction(number.numerator // number.denominator)
            case "CEIL":
                return Fraction(-(-number.numerator // number.denominator))
            case _:
                return self._round(node, number)

    def _round(self, node: Call, number: Fraction) -> Fraction:
        digits = round_digits(node.arguments[1])
        rounding = node.arguments[2]
        assert digits is not None
        assert isinstance(rounding, Word)
        step = Fraction(10) ** -digits
        return round_fraction(number / step, 0, Rounding(rounding.value)) * step

    def _aggregate(self, node: Call) -> Value | None:
        target = self.bound.aggregates[node.span].target
        values = [value for value in self.rows.read_below(target) if value is not None]
        result = _collected(node.function, values)
        if self.used is not None:
            name = f"{node.function}({target.grain}.{target.name})"
            word = _AGGREGATE_LABELS[node.function]
            labels = Labels(f"{target.labels.zh}{word.zh}", f"{word.en} of {target.labels.en}")
            type_ = Type.COUNT if node.function == "COUNT" else target.type
            children = tuple(self.rows.figures_below(target))
            self._note(Figure(name, labels, result, type_, target.unit, children=children))
        return result

    def _read_across(self, across: Across) -> Value | None:
        value = self.rows.read_across(across)
        if self.used is not None:
            target, word = across.target, _ACROSS_LABELS[across.function]
            labels = Labels(f"{target.labels.zh}{word.zh}", f"{word.en} of {target.labels.en}")
            type_ = Type.COUNT if across.function in {"PEER_RANK", "PEER_COUNT"} else target.type
            unit = "" if type_ is Type.COUNT else target.unit
            name = f"{across.function}({target.name})"
            self._note(Figure(name, labels, value, type_, unit, children=tuple(self.rows.figures_across(across))))
        return value

    def _lookup(self, function: str, lookup: Lookup) -> Value | None:
        outer, self.used = self.used, None if self.used is None else []
        try:
            inputs = {
                column.name: self.value(argument)
                for column, argument in zip(lookup.inputs, lookup.arguments, strict=True)
            }
            arguments = tuple(self.used or ())
        finally:
            self.used = outer
        figure = Answers(self.pack, self.day).answer(function, lookup, inputs, arguments)
        self._note(figure)
        return figure.value


def _arithmetic(  # noqa: PLR0911  # a line for each sign
    node: Binary, left: Fraction, right: Fraction
) -> Fraction | bool | None:
    match node.sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right else None
        case "^":
            power = power_of(node.right)
            return None if not left and power < 0 else left**power
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _all_hold(flags: list[bool | None]) -> bool | None:
    """Conjunction of three values: one false settles it, else one missing leaves it open."""
    if False in flags:
        return False
    return None if None in flags else True


def _negated(flag: bool | None) -> bool | None:  # noqa: FBT001  # a value of the language
    return None if flag is None else not flag


def _collected(function: str, values: list[Value]) -> Value | None:
    if function == "COUNT":
        return Fraction(len(values))
    if function == "SUM":
        return sum((value for value in values if isinstance(value, Fraction)), Fraction(0))
    if not values:
        return None
    days = [value for value in values if isinstance(value, dt.date)]
    numbers = [value for value in values if isinstance(value, Fraction)]
    choose = min if function == "MIN" else max
    return choose(days) if days else choose(numbers)
