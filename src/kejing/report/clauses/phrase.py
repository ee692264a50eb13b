"""Text with links in it, put together once and written as markup or as plain text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a part of the same page; ``anchor`` has no ``#``."""

    text: str
    anchor: str


type Phrase = tuple[str | Link, ...]


def fill(template: str, **parts: Phrase | str) -> Phrase:
    """``template`` with a phrase in the place of each ``{name}``.

    Examples
    --------
    >>> fill("if {a}, then {b}", a="x > 1", b=(Link("rate", "p-rate"),))
    ('if ', 'x > 1', ', then ', Link(text='rate', anchor='p-rate'))
    """
    found: list[str | Link] = []
    at = 0
    for match in _PLACE.finditer(template):
        found.append(template[at : match.start()])
        part = parts[match[1]]
        found.extend((part,) if isinstance(part, str) else part)
        at = match.end()
    found.append(template[at:])
    return tuple(piece for piece in found if piece != "")


def joined(separator: str, parts: list[Phrase]) -> Phrase:
    """Phrases in a row."""
    found: list[str | Link] = []
    for number, part in enumerate(parts):
        if number:
            found.append(separator)
        found.extend(part)
    return tuple(found)


def plain_text(phrase: Phrase) -> str:
    """The phrase without its links."""
    return "".join(piece if isinstance(piece, str) else piece.text for piece in phrase)


def markup(phrase: Phrase) -> Markup:
    """The phrase as HTML."""
    return Markup("").join(
        escape(piece) if isinstance(piece, str) else Markup('<a href="#{}">{}</a>').format(piece.anchor, piece.text)
        for piece in phrase
    )
