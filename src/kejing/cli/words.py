"""Words of the command line in both languages."""

from __future__ import annotations

from functools import cache

from kejing.text.labels import Lang, Words


@cache
def _words(lang: Lang) -> Words:
    return Words("cli", lang)


def word(key: str, lang: Lang) -> str:
    """The text of ``key``, placeholders still in.

    Examples
    --------
    >>> word("severity.error", "en")
    'error'
    """
    return _words(lang).template(key)
