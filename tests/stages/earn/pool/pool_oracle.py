"""A second reckoning of one purse: the factor is found among the points at which somebody meets a bound."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from kejing.measure.share import largest_remainder

type Bounds = tuple[Fraction, int, int | None]
"""Weight, floor, cap."""


def bounded(amount: int, takers: Mapping[str, Bounds]) -> dict[str, int] | None:
    """Part by taker, or None where floors exceed the amount, caps cannot hold it or a floor is above a cap."""
    held = {name: (weight, low, low if weight == 0 else high) for name, (weight, low, high) in takers.items()}
    if any(high is not None and high < low for _, low, high in takers.values()):
        return None
    lows = sum(low for _, low, _ in held.values())
    open_ended = any(high is None for _, _, high in held.values())
    highs = sum(high for _, _, high in held.values() if high is not None)
    if lows > amount or (not open_ended and highs < amount):
        return None
    factor = _factor(amount, held)
    parts, free = {}, {}
    for name, (weight, low, high) in held.items():
        share = factor * weight
        if share <= low:
            parts[name] = low
        elif high is not None and share >= high:
            parts[name] = high
        else:
            free[name] = weight
    left = amount - sum(parts.values())
    return parts | (largest_remainder(left, free) if free else {})


def _factor(amount: int, held: Mapping[str, Bounds]) -> Fraction:
    points = {Fraction(0)}
    for weight, low, high in held.values():
        if weight:
            points |= {low / weight} | ({high / weight} if high is not None else set())
    ordered = sorted(points)
    before = max((point for point in ordered if _total(point, held) <= amount), default=Fraction(0))
    after = min((point for point in ordered if point > before), default=before + 1)
    slope = (_total(after, held) - _total(before, held)) / (after - before)
    return before + (amount - _total(before, held)) / slope if slope else before


def _total(factor: Fraction, held: Mapping[str, Bounds]) -> Fraction:
    total = Fraction(0)
    for weight, low, high in held.values():
        share = max(factor * weight, Fraction(low))
        total += share if high is None else min(share, Fraction(high))
    return total
