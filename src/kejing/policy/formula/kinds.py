"""Kinds of values a formula is made of, and which may meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kejing.policy.formula.problem import FormulaProblem
from kejing.policy.formula.syntax import Span
from kejing.policy.units import PLAIN, Dims, has_money, show_unit
from kejing.policy.vocabulary import NUMERIC, Type


class Base(StrEnum):
    """What arithmetic can be done on a value."""

    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    FLAG = "flag"
    UNKNOWN = "unknown"  # already reported: says nothing more


@dataclass(frozen=True, slots=True)
class Kind:
    """Base, unit, code list; and whether it is a bare number, which takes the unit of what it meets.

    A bare number never becomes money: amounts stand in parameters, with their source. Zero may.
    """

    base: Base
    dims: Dims = PLAIN
    codes: str | None = None
    is_bare: bool = False
    is_zero: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether a mistake below has been told already."""
        return self.base is Base.UNKNOWN

    def __str__(self) -> str:
        return show_unit(self.dims) if self.base is Base.NUMBER else self.base


UNKNOWN = Kind(Base.UNKNOWN)
NUMBER = Kind(Base.NUMBER)
FLAG = Kind(Base.FLAG)
_BASES = {Type.TEXT: Base.TEXT, Type.DATE: Base.DATE, Type.FLAG: Base.FLAG}


def kind_of(type_: Type, dims: Dims, codes: str | None = None) -> Kind:
    """The kind of something declared."""
    return Kind(Base.NUMBER, dims) if type_ in NUMERIC else Kind(_BASES[type_], codes=codes)


def met(left: Kind, right: Kind, span: Span) -> Kind:
    """The kind that two values share when they are added, compared or chosen between.

    Raises
    ------
    FormulaProblem
        They share none.
    """
    if left.is_unknown or right.is_unknown:
        return UNKNOWN
    if left.base is not right.base:
        raise FormulaProblem("wrong_type", span, left=left, right=right)
    if left.base is Base.NUMBER:
        return _met_numbers(left, right, span)
    if left.codes and right.codes and left.codes != right.codes:
        raise FormulaProblem("code_lists_differ", span, left=left.codes, right=right.codes)
    return left if left.codes else right


def _met_numbers(left: Kind, right: Kind, span: Span) -> Kind:
    if left.dims == right.dims:
        return left if not left.is_bare else Kind(Base.NUMBER, right.dims, is_bare=right.is_bare)
    if left.is_bare and (left.is_zero or not has_money(right.dims)):
        return right
    if right.is_bare and (right.is_zero or not has_money(left.dims)):
        return left
    raise FormulaProblem("wrong_unit", span, left=left, right=right)
