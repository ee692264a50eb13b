"""The figures of one RM worked out a second time, on exact fractions: what a statement gives as its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from kejing.policy import Pack, Vocabulary
from kejing.policy.exact import Figure, Results
from kejing.policy.exact.sheet import Sheets
from kejing.policy.formula.binding import Binding
from kejing.policy.readings import natural_readings
from kejing.report.read_run import Row
from kejing.report.statements.statement import Factor
from kejing.stages.earn.natural import natural_row


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
            grain.name: [
                natural_row(row, vocabulary, grain.name, self._pack.minor_digits) for row in rows.get(grain.name, ())
            ]
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
