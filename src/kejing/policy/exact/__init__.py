"""The second opinion: formulas on exact fractions, row by row, sharing no arithmetic with the SQL compiler."""

from kejing.policy.exact.evaluate import Results, evaluate
from kejing.policy.exact.figure import Figure

__all__ = ["Figure", "Results", "evaluate"]
