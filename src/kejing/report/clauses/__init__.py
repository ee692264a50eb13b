"""A policy in words: formulas, tables, parameters and the clauses that a paper rests on, in either language."""

from kejing.report.clauses.rules import ClauseBook
from kejing.report.clauses.voice import Voice

__all__ = ["ClauseBook", "Voice"]
