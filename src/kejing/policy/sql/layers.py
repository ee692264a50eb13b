"""SQL text that knows in which layer of a sheet its columns exist, and the layers themselves.

A sheet is a stack of sub-selects. Each adds columns to the one below, so that a value that is needed
twice is computed once and no text grows with the depth of a formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kejing.policy.problems import ScaleTooWideError

WIDEST = 10**38 - 1
"""Largest whole number that every engine's widest integer holds."""
_SHORT = re.compile(r"CAST\(\w+ AS \$WIDE\)")
"""What is repeated rather than given a column: it costs the engine nothing."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A SQL expression; ``layer`` is the first whose select may hold it. ``is_atom`` needs no parentheses."""

    text: str
    layer: int = 0
    is_atom: bool = False

    def __str__(self) -> str:
        return self.text if self.is_atom else f"({self.text})"


NULL = Sql("NULL", is_atom=True)


def sql(template: str, *parts: Sql) -> Sql:
    """An expression of ``parts`` put into the ``{}`` of ``template``."""
    return Sql(template.format(*parts), max((part.layer for part in parts), default=0))


def whole(number: int) -> Sql:
    """A whole number.

    Raises
    ------
    ScaleTooWideError
        No engine holds it.
    """
    if abs(number) > WIDEST:
        raise ScaleTooWideError(formula="-", digits=len(str(abs(number))))
    return Sql(str(number) if number >= 0 else f"({number})", is_atom=True)


@dataclass(slots=True)
class Layer:
    """Columns that one sub-select adds, and the relations it joins for them."""

    columns: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)


class Sheet:
    """The layers over one source; columns are bound from the bottom up."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self._known: dict[tuple[int, str], str] = {}
        self._count = 0

    def bind(self, expression: Sql, name: str = "") -> Sql:
        """A column that holds ``expression``; the same expression gets the same column."""
        if expression.is_atom and not name:
            return expression
        known = self._known.get((expression.layer, expression.text))
        if known is not None and not name:
            return Sql(known, expression.layer + 1, is_atom=True)
        column = name or self._fresh("t")
        self._layer(expression.layer).columns[column] = expression.text
        self._known.setdefault((expression.layer, expression.text), column)
        return Sql(column, expression.layer + 1, is_atom=True)

    def reuse(self, expression: Sql) -> Sql:
        """``expression`` for use in several places: itself if short, else its column."""
        is_short = expression.is_atom or _SHORT.fullmatch(expression.text)
        return expression if is_short else self.bind(expression)

    def joined(self, relation: str, columns: Sequence[str], condition: str, *on: Sql) -> dict[str, Sql]:
        """Columns of ``relation``, joined where ``condition`` holds.

        Every column of the relation gets a name of its own, so that it hides none of the sheet's.
        In ``condition`` ``{column}`` stands for a column of the relation and ``{0}`` … for ``on``.
        """
        layer = max((part.layer for part in on), default=0)
        alias = self._fresh("c")
        names = {column: f"{alias}_{column}" for column in columns}
        listed = ", ".join(f"{column} AS {name}" for column, name in names.items())
        text = condition.format(*on, **names)
        self._layer(layer).joins.append(f"LEFT JOIN (SELECT {listed} FROM {relation}) AS {alias} ON {text}")
        return {column: self.bind(Sql(name, layer), f"{name}_") for column, name in names.items()}

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count}"

    def _layer(self, index: int) -> Layer:
        while len(self.layers) <= index:
            self.layers.append(Layer())
        return self.layers[index]

    def select(self, source: str, kept: list[tuple[str, str]]) -> str:
        """The whole SELECT over ``source``, keeping the columns ``(expression, name)``."""
        below = f"s0 AS (\n{source}\n)"
        parts = [below]
        for index, layer in enumerate(self.layers):
            columns = "".join(f",\n  {text} AS {name}" for name, text in layer.columns.items())
            joins = "".join(f"\n{join}" for join in layer.joins)
            parts.append(f"s{index + 1} AS (\nSELECT s{index}.*{columns}\nFROM s{index}{joins}\n)")
        listed = ",\n  ".join(name if text == name else f"{text} AS {name}" for text, name in kept)
        return f"WITH {',\n'.join(parts)}\nSELECT\n  {listed}\nFROM s{len(self.layers)}"


def text_literal(text: str) -> Sql:
    """A text as a SQL literal. The dollar sign is doubled: it starts a token of the dialect."""
    quoted = text.replace("'", "''").replace("$", "$$")
    return Sql(f"'{quoted}'", is_atom=True)
