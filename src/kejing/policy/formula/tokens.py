"""Cutting a formula into tokens; full-width punctuation and both sets of comparison signs are accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kejing.policy.formula.syntax import Span
from kejing.policy.literals import fold_width


class TokenKind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    WORD = "word"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A token as written, half width, and where."""

    kind: TokenKind
    text: str
    span: Span


class FormulaSyntaxError(ValueError):
    """The text is no formula; ``code`` and ``facts`` say why, ``span`` where."""

    def __init__(self, code: str, span: Span, /, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.span = span
        self.facts = facts


_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,2})?(?:万亿|万|亿|億|萬)?[%‰]?)
    | (?P<word>"(?:[^"]|"")*")
    | (?P<name>[^\W\d]\w*)
    | (?P<sign><=|>=|<>|[-+*/^%=<>(),.×÷≤≥≠])
    """,
    re.VERBOSE,
)
_SAME = {"×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "<>"}


def tokens_of(text: str) -> list[Token]:
    """Tokens of ``text``, an END last.

    Raises
    ------
    FormulaSyntaxError
        A character that starts no token, or a number glued to a name.

    Examples
    --------
    >>> [token.text for token in tokens_of("=IF(完成率≥60%,1,0)")]
    ['=', 'IF', '(', '完成率', '>=', '60%', ',', '1', ',', '0', ')', '']
    """
    folded = fold_width(text)
    tokens: list[Token] = []
    place = 0
    while place < len(folded):
        match = _TOKEN.match(folded, place)
        if match is None:
            code = "open_text" if folded[place] == '"' else "bad_character"
            raise FormulaSyntaxError(code, Span(place, place + 1), found=text[place])
        span = Span(*match.span())
        kind = match.lastgroup
        place = match.end()
        if kind == "space":
            continue
        if kind == "name" and tokens and tokens[-1].kind is TokenKind.NUMBER and tokens[-1].span.end == span.start:
            glued = text[tokens[-1].span.start : span.end]
            raise FormulaSyntaxError("glued_number", Span(tokens[-1].span.start, span.end), found=glued)
        written = text[match.start() : match.end()] if kind == "word" else match[0]
        tokens.append(Token(TokenKind(str(kind)), _SAME.get(written, written), span))
    tokens.append(Token(TokenKind.END, "", Span(len(text), len(text))))
    return tokens
