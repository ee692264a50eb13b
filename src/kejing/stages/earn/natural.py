"""Rows that formulas read, from the integers that a run keeps to the exact natural values of the evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Type, Vocabulary
from kejing.policy.vocabulary import VARIABLE_DECIMALS


def natural_row(row: Mapping[str, Any], vocabulary: Vocabulary, grain: str, digits: int) -> dict[str, object]:
    """A stored row in natural values: money in whole currency units, numbers as fractions."""
    natural = dict(row)
    for variable in vocabulary[grain].variables:
        value = row.get(variable.name)
        if value is None:
            continue
        if variable.type is Type.MONEY:
            natural[variable.name] = Fraction(value, 10**digits)
        elif variable.type is Type.NUMBER:
            natural[variable.name] = Fraction(
                value, 10 ** (VARIABLE_DECIMALS if variable.decimals is None else variable.decimals)
            )
    return natural
