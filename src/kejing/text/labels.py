"""Words of the pages in both languages, and labels of codes from the policy pack."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, cast

import yaml

type Lang = Literal["zh", "en"]
type CodeLists = Mapping[str, Mapping[str, Mapping[str, str]]]

LANGUAGES: tuple[Lang, ...] = ("zh", "en")
HTML_LANG: dict[Lang, str] = {"zh": "zh-Hans", "en": "en"}


@cache
def page_words(area: str) -> Mapping[str, Mapping[str, str]]:
    """Key to ``{zh, en}`` of one area, as ``text/words/<area>.yaml`` has them."""
    text = resources.files("kejing.text").joinpath("words", f"{area}.yaml").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[str, str]]", yaml.safe_load(text))


class Words:
    """The words of one area in one language.

    Examples
    --------
    >>> Words("report", "en").say("section.tiers")
    'Tiers of customers'
    """

    def __init__(self, area: str, lang: Lang) -> None:
        self.area = area
        self.lang = lang
        self._texts = {key: text[lang] for key, text in page_words(area).items()}

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def template(self, key: str) -> str:
        """The text of ``key`` with its placeholders still in.

        Raises
        ------
        KeyError
            The area has no such key: a mistake of ours, never of the user.
        """
        return self._texts[key]

    def say(self, key: str, **facts: object) -> str:
        """The text of ``key`` with its placeholders filled."""
        return self.template(key).format(**facts)


class CodeLabels:
    """What a code is called: the pack's code lists first, then the words of the product, then the code itself.

    Parameters
    ----------
    code_lists
        ``code_lists`` of ``policy.yaml``: list to code to ``{zh, en}``.
    words
        Words holding ``code.<list>.<code>`` for the codes that belong to the product.
    """

    def __init__(self, code_lists: CodeLists, words: Words) -> None:
        self._words = words
        self._lists = {
            name: {str(code): str(label.get(words.lang, code)) for code, label in codes.items()}
            for name, codes in code_lists.items()
        }

    def _named(self, kind: str) -> list[Mapping[str, str]]:
        """The pack's lists for ``kind``, the closest name first: ``tier``, ``tiers``, ``corporate_tier`` …."""
        close = [name for name in (kind, f"{kind}s") if name in self._lists]
        wider = sorted(name for name in self._lists if name not in close and kind in name.split("_"))
        return [self._lists[name] for name in close + wider]

    def label(self, code: str | None, kind: str) -> str:
        """The label of ``code`` among codes of ``kind`` (``tier``, ``scheme``, ``component`` …)."""
        if code is None:
            return ""
        named = self._named(kind)
        for codes in named:
            if code in codes:
                return codes[code]
        key = f"code.{kind}.{code}"
        if key in self._words:
            return self._words.say(key)
        found = {codes[code] for codes in self._lists.values() if code in codes}
        return found.pop() if len(found) == 1 else code

    def within(self, code: str, name: str) -> str | None:
        """The label of ``code`` in the pack's list ``name``, if it has one."""
        return self._lists.get(name, {}).get(code)

    def rank(self, code: str, kind: str) -> tuple[int, int, str]:
        """Sort key: the order of the pack's list, then codes it does not know, by code."""
        for at, codes in enumerate(self._named(kind)):
            if code in codes:
                return (at, list(codes).index(code), code)
        return (len(self._lists), 0, code)
