"""The figures of one RM worked out a second time, on exact fractions: what a statement gives as its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from kejing.policy import Pack, Type, Vocabulary
from kejing.policy.exact import Figure, Results
from kejing.policy.exact.sheet import Sheets
from kejing.policy.formula.binding import Binding
from kejing.policy.readings import natural_readings
from kejing.policy.vocabulary import VARIABLE_DECIMALS, Grain
from kejing.report.read_run import Row
from kejing.report.statements.statement import Factor


def natural(row: Row, grain: Grain, money_digits: int) -> Row:
    """A stored row of formula inputs in natural values: money in whole units, numbers as fractions."""
    found = dict(row)
    for variable in grain.variables:
        value = row.get(variable.name)
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        if variable.type is Type.MONEY:
            found[variable.name] = Fraction(value, 10**money_digits)
        elif variable.type is Type.NUMBER:
            digits = VARIABLE_DECIMALS if variable.decimals is None else variable.decimals
            found[variable.name] = Fraction(value, 10**digits)
    return found


class Exact:
    """The formulas of the policy over the inputs of one RM and period.

    ``readings`` are what those rows read of earlier periods and of peers, as the run kept it, by grain.
    """

    def __init__(
        self,
        binding: Binding,
        vocabulary: Vocabulary,
        rows: Mapping[str, Sequence[Row]],
        readings: Mapping[str, Sequence[Row]] | None = None,
    ) -> None:
        self._pack: Pack = binding.pack
        given = {
            grain.name: [natural(row, grain, self._pack.minor_digits) for row in rows.get(grain.name, ())]
            for grain in vocabulary
        }
        self._sheets = Sheets(vocabulary, given, None)
        read = [natural_readings(binding, grain, kept) for grain, kept in (readings or {}).items() if kept]
        known = {key: value for one in read for key, value in one.items()}
        self._results = Results(binding, self._sheets, readings=known)
        self._keys = {grain.name: {row_id.key for row_id in self._sheets.ids(grain.name)} for grain in vocabulary}

    def figure(self, grain: str, key: tuple[object, ...], formula: str) -> Figure | None:
        """The figure of ``formula`` for one row with everything it comes from; None where the row is not there."""
        return self._results.trace(grain, key, formula) if key in self._keys.get(grain, ()) else None


def factors_of(figure: Figure | None) -> tuple[Factor, ...]:
    """The numbers that tables gave to a line: of a card its tables, not their product.

    What comes from the measure or the RM is the same on every line and is told once, above them.
    """
    found: dict[str, Factor] = {}

    def look(node: Figure) -> None:
        if "#" in node.rule and isinstance(node.value, Fraction):
            inputs = tuple((child.name, child.value) for child in node.children if isinstance(child.value, str))
            found.setdefault(node.name, Factor(node.name, node.labels, node.value, node.rule, inputs))
            return
        for child in node.children:
            if child.grain in {"", "line"}:
                look(child)

    if figure is not None:
        look(figure)
    return tuple(found.values())
