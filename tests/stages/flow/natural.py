"""Stored figures as natural ones: what the exact evaluator reads and says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kejing.policy import Formula, Pack, Type
from kejing.policy.exact import Results, evaluate
from kejing.stages.context import StageContext
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from tests.stages.institution import rows_of


def natural_inputs(context: StageContext, where: str = "1 = 1") -> dict[str, list[dict[str, object]]]:
    """The rows that the formulas of a run read, by grain: money in whole units, numbers as fractions."""
    return {
        grain: [
            natural(row, grain, context.policy)
            for row in rows_of(context.engine, f"SELECT * FROM {relation} WHERE {where}")
        ]
        for grain, relation in INPUTS.items()
    }


def natural(row: Mapping[str, Any], grain: str, pack: Pack) -> dict[str, object]:
    """One stored row of ``grain``."""
    scales = {}
    for variable in EARN_VOCABULARY[grain].variables:
        if variable.type is Type.MONEY:
            scales[variable.name] = pack.minor_digits
        elif variable.type is Type.NUMBER:
            scales[variable.name] = 6 if variable.decimals is None else variable.decimals
    return {
        name: Fraction(value, 10 ** scales[name]) if name in scales and value is not None else value
        for name, value in row.items()
    }


def figure(value: int | Decimal | None, formula: Formula, pack: Pack) -> Fraction | None:
    """A stored figure of ``formula`` as a natural one."""
    if value is None or formula.type is Type.COUNT:
        return None if value is None else Fraction(int(value))
    digits = max(formula.decimals, pack.minor_digits) if formula.type is Type.MONEY else formula.decimals
    return Fraction(int(value), 10**digits)


def exact_results(context: StageContext) -> Results:
    """The policy of a run by the independent evaluator, over the rows that the run itself read."""
    return evaluate(context.policy, EARN_VOCABULARY, natural_inputs(context))
