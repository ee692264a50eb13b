"""From one goal to the targets of the RMs who share it, exactly. Worked tables: ``docs/algorithms/target.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from kejing.measure.errors import KejingError
from kejing.measure.share import largest_remainder


class CapsCannotHoldError(KejingError):
    """The guard rails of all RMs together are below the goal: the goal is never shrunk silently."""

    code = "target.caps_cannot_hold"


@dataclass(frozen=True, slots=True)
class Share:
    """What decides one RM's part of a goal.

    Attributes
    ----------
    weight
        Grade weight × FTE × service days / days of the period [>= 0].
    contribution
        Task contribution, the RM's share of the stock [0..1]; None where the stock step is absent.
    cap
        Largest increment in minor units; None without guard rail.
    """

    weight: Fraction
    contribution: Fraction | None = None
    cap: int | None = None


def contributions(stocks: Mapping[str, Mapping[str, int]], weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Task contribution of each RM (F4): ``c_i = sum_m w_m * S_im / sum_k S_km``.

    Parameters
    ----------
    stocks
        Stock by measure, then by RM id [minor units, >= 0].
    weights
        Weight by measure [>= 0]. A measure whose stock is zero everywhere drops out and the
        other weights are renormalised, so that the contributions sum to one.

    Returns
    -------
    dict
        Contribution by RM id; empty if no measure has any stock. Source: E1-27.

    Examples
    --------
    >>> contributions({"deposit": {"A": 50, "B": 30, "C": 20}}, {"deposit": Fraction(1)})
    {'A': Fraction(1, 2), 'B': Fraction(3, 10), 'C': Fraction(1, 5)}
    """
    live = {
        name: sum(by_rm.values())
        for name, by_rm in stocks.items()
        if sum(by_rm.values()) > 0 and weights.get(name, 0) > 0
    }
    whole = sum((weights[name] for name in live), Fraction(0))
    if not whole:
        return {}
    rms = sorted({rm for by_rm in stocks.values() for rm in by_rm})
    return {
        rm: sum(
            (weights[name] / whole * Fraction(stocks[name].get(rm, 0), total) for name, total in live.items()),
            Fraction(0),
        )
        for rm in rms
    }


def linear_complement(shares: Mapping[str, Share]) -> dict[str, Fraction]:
    """Weights ``g_i * (1 - c_i)``: higher contribution, smaller increment (E1-28); one RM alone takes all.

    Examples
    --------
    >>> books = {
    ...     rm: Share(Fraction(1), c)
    ...     for rm, c in {"A": Fraction(1, 2), "B": Fraction(3, 10), "C": Fraction(1, 5)}.items()
    ... }
    >>> allocate(100, linear_complement(books), books)
    {'A': 25, 'B': 35, 'C': 40}
    """
    if len(shares) == 1:
        return dict.fromkeys(shares, Fraction(1))
    return {rm: share.weight * (1 - _contribution(share)) for rm, share in shares.items()}


def reciprocal(shares: Mapping[str, Share], *, alpha: Fraction, epsilon: Fraction) -> dict[str, Fraction]:
    """Weights ``g_i * max(c_i, epsilon) ** -alpha``; the power is taken to 50 digits when alpha is not whole."""
    return {rm: share.weight * _power(max(_contribution(share), epsilon), alpha) for rm, share in shares.items()}


def equal(shares: Mapping[str, Share]) -> dict[str, Fraction]:
    """Weights ``g_i``."""
    return {rm: share.weight for rm, share in shares.items()}


def fair_share(shares: Mapping[str, Share], *, history_share: Fraction) -> dict[str, Fraction]:
    """Weights ``g_i * (h * c_i + (1 - h) / n)``: part by history, the rest even."""
    even = (1 - history_share) / len(shares)
    return {rm: share.weight * (history_share * _contribution(share) + even) for rm, share in shares.items()}


def allocate(goal: int, weights: Mapping[str, Fraction], shares: Mapping[str, Share]) -> dict[str, int]:
    """Targets by RM that sum to ``goal`` exactly and keep under every cap.

    Parameters
    ----------
    goal
        Minor units, any sign. Guard rails bind positive goals only.
    weights
        Weight by RM [>= 0]; all zero means equal parts.

    Returns
    -------
    dict
        Target by RM id in minor units.

    Raises
    ------
    CapsCannotHoldError
        The caps together are below the goal; facts: goal, caps, shortfall.

    Notes
    -----
    What exceeds a cap is spread again over the uncapped by the same weights until nothing exceeds
    (F6); then one largest remainder over the uncapped makes it exact.
    """
    live = dict(weights) if any(weights.values()) else dict.fromkeys(weights, Fraction(1))
    if goal <= 0:
        return largest_remainder(goal, live)
    caps = {rm: share.cap for rm, share in shares.items() if share.cap is not None}
    if len(caps) == len(live) and sum(caps.values()) < goal:
        raise CapsCannotHoldError(goal=goal, caps=sum(caps.values()), shortfall=goal - sum(caps.values()))
    capped: dict[str, int] = {}
    while True:
        free = {rm: weight for rm, weight in live.items() if rm not in capped}
        left = goal - sum(capped.values())
        if left == 0:
            return dict(sorted({**capped, **dict.fromkeys(free, 0)}.items()))
        if not any(free.values()):
            if not free:
                raise CapsCannotHoldError(goal=goal, caps=sum(capped.values()), shortfall=left)
            free = dict.fromkeys(free, Fraction(1))
        parts = largest_remainder(left, free)
        over = {rm: caps[rm] for rm, part in parts.items() if rm in caps and part > caps[rm]}
        if not over:
            return dict(sorted({**capped, **parts}.items()))
        capped.update(over)


def _contribution(share: Share) -> Fraction:
    assert share.contribution is not None, "Expected a contribution: the method needs the stock step."
    return share.contribution


def _power(value: Fraction, alpha: Fraction) -> Fraction:
    if alpha.denominator == 1:
        return Fraction(1) / value**alpha.numerator
    with localcontext() as context:
        context.prec = 50
        base = Decimal(value.numerator) / Decimal(value.denominator)
        return Fraction(base ** (-Decimal(alpha.numerator) / Decimal(alpha.denominator)))
