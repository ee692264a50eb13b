"""What a name in a formula stands for: its own grain first, then the nearest ancestor, then parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kejing.policy.formula.problem import TOLD_ELSEWHERE, FormulaProblem
from kejing.policy.formula.syntax import Name
from kejing.policy.pack import Pack
from kejing.policy.parts import Formula, Labels, Parameter
from kejing.policy.problems import nearest
from kejing.policy.tables import TableColumn
from kejing.policy.units import PLAIN, BadUnitError, Dims, dims_of
from kejing.policy.vocabulary import NUMERIC, VARIABLE_DECIMALS, Type, Variable, Vocabulary

_IDENTIFIER = re.compile(r"[^\W\d]\w*")


class Source(StrEnum):
    """Where a named value comes from."""

    VARIABLE = "variable"
    FORMULA = "formula"
    PARAMETER = "parameter"


@dataclass(frozen=True, slots=True)
class Target:
    """The thing a name stands for. ``grain`` is empty for a parameter; ``decimals`` is the stored scale."""

    source: Source
    name: str
    grain: str
    type: Type
    dims: Dims
    unit: str
    decimals: int
    labels: Labels
    codes: str | None = None


class Names:
    """Every name that formulas of a pack may use, by grain and by label."""

    def __init__(self, pack: Pack, vocabulary: Vocabulary) -> None:
        self.pack = pack
        self.vocabulary = vocabulary
        self.by_grain: dict[str, dict[str, Target]] = {
            grain.name: {one.name: _of_variable(one, grain.name, pack) for one in grain.variables}
            for grain in vocabulary
        }
        for formula in pack.formulas.values():
            if formula.over in self.by_grain:
                self.by_grain[formula.over].setdefault(formula.name, _of_formula(formula, pack))
        self.parameters = {one.name: _of_parameter(one, pack) for one in pack.parameters.values()}

    def resolve(self, name: Name, over: str) -> Target:
        """What ``name`` stands for in a formula over the grain ``over``.

        Raises
        ------
        FormulaProblem
            Unknown, ambiguous, or of a grain that needs an aggregate.
        """
        if name.grain:
            return self._qualified(name, over)
        levels = [self.by_grain[over], *(self.by_grain[grain] for grain in self.vocabulary.ancestors(over))]
        for found in (
            self._first_level(levels, lambda target: target.name == name.name),
            self._first_level(levels, lambda target: name.name in _aliases(target.labels)),
        ):
            if len(found) > 1:
                said = ", ".join(sorted(_full_name(target) for target in found))
                raise FormulaProblem("ambiguous_name", name.span, name=str(name), meanings=said)
            if found:
                return found[0]
        self._refuse_homeless(name)
        raise FormulaProblem(
            "unknown_name", name.span, name=str(name), nearest=nearest(name.name, self._usable(levels))
        )

    def _first_level(self, levels: list[dict[str, Target]], is_meant: Callable[[Target], bool]) -> list[Target]:
        """What is meant on the nearest level that has it, and the parameters that are meant too."""
        found: list[Target] = []
        for level in levels:
            found = [target for target in level.values() if is_meant(target)]
            if found:
                break
        return found + [target for target in self.parameters.values() if is_meant(target)]

    def _qualified(self, name: Name, over: str) -> Target:
        if name.grain not in self.vocabulary:
            meant = nearest(name.grain, self.by_grain)
            raise FormulaProblem("unknown_grain", name.span, name=str(name), grain=name.grain, nearest=meant)
        if name.grain != over and name.grain not in self.vocabulary.ancestors(over):
            raise FormulaProblem("needs_aggregate", name.span, name=str(name), grain=name.grain, over=over)
        return self.within(name)

    def within(self, name: Name) -> Target:
        """What a qualified name stands for in its grain, wherever the formula stands.

        Raises
        ------
        FormulaProblem
            The grain has nothing of that name, or several things.
        """
        level = self.by_grain[name.grain]
        if name.name in level:
            return level[name.name]
        found = [target for target in level.values() if name.name in _aliases(target.labels)]
        if len(found) > 1:
            said = ", ".join(sorted(_full_name(target) for target in found))
            raise FormulaProblem("ambiguous_name", name.span, name=str(name), meanings=said)
        if not found:
            self._refuse_homeless(name)
            meant = nearest(name.name, self._usable([level]))
            raise FormulaProblem("unknown_name", name.span, name=str(name), nearest=meant)
        return found[0]

    def _refuse_homeless(self, name: Name) -> None:
        """Say nothing of a formula whose own grain is unknown: that is told at the formula."""
        for formula in self.pack.formulas.values():
            if formula.over not in self.by_grain and name.name in {formula.name, *_aliases(formula.labels)}:
                raise FormulaProblem(TOLD_ELSEWHERE, name.span)

    def column_dims(self, column: TableColumn) -> Dims:
        """Exponents of a table's column."""
        return _dims(column.type, column.unit, self.pack.currency)

    def _usable(self, levels: list[dict[str, Target]]) -> set[str]:
        targets = [target for level in [*levels, self.parameters] for target in level.values()]
        return {word for target in targets for word in (target.name, *_aliases(target.labels))}


def _aliases(labels: Labels) -> set[str]:
    """Labels that are single words and so can stand in a formula."""
    return {label for label in (labels.zh, labels.en) if _IDENTIFIER.fullmatch(label)}


def _full_name(target: Target) -> str:
    return f"{target.grain}.{target.name}" if target.grain else target.name


def _dims(type_: Type, unit: str, currency: str) -> Dims:
    """Exponents, or none where the unit is wrong: the checker says so once, at the declaration."""
    if type_ not in NUMERIC:
        return PLAIN
    try:
        return dims_of(type_, unit, currency)
    except BadUnitError:
        return dims_of(type_, "", currency)


def _of_variable(variable: Variable, grain: str, pack: Pack) -> Target:
    decimals = VARIABLE_DECIMALS if variable.decimals is None else variable.decimals
    return Target(
        Source.VARIABLE,
        variable.name,
        grain,
        variable.type,
        _dims(variable.type, variable.unit, pack.currency),
        variable.unit,
        {Type.MONEY: pack.minor_digits, Type.NUMBER: decimals}.get(variable.type, 0),
        Labels(variable.zh, variable.en),
        variable.codes,
    )


def _of_formula(formula: Formula, pack: Pack) -> Target:
    return Target(
        Source.FORMULA,
        formula.name,
        formula.over,
        formula.type,
        _dims(formula.type, formula.unit, pack.currency),
        formula.unit,
        formula.decimals,
        formula.labels,
    )


def _of_parameter(parameter: Parameter, pack: Pack) -> Target:
    return Target(
        Source.PARAMETER,
        parameter.name,
        "",
        parameter.type,
        _dims(parameter.type, parameter.unit, pack.currency),
        parameter.unit,
        0,
        parameter.labels,
    )
