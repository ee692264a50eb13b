"""Formulas as portable SQL over the stage's relations: whole sheets at a time, exact, one rounding a formula."""

from kejing.policy.sql.across import opening_relation
from kejing.policy.sql.compile import compile_sheets
from kejing.policy.sql.fold import Classes, Fold, Group, Totals
from kejing.policy.sql.relations import card_relation, card_tables, natural, stored, stored_scale
from kejing.policy.sql.steps import Step, Tally

__all__ = [
    "Classes",
    "Fold",
    "Group",
    "Step",
    "Tally",
    "Totals",
    "card_relation",
    "card_tables",
    "compile_sheets",
    "natural",
    "opening_relation",
    "stored",
    "stored_scale",
]
