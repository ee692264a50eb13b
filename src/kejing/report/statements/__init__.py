"""Statements: what an RM or a unit earned in a period, every total open to its lines, every line to its clause."""

from kejing.report.statements.gather import NobodyFoundError, PeriodNotInRunError, StatementSource
from kejing.report.statements.statement import Standing
from kejing.report.statements.write import StatementFile, Wanted, statement_files, write_statements

__all__ = [
    "NobodyFoundError",
    "PeriodNotInRunError",
    "Standing",
    "StatementFile",
    "StatementSource",
    "Wanted",
    "statement_files",
    "write_statements",
]
