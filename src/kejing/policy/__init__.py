"""The rule a banker reads is the rule that runs: dated tables, formulas and cases, checked, typed, compiled.

Nothing here knows the business. A stage hands in a `Vocabulary`; the pack's formulas are compiled to
portable SQL over the stage's relations, and an evaluator on exact fractions says the same independently.
"""

from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.parts import Case, Formula, Labels, Parameter, Population, RateCardRule
from kejing.policy.problems import (
    AmbiguousRuleError,
    PackNotFoundError,
    PolicyGapError,
    ScaleTooWideError,
    UnknownPolicyNameError,
)
from kejing.policy.shipped import find_shipped_pack, shipped_packs
from kejing.policy.tables import Decision, DecisionTable, Hit, TableColumn, TableRow
from kejing.policy.vocabulary import Grain, Type, Variable, Vocabulary

__all__ = [
    "AmbiguousRuleError",
    "Case",
    "Decision",
    "DecisionTable",
    "Formula",
    "Grain",
    "Hit",
    "Labels",
    "Pack",
    "PackNotFoundError",
    "Parameter",
    "PolicyGapError",
    "Population",
    "RateCardRule",
    "ScaleTooWideError",
    "TableColumn",
    "TableRow",
    "Type",
    "UnknownPolicyNameError",
    "Value",
    "Variable",
    "Vocabulary",
    "find_shipped_pack",
    "shipped_packs",
]
