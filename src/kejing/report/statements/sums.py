"""Sums that a statement shows twice, and the ladder from gross pay to what is payable."""

from __future__ import annotations

from decimal import Decimal

from kejing.report.statements.statement import ZERO, Statement

LADDER = (
    ("gross", 1), ("deferred", -1), ("held", -1), ("released", 1), ("vested", 1), ("recovered", -1), ("payable", 0),
    ("paid_out", 0), ("receivable", 0), ("reimbursed", 0),
)  # fmt: skip
"""Figures of a settlement in the order in which they add up; 0 is a result."""
APART = frozenset({"reimbursed"})
"""Figures that stand beside pay and are no result of it."""


def ties_of(statement: Statement) -> list[tuple[str, Decimal, Decimal]]:
    """Sums that a statement shows twice: each pair must agree to the minor unit."""
    found = [
        ("gross", statement.of_components, statement.gross),
        ("paid", statement.paid_now + statement.deferred, statement.gross),
    ]
    found += [
        ("actual", measure.credited, amount_of(measure.task["actual"]))
        for measure in statement.measures
        if measure.lines and measure.task.get("actual") is not None
    ]
    on_lines = [part.on_lines for component in statement.components for part in component.parts]
    if any(amount is not None for amount in on_lines):
        lines = sum((part.amount for one in statement.measures for line in one.lines for part in line.paid), ZERO)
        found.append(("lines", lines, sum((amount for amount in on_lines if amount is not None), ZERO)))
    settled = statement.settlement
    if settled is not None:
        parts = sum((sign * amount_of(settled[name]) for name, sign in LADDER if sign and name in settled), ZERO)
        found.append(("payable", parts, amount_of(settled["payable"])))
    return found


def amount_of(value: object) -> Decimal:
    """An amount of a row; nothing counts as zero."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def known(value: object) -> Decimal | None:
    """An amount of a row that may be missing."""
    return None if value is None else amount_of(value)
