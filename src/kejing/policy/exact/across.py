"""Readings of other rows on exact fractions: earlier rows of the same key, and peers of the same time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from kejing.measure.rounding import round_fraction
from kejing.measure.share import largest_remainder
from kejing.policy.formula.across import Across
from kejing.policy.literals import Value
from kejing.policy.vocabulary import NUMERIC


def at_the_start(across: Across, opening: Value | None) -> Value | None:
    """What stands before the first row: the opening balance, or nothing, which for a number is zero."""
    if opening is not None:
        return opening
    return Fraction(0) if across.target.type in NUMERIC else None


def to_date(own: Value | None, earlier: Sequence[Value | None]) -> Fraction:
    """The sum of everything known up to and with the row."""
    return sum((value for value in [*earlier, own] if isinstance(value, Fraction)), Fraction(0))


def among_peers(function: str, own: Value | None, peers: Sequence[Value | None]) -> Value | None:
    """Rank, count or sum of the figure among ``peers``, the row itself among them."""
    known = [value for value in peers if value is not None]
    if function == "PEER_COUNT":
        return Fraction(len(known))
    numbers = [value for value in known if isinstance(value, Fraction)]
    if function == "PEER_SUM":
        return sum(numbers, Fraction(0))
    if not isinstance(own, Fraction) or not peers:
        return None
    return Fraction(1 + sum(number > own for number in numbers))


def carries_weight(weight: Value | None) -> bool:
    """Whether a peer takes part in a sharing."""
    return isinstance(weight, Fraction) and weight > 0


def shared_out(
    convention: str, place: int, amounts: Sequence[Value | None], weights: Sequence[Value | None], minor: int
) -> Value | None:
    """The part of peer ``place`` when an amount is cut in whole minor units.

    Parameters
    ----------
    convention
        ``largest_remainder``, ``rest_to_largest`` or ``rest_to_last``.
    place
        Which of the peers, who stand in the order of their keys; one that carries weight.
    amounts, weights
        The amount as each peer sees it and its weight; who has no weight above zero takes no part.
    minor
        Minor units in one unit of the currency.
    """
    amount = amounts[place]
    taking = {
        index: heavy
        for index, (heavy, seen) in enumerate(zip(weights, amounts, strict=True))
        if isinstance(heavy, Fraction) and carries_weight(heavy) and seen is not None
    }
    if not isinstance(amount, Fraction) or any(amounts[index] != amount for index in taking):
        return None
    whole = amount * minor
    assert whole.denominator == 1, "Expected an amount in whole minor units."
    total = whole.numerator
    if convention == "largest_remainder":
        return Fraction(largest_remainder(total, taking)[place], minor)
    sum_of_weights = sum(taking.values(), Fraction(0))
    rounded = {index: round_fraction(abs(total) * heavy / sum_of_weights, 0) for index, heavy in taking.items()}
    last = max(taking) if convention == "rest_to_last" else min(taking, key=lambda index: (-taking[index], index))
    rounded[last] += abs(total) - sum(rounded.values())
    return Fraction(rounded[place] if total >= 0 else -rounded[place], minor)
