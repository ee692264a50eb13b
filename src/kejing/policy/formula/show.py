"""Tree to formula text, with no more parentheses than the tree needs."""

from __future__ import annotations

from kejing.policy.formula.parse import COMPARISONS
from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Unary, Word
from kejing.policy.literals import show_value

_COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _PERCENT, _ATOM = range(7)


def show_formula(node: Node) -> str:
    """``node`` as text that parses to an equal tree.

    Examples
    --------
    >>> from kejing.policy.formula.parse import parse_formula
    >>> show_formula(parse_formula("=(a+b)*(c)/2"))
    '(a + b) * c / 2'
    """
    return _show(node, _COMPARISON)


def _show(node: Node, outer: int) -> str:
    text, level = _plain(node)
    return f"({text})" if level < outer else text


def _plain(node: Node) -> tuple[str, int]:
    match node:
        case Number():
            return node.text or show_value(node.value), _ATOM
        case Word():
            return '"' + node.value.replace('"', '""') + '"', _ATOM
        case Flag():
            return ("TRUE" if node.value else "FALSE"), _ATOM
        case Name():
            return str(node), _ATOM
        case Call():
            return f"{node.function}({', '.join(_show(argument, _COMPARISON) for argument in node.arguments)})", _ATOM
        case Unary():
            return _unary(node)
        case Binary():
            return _binary(node)


def _unary(node: Unary) -> tuple[str, int]:
    if node.sign == "%":
        # 5% is one number; a percent sign behind the number 5 is another tree.
        inner = (
            f"({_show(node.operand, _COMPARISON)})"
            if isinstance(node.operand, Number)
            else _show(node.operand, _PERCENT)
        )
        return f"{inner}%", _PERCENT
    power = isinstance(node.operand, Binary) and node.operand.sign == "^"
    return "-" + (f"({_show(node.operand, _COMPARISON)})" if power else _show(node.operand, _POWER)), _SIGNED


def _binary(node: Binary) -> tuple[str, int]:
    if node.sign == "^":
        return f"{_show(node.left, _POWER)}^{_show(node.right, _SIGNED)}", _POWER
    level = _PRODUCT if node.sign in {"*", "/"} else _COMPARISON if node.sign in COMPARISONS else _SUM
    left = _show(node.left, level + 1 if node.sign in COMPARISONS else level)
    return f"{left} {node.sign} {_show(node.right, level + 1)}", level
