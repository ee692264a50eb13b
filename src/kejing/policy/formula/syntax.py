"""The tree of a formula. Each node knows the stretch of text it came from; equal trees ignore it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """From the start of this to the end of ``other``."""
        return Span(self.start, other.end)


def _span() -> Span:
    return field(compare=False, repr=False, kw_only=True, default=Span(0, 0))


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: ``12.5%``, ``3亿``."""

    value: Fraction
    text: str = field(compare=False)
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Word:
    """A text in quotes."""

    value: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Flag:
    """TRUE or FALSE."""

    value: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, formula, parameter, or the qualified name of one in another grain."""

    name: str
    grain: str = ""
    span: Span = _span()

    def __str__(self) -> str:
        return f"{self.grain}.{self.name}" if self.grain else self.name


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``x%``."""

    sign: str
    operand: Node
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and ``+ - * / ^ = <> < <= > >=``."""

    sign: str
    left: Node
    right: Node
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    function: str
    arguments: tuple[Node, ...]
    span: Span = _span()


type Node = Number | Word | Flag | Name | Unary | Binary | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, top first."""
    yield node
    for child in children(node):
        yield from walk(child)
