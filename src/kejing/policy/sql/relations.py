"""How values are stored in the relations of a run, and the relations that rate cards become."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from kejing.policy.cards import compile_card
from kejing.policy.formula.names import Source, Target
from kejing.policy.literals import Value
from kejing.policy.pack import Pack
from kejing.policy.vocabulary import NUMERIC, Type


def stored_scale(target: Target, minor_digits: int) -> int:
    """Digits after the point of a stored number: money in minor units unless its formula keeps finer ones."""
    if target.type is Type.MONEY:
        return max(minor_digits, target.decimals) if target.source is Source.FORMULA else minor_digits
    return target.decimals if target.type is Type.NUMBER else 0


def sql_type(target: Target, minor_digits: int) -> str:
    """The type a formula's column is stored as."""
    match target.type:
        case Type.MONEY if target.decimals <= minor_digits:
            return "$BIGINT"
        case Type.MONEY | Type.NUMBER:
            return "$WIDE"
        case Type.COUNT:
            return "$BIGINT"
        case Type.TEXT:
            return "$TEXT"
        case Type.DATE:
            return "DATE"
        case Type.FLAG:
            return ""  # a comparison is a flag already, and the portable subset casts to none


def stored(value: object, target: Target, minor_digits: int) -> object:
    """A natural value as the relations hold it.

    Raises
    ------
    ValueError
        The value is finer than the column.
    """
    if value is None or target.type not in NUMERIC:
        return value
    assert isinstance(value, Fraction | int | Decimal)
    units = Fraction(value) * 10 ** stored_scale(target, minor_digits)
    if units.denominator != 1:
        msg = f"Expected at most {stored_scale(target, minor_digits)} decimals in {target.name}, got {value}."
        raise ValueError(msg)
    return units.numerator


def natural(value: object, target: Target, minor_digits: int) -> Value | None:
    """A value of the relations as people write it, exact."""
    if value is None or target.type not in NUMERIC:
        assert value is None or isinstance(value, str | bool | dt.date)
        return value
    assert isinstance(value, int | Decimal)
    step = Fraction(1, 10 ** stored_scale(target, minor_digits))
    return Fraction(value) * step


def card_relation(name: str) -> str:
    """Name of the relation that holds the compiled card ``name``."""
    return f"card_{name}"


def card_tables(pack: Pack) -> dict[str, pa.Table]:
    """Every rate card, compiled, by the name of its relation."""
    return {card_relation(name): compile_card(pack, name).as_arrow() for name in pack.rate_cards}
