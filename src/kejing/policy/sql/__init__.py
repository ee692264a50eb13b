"""Formulas as portable SQL over the stage's relations: whole sheets at a time, exact, one rounding a formula."""

from kejing.policy.sql.compile import Step, compile_sheets
from kejing.policy.sql.relations import card_relation, card_tables, natural, stored, stored_scale

__all__ = ["Step", "card_relation", "card_tables", "compile_sheets", "natural", "stored", "stored_scale"]
