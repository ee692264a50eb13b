"""Splitting whole numbers exactly: largest remainder with ties by stable id."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

TEAM_SHARE = 10_000
"""Basis points that the pay shares of one team sum to."""


def largest_remainder[Id: (str, int)](total: int, weights: Mapping[Id, int | Fraction]) -> dict[Id, int]:
    """Split ``total`` by ``weights`` so that the parts sum to it exactly.

    Parameters
    ----------
    total
        Whole units to hand out (cents, heads); may be negative.
    weights
        Weight by stable id [>= 0, not all zero]. The order of the mapping does not matter.

    Returns
    -------
    dict
        Part by id, in the order of the ids.

    Raises
    ------
    ValueError
        A weight is negative, or all are zero.

    Notes
    -----
    Each id gets the whole part of ``|total| * weight / sum``; the units left over go to the
    largest remainders, ties to the smaller id; then the sign returns.

    Examples
    --------
    >>> largest_remainder(3, {"b": 1, "a": 1})
    {'a': 2, 'b': 1}
    >>> largest_remainder(100000_00, {"lead": 1, "treasury": 1, "lending": 1})
    {'lead': 3333334, 'lending': 3333333, 'treasury': 3333333}
    """
    exact = {key: Fraction(weights[key]) for key in sorted(weights)}
    if any(weight < 0 for weight in exact.values()):
        msg = "Expected weights >= 0."
        raise ValueError(msg)
    whole = sum(exact.values(), Fraction(0))
    if whole == 0:
        msg = "Expected at least one weight above zero."
        raise ValueError(msg)
    size = abs(total)
    quotas = {key: size * weight / whole for key, weight in exact.items()}
    parts = {key: quota.numerator // quota.denominator for key, quota in quotas.items()}
    left = size - sum(parts.values())
    for key in sorted(quotas, key=lambda key: (parts[key] - quotas[key], key))[:left]:
        parts[key] += 1
    return {key: -part if total < 0 else part for key, part in parts.items()}
