"""Formulas that read one another through PREVIOUS or TO_DATE: reckoned one time after the other, then put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kejing.policy.formula.binding import Binding
from kejing.policy.formula.rounds import rounds_of
from kejing.policy.sql.across import Past
from kejing.policy.sql.layers import text_literal
from kejing.policy.sql.steps import Step
from kejing.policy.vocabulary import Grain, Vocabulary


class Compiling(Protocol):
    """What of the compiler a loop drives."""

    binding: Binding
    vocabulary: Vocabulary
    relations: dict[str, str]
    columns: dict[str, list[str]]

    def sheet_steps(self, grain: Grain, formulas: list[str], name: str, past: Past | None = None) -> list[Step]:
        """Steps that make relation ``name`` with ``formulas`` beside what the grain has by now."""
        ...


class Loop:
    """One time after the other over the grains of ``formulas``."""

    def __init__(self, compiling: Compiling, formulas: Sequence[str]) -> None:
        self.compiling = compiling
        self.formulas = list(formulas)
        over = compiling.binding.pack.formulas
        self.by_grain = {
            grain: [name for name in formulas if over[name].over == grain.name]
            for grain in compiling.vocabulary
            if any(over[name].over == grain.name for name in formulas)
        }

    def steps(self, periods: Sequence[str], names: Mapping[str, str]) -> list[Step]:
        """Steps for all ``periods``, earliest first; ``names`` are the relations that hold the whole in the end.

        Raises
        ------
        ValueError
            No period was named, so that the loop would reckon nothing.
        """
        if not periods:
            msg = f"Expected the periods of the rows, which {', '.join(self.formulas)} are reckoned by."
            raise ValueError(msg)
        compiling = self.compiling
        whole = {grain.name: compiling.relations[grain.name] for grain in self.by_grain}
        kept = {grain.name: list(compiling.columns[grain.name]) for grain in self.by_grain}
        done: dict[str, list[str]] = {grain.name: [] for grain in self.by_grain}
        steps: list[Step] = []
        for place, period in enumerate(periods, start=1):
            past = {grain.name: self._past(grain, whole, done, place, steps) for grain in self.by_grain}
            for grain in self.by_grain:
                now = f"{grain.name}_time_{place}"
                rows = f"SELECT * FROM {whole[grain.name]} WHERE {grain.sequence} = {text_literal(period)}"
                steps.append(Step(now, rows, is_view=True))
                compiling.relations[grain.name], compiling.columns[grain.name] = now, list(kept[grain.name])
            steps += self._one_time(place, past)
            for grain in self.by_grain:
                done[grain.name].append(compiling.relations[grain.name])
        for grain, formulas in self.by_grain.items():
            compiling.columns[grain.name] = [*kept[grain.name], *formulas]
            listed = ", ".join(dict.fromkeys(compiling.columns[grain.name]))
            union = " UNION ALL ".join(f"SELECT {listed} FROM {relation}" for relation in done[grain.name])
            steps.append(Step(names[grain.name], union))
            compiling.relations[grain.name] = names[grain.name]
        return steps

    def _past(
        self, grain: Grain, whole: Mapping[str, str], done: Mapping[str, list[str]], place: int, steps: list[Step]
    ) -> Past:
        """Where the earlier rows stand when time ``place`` is reckoned."""
        formulas, earlier = self.by_grain[grain], done[grain.name]
        if not earlier:
            return Past(whole[grain.name], dict.fromkeys(formulas))
        relation, listed = f"{grain.name}_past_{place}", ", ".join([*grain.key, *formulas])
        union = " UNION ALL ".join(f"SELECT {listed} FROM {one}" for one in earlier)
        steps.append(Step(relation, union, is_view=True))
        return Past(whole[grain.name], dict.fromkeys(formulas, relation))

    def _one_time(self, place: int, past: Mapping[str, Past]) -> list[Step]:
        compiling = self.compiling
        rounds = rounds_of(compiling.binding, self.formulas, is_loop=True)
        steps: list[Step] = []
        for number in range(max(rounds.values()) + 1):
            made = []
            for grain, formulas in self.by_grain.items():
                now = [name for name in formulas if rounds[name] == number]
                if now:
                    relation = f"{grain.name}_time_{place}_{number + 1}"
                    steps += compiling.sheet_steps(grain, now, relation, past[grain.name])
                    made.append((grain.name, relation, now))
            for name, relation, now in made:
                compiling.relations[name] = relation
                compiling.columns[name] += now
        return steps
