"""Formula text to tree: recursive descent over the spreadsheet dialect."""

from __future__ import annotations

from kejing.policy.formula.syntax import Binary, Call, Flag, Name, Node, Number, Span, Unary, Word
from kejing.policy.formula.tokens import FormulaSyntaxError, Token, TokenKind, tokens_of
from kejing.policy.literals import NotAValueError, parse_quantity

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
MAX_POWER = 12
_POWERS = frozenset(str(power) for power in range(MAX_POWER + 1))
MAX_DEPTH = 60
"""Nesting that a formula may have; one deeper is not a formula a person reads."""


def parse_formula(text: str) -> Node:
    """The tree of ``text``.

    Raises
    ------
    FormulaSyntaxError
        The text is no formula; the span says where.

    Examples
    --------
    >>> parse_formula("=A*12.5%")
    Binary(sign='*', left=Name(name='A', grain=''), right=Number(value=Fraction(1, 8), text='12.5%'))
    """
    return _Parser(tokens_of(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def whole(self) -> Node:
        if self._at("="):
            self.place += 1
        node = self._comparison()
        if self._next.kind is not TokenKind.END:
            raise self._unexpected()
        return node

    @property
    def _next(self) -> Token:
        return self.tokens[self.place]

    def _since(self, start: Span) -> Span:
        """From ``start`` to the last token taken, parentheses included."""
        return start.to(self.tokens[self.place - 1].span)

    def _at(self, *signs: str) -> bool:
        return self._next.kind is TokenKind.SIGN and self._next.text in signs

    def _take(self) -> Token:
        token = self._next
        self.place += 1
        return token

    def _expect(self, sign: str) -> Token:
        if not self._at(sign):
            raise self._unexpected(sign)
        return self._take()

    def _unexpected(self, wanted: str = "") -> FormulaSyntaxError:
        token = self._next
        if token.kind is TokenKind.END:
            return FormulaSyntaxError("formula_unfinished", token.span, wanted=wanted or "…")
        return FormulaSyntaxError(
            "formula_unexpected", token.span, found=token.text, wanted=wanted or "+ - * / = < > , )"
        )

    def _comparison(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FormulaSyntaxError("formula_too_deep", self._next.span, depth=str(MAX_DEPTH))
        start = self._next.span
        left = self._sum()
        if self._at(*COMPARISONS):
            sign = self._take().text
            right = self._sum()
            left = Binary(sign, left, right, span=self._since(start))
            if self._at(*COMPARISONS):
                raise FormulaSyntaxError("chained_comparison", self._next.span, found=self._next.text)
        self.depth -= 1
        return left

    def _sum(self) -> Node:
        start = self._next.span
        left = self._product()
        while self._at("+", "-"):
            sign = self._take().text
            right = self._product()
            left = Binary(sign, left, right, span=self._since(start))
        return left

    def _product(self) -> Node:
        start = self._next.span
        left = self._signed()
        while self._at("*", "/"):
            sign = self._take().text
            right = self._signed()
            left = Binary(sign, left, right, span=self._since(start))
        return left

    def _signed(self) -> Node:
        if self._at("+"):
            self._take()
            return self._signed_once()
        if self._at("-"):
            start = self._take().span
            operand = self._signed_once()
            if isinstance(operand, Binary) and operand.sign == "^" and self.tokens[self.place - 1].text != ")":
                # Spreadsheets read -2^2 as 4, mathematics as -4: neither is guessed.
                raise FormulaSyntaxError("sign_before_power", self._since(start), found="-")
            return Unary("-", operand, span=self._since(start))
        return self._power()

    def _signed_once(self) -> Node:
        if self._at("+", "-"):
            raise self._unexpected("(")
        return self._power()

    def _power(self) -> Node:
        start = self._next.span
        base = self._percent()
        while self._at("^"):
            self._take()
            minus = self._take() if self._at("-") else None
            token = self._next
            if token.kind is not TokenKind.NUMBER or token.text not in _POWERS:
                raise FormulaSyntaxError("bad_power", token.span, found=token.text or "…", highest=str(MAX_POWER))
            self._take()
            power: Node = Number(parse_quantity(token.text), token.text, span=token.span)
            if minus is not None:
                power = Unary("-", power, span=minus.span.to(token.span))
            base = Binary("^", base, power, span=self._since(start))
        return base

    def _percent(self) -> Node:
        start = self._next.span
        node = self._atom()
        while self._at("%"):
            self._take()
            node = Unary("%", node, span=self._since(start))
        return node

    def _atom(self) -> Node:
        token = self._next
        if token.kind is TokenKind.NUMBER:
            self._take()
            text = f"0{token.text}" if token.text.startswith(".") else token.text
            try:
                return Number(parse_quantity(text), text, span=token.span)
            except NotAValueError:
                raise FormulaSyntaxError("glued_number", token.span, found=token.text) from None
        if token.kind is TokenKind.WORD:
            self._take()
            return Word(token.text[1:-1].replace('""', '"'), span=token.span)
        if token.kind is TokenKind.NAME:
            return self._named()
        if self._at("("):
            self._take()
            node = self._comparison()
            self._expect(")")
            return node
        raise self._unexpected("(")

    def _named(self) -> Node:
        first = self._take()
        if self._at("("):
            return self._call(first)
        if self._at("."):
            self._take()
            if self._next.kind is not TokenKind.NAME:
                raise self._unexpected()
            second = self._take()
            return Name(second.text, first.text, span=first.span.to(second.span))
        if first.text.upper() in {"TRUE", "FALSE"}:
            return Flag(first.text.upper() == "TRUE", span=first.span)
        return Name(first.text, span=first.span)

    def _call(self, function: Token) -> Call:
        self._expect("(")
        arguments: list[Node] = []
        if not self._at(")"):
            arguments.append(self._comparison())
            while self._at(","):
                self._take()
                arguments.append(self._comparison())
        closing = self._expect(")")
        span = Span(function.span.start, closing.span.end)
        return Call(function.text.upper(), tuple(arguments), span=span)
