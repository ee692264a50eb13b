"""One formula version to SQL: the tree's nodes become exact numbers, flags, texts and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction

from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import Rounding
from kejing.policy.formula.across import Across
from kejing.policy.formula.bind import Aggregate, Bound, power_of, round_digits
from kejing.policy.formula.kinds import Base
from kejing.policy.formula.names import Source, Target
from kejing.policy.formula.parse import COMPARISONS
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word
from kejing.policy.pack import Pack
from kejing.policy.parts import DatedValue
from kejing.policy.problems import PolicyGapError
from kejing.policy.sql.exact import Arithmetic, Exact, case, constant, wide
from kejing.policy.sql.layers import Sheet, Sql, sql, text_literal
from kejing.policy.sql.lookups import Lookups
from kejing.policy.sql.terms import FALSE, TRUE, Days, Lowered, literal_of, missing
from kejing.policy.vocabulary import NUMERIC


class Columns:
    """Where the columns of a sheet's source stand, and the date that dated rules are read on."""

    def __init__(self, date: Sql) -> None:
        self.date = date
        self.values: dict[Target, Lowered] = {}
        self.aggregates: dict[Aggregate, Lowered] = {}
        self.across: dict[Across, Lowered] = {}


class Lowering:
    """One version of one formula."""

    def __init__(self, bound: Bound, pack: Pack, sheet: Sheet, columns: Columns, days: Days) -> None:
        self.bound = bound
        self.pack = pack
        self.sheet = sheet
        self.columns = columns
        self.days = days
        self.exact = Arithmetic(sheet)
        self.lookups = Lookups(pack, sheet, self.exact, columns.date, days)

    def lower(self, node: Node) -> Lowered:
        """``node`` as an exact number, or as the SQL of a flag, text or day."""
        match node:
            case Number():
                return constant(node.value)
            case Word():
                return text_literal(node.value)
            case Flag():
                return TRUE if node.value else FALSE
            case Name():
                return self._named(self.bound.targets[node.span])
            case Unary():
                operand = self.number(node.operand)
                if node.sign == "-":
                    return self.exact.negated(operand)
                return self.exact.multiplied(operand, constant(Fraction(1, 100)))
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)

    def number(self, node: Node) -> Exact:
        """``node`` where its type says that it is a number."""
        lowered = self.lower(node)
        assert isinstance(lowered, Exact)
        return lowered

    def plain(self, node: Node) -> Sql:
        """``node`` where its type says that it is a flag, text or day."""
        lowered = self.lower(node)
        assert isinstance(lowered, Sql)
        return lowered

    def _named(self, target: Target) -> Lowered:
        if target.source is not Source.PARAMETER:
            return self.columns.values[target]
        dated = [one for one in _with_ends(self.pack.parameters[target.name].values) if self.days.meet(one[1], one[2])]
        if self.days.are_known and (not dated or dated[0][1] > self.days.first):
            values = self.pack.parameters[target.name].values
            earliest = values[0].valid_from.isoformat() if values else None
            raise PolicyGapError(name=target.name, as_of=self.days.first.isoformat(), earliest=earliest)
        if not dated:
            return missing(number=target.type in NUMERIC)
        values_in_force = [literal_of(one[0].value) for one in dated]
        conditions = [self.days.condition(self.columns.date, start, end) for _, start, end in dated]
        return self.by_date(conditions, values_in_force)

    def by_date(self, conditions: list[Sql | None], values: list[Lowered]) -> Lowered:
        """The value whose days hold the row's date; a condition of None always holds."""
        if len(values) == 1 and conditions[0] is None:
            return values[0]
        tested = [condition or TRUE for condition in conditions]
        return self._choose(tested, values, None)

    def _choose(self, conditions: list[Sql], values: list[Lowered], otherwise: Lowered | None) -> Lowered:
        if isinstance(values[0] if values else otherwise, Exact):
            numbers = [value for value in values if isinstance(value, Exact)]
            assert otherwise is None or isinstance(otherwise, Exact)
            return self.exact.chosen(conditions, numbers, otherwise)
        texts = [value for value in [*values, otherwise] if isinstance(value, Sql)]
        return self.sheet.reuse(case(conditions, texts))

    def _binary(self, node: Binary) -> Lowered:
        if node.sign in COMPARISONS:
            if self.bound.kinds[node.left.span].base is Base.NUMBER:
                return self.exact.compared(self.number(node.left), node.sign, self.number(node.right))
            return sql(f"{{}} {node.sign} {{}}", self.plain(node.left), self.plain(node.right))
        left = self.number(node.left)
        if node.sign == "^":
            return self._power(left, power_of(node.right))
        right = self.number(node.right)
        match node.sign:
            case "+":
                return self.exact.added(left, right)
            case "-":
                return self.exact.added(left, self.exact.negated(right))
            case "*":
                return self.exact.multiplied(left, right)
            case _:
                return self.exact.divided(left, right)

    def _power(self, base: Exact, power: int) -> Exact:
        product = constant(Fraction(1))
        for _ in range(abs(power)):
            product = self.exact.multiplied(product, base)
        if power == 0:
            # Whatever is missing stays missing, so a power of zero still reads its base.
            one = sql("CASE WHEN {} IS NOT NULL THEN 1 END", wide(base).numerator)
            return Exact(sql("CAST({} AS $WIDE)", one))
        return product if power > 0 else self.exact.divided(constant(Fraction(1)), product)

    def _call(self, node: Call) -> Lowered:  # noqa: PLR0911  # a line for each function
        if node.span in self.bound.aggregates:
            return self.columns.aggregates[self.bound.aggregates[node.span]]
        if node.span in self.bound.across:
            return self._across(self.bound.across[node.span])
        if node.span in self.bound.lookups:
            lookup = self.bound.lookups[node.span]
            return self.lookups.lower(node.function, lookup, [self.lower(argument) for argument in lookup.arguments])
        match node.function:
            case "AND" | "OR":
                flags = [self.plain(argument) for argument in node.arguments]
                return sql(f" {node.function} ".join("{}" for _ in flags), *flags)
            case "NOT":
                return sql("NOT {}", self.plain(node.arguments[0]))
            case "IF":
                condition, then, otherwise = node.arguments
                return self._choose([self.plain(condition)], [self.lower(then)], self.lower(otherwise))
            case "IFS":
                conditions = [self.plain(argument) for argument in node.arguments[::2]]
                return self._choose(conditions, [self.lower(argument) for argument in node.arguments[1::2]], None)
            case "COALESCE":
                return self._first_known([self.lower(argument) for argument in node.arguments])
            case "MIN" | "MAX":
                return self._extreme(node)
            case _:
                return self._of_one(node)

    def _across(self, across: Across) -> Lowered:
        """What is read of other rows; a sum to date adds the row's own figure to those before it."""
        read = self.columns.across[across]
        if across.function != "TO_DATE":
            return read
        own = self.columns.values[across.target]
        assert isinstance(own, Exact)
        assert isinstance(read, Exact)
        known = self._first_known([own, constant(Fraction(0))])
        assert isinstance(known, Exact)
        return self.exact.added(read, known)

    def _of_one(self, node: Call) -> Exact:
        """Functions of one number."""
        number = self.number(node.arguments[0])
        match node.function:
            case "ABS":
                return self.exact.absolute(number)
            case "SIGN":
                return self.exact.sign(number)
            case "FLOOR":
                return self.exact.floored(number, up=False)
            case "CEIL":
                return self.exact.floored(number, up=True)
            case _:
                digits, rounding = round_digits(node.arguments[1]), node.arguments[2]
                assert digits is not None
                assert isinstance(rounding, Word)
                return self._rounded(number, digits, Rounding(rounding.value))

    def _rounded(self, number: Exact, digits: int, rounding: Rounding) -> Exact:
        if digits >= 0:
            return Exact(self.exact.rounded(number, digits, rounding), digits)
        step = constant(Fraction(10**-digits))
        steps = Exact(self.exact.rounded(self.exact.divided(number, step), 0, rounding))
        return self.exact.multiplied(steps, step)

    def _first_known(self, values: list[Lowered]) -> Lowered:
        if isinstance(values[0], Sql):
            texts = [value for value in values if isinstance(value, Sql)]
            return sql(f"COALESCE({', '.join('{}' for _ in texts)})", *texts)
        numbers = [wide(value) for value in values if isinstance(value, Exact)]
        known = [sql("{} IS NOT NULL", number.numerator) for number in numbers[:-1]]
        return self.exact.chosen(known, numbers[:-1], numbers[-1])

    def _extreme(self, node: Call) -> Exact:
        sign = "<=" if node.function == "MIN" else ">="
        opposite = ">" if node.function == "MIN" else "<"
        best = self.number(node.arguments[0])
        for argument in node.arguments[1:]:
            other = self.number(argument)
            first = self.exact.compared(best, sign, other)
            second = self.exact.compared(best, opposite, other)
            best = self.exact.chosen([first, second], [best, other], None)
        return best


def _with_ends(values: Sequence[DatedValue]) -> list[tuple[DatedValue, dt.date, dt.date]]:
    """Values with the days they are in force, the end not included."""
    ends = [value.valid_from for value in values[1:]] + [LAST_DAY]
    return [(value, value.valid_from, end) for value, end in zip(values, ends, strict=True)]
