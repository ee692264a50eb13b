"""The functions of the language: how many arguments each takes, shown in messages and the reference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """Arguments a function takes; ``most`` None is no limit."""

    least: int
    most: int | None
    form: str


FUNCTIONS = {
    "ABS": Signature(1, 1, "ABS(x)"),
    "AND": Signature(1, None, "AND(flag, …)"),
    "CEIL": Signature(1, 1, "CEIL(x)"),
    "COALESCE": Signature(2, None, "COALESCE(x, y, …)"),
    "COUNT": Signature(1, 1, "COUNT(grain.name)"),
    "FLOOR": Signature(1, 1, "FLOOR(x)"),
    "IF": Signature(3, 3, "IF(flag, then, else)"),
    "IFS": Signature(2, None, "IFS(flag, value, flag, value, …)"),
    "INTERPOLATE": Signature(2, None, "INTERPOLATE(table, x, input, …, output)"),
    "LOOKUP": Signature(2, None, "LOOKUP(table, input, …, output)"),
    "MARGINAL": Signature(2, None, "MARGINAL(table, x, input, …, output)"),
    "MAX": Signature(1, None, "MAX(x, y, …), MAX(grain.name)"),
    "MIN": Signature(1, None, "MIN(x, y, …), MIN(grain.name)"),
    "NOT": Signature(1, 1, "NOT(flag)"),
    "OR": Signature(1, None, "OR(flag, …)"),
    "PEER_COUNT": Signature(1, None, "PEER_COUNT(name, group, …)"),
    "PEER_RANK": Signature(1, None, "PEER_RANK(name, group, …)"),
    "PEER_SHARE": Signature(3, None, 'PEER_SHARE(amount, weight, "largest_remainder", group, …)'),
    "PEER_SUM": Signature(1, None, "PEER_SUM(name, group, …)"),
    "PREVIOUS": Signature(1, 1, "PREVIOUS(name)"),
    "ROUND": Signature(3, 3, 'ROUND(x, decimals, "half_up")'),
    "SIGN": Signature(1, 1, "SIGN(x)"),
    "SUM": Signature(1, 1, "SUM(grain.name)"),
    "TO_DATE": Signature(1, 1, "TO_DATE(name)"),
}

AGGREGATES = frozenset({"SUM", "COUNT", "MIN", "MAX"})

TABLE_READERS = frozenset({"LOOKUP", "MARGINAL", "INTERPOLATE"})
"""Functions whose first argument is a table."""

ACROSS = frozenset({"PREVIOUS", "TO_DATE", "PEER_RANK", "PEER_COUNT", "PEER_SUM", "PEER_SHARE"})
"""Functions that read other rows of the formula's own grain: earlier ones, or peers."""
