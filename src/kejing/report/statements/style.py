"""Labels of the register's cells on a narrow screen, where rows become cards and the header is gone."""

from __future__ import annotations

from collections.abc import Sequence

from kejing.report.clauses import Voice
from kejing.report.statements.register import RegisterView

NARROW = "62rem"
"""Below this width a row is a card. Print is as wide as paper and keeps its tables."""


def css_text(text: str) -> str:
    r"""``text`` as a string of a style sheet; no character in it can end the string or the element.

    Examples
    --------
    >>> css_text('a"</style>')
    '"a\\22 \\3c \\2f style\\3e "'
    """
    return '"' + "".join(one if one.isalnum() or one == " " else f"\\{ord(one):x} " for one in text) + '"'


def register_style(registers: Sequence[RegisterView], voice: Voice) -> str:
    """Rules that put each column's label before its cell."""
    rules = [
        f"td.{name}::before{{content:{css_text(voice.word(f'line.{name}'))}}}"
        for name in ("id", "held", "credited", "factors", "clause")
    ]
    for at, register in enumerate(registers):
        rules += [
            f".register-{at} td.paid-{place}::before{{content:{css_text(label)}}}"
            for place, (label, _) in enumerate(register.paid)
        ]
    return f"@media screen and (max-width:{NARROW}){{{''.join(rules)}}}\n"
