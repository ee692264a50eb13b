"""The catalogue of messages: every code of an error or a finding has a reason and a remedy in both languages.

Texts stand in ``text/messages/<area>.yaml``::

    facts.not_a_date:
      zh: {reason: "……{value}……", remedy: "……"}
      en: {reason: "…{value}…", remedy: "…"}
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding
from kejing.text.labels import Lang

PLACE_NAMES = ("file", "sheet", "row", "column", "value")
"""Placeholders every finding can fill from its place."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is wrong and why it matters; what to do about it."""

    reason: str
    remedy: str


Sentence = Message


@cache
def catalogue() -> Mapping[str, Mapping[str, Message]]:
    """All texts by code and language.

    Raises
    ------
    KeyError
        Two areas have a text for one code, or a text lacks its reason or remedy: a mistake of ours.
    """
    found: dict[str, Mapping[str, Message]] = {}
    folder = resources.files("kejing.text").joinpath("messages")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".yaml"):
            continue
        area = yaml.load(entry.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
        for code, texts in area.items():
            if code in found:
                msg = f"Expected one text for {code}, found a second in {entry.name}."
                raise KeyError(msg)
            found[code] = {lang: Message(text["reason"], text["remedy"]) for lang, text in texts.items()}
    return found


def sentence(code: str, facts: Mapping[str, str], lang: Lang) -> Message:
    """Reason and remedy of ``code`` with ``facts`` put in.

    Raises
    ------
    KeyError
        The code has no text, or a placeholder no fact: a mistake of ours, never of the user.

    Examples
    --------
    >>> sentence("money.unknown_currency", {"currency": "XXX"}, "en").reason
    "'XXX' is not a currency code that is known here."
    """
    message = catalogue()[code][lang]
    return Message(message.reason.format_map(facts), message.remedy.format_map(facts))


def finding_sentence(finding: Finding, lang: Lang) -> Message:
    """Reason and remedy of a finding; its place fills ``{file}``, ``{sheet}``, ``{row}``, ``{column}``, ``{value}``."""
    place = finding.place
    facts = {name: str(getattr(place, name)) for name in PLACE_NAMES}
    return sentence(finding.code, facts | dict(finding.facts), lang)


def error_sentence(error: KejingError, lang: Lang) -> Message:
    """Reason and remedy of an error."""
    return sentence(error.code, error.facts, lang)


def placeholders(text: str) -> set[str]:
    """Names in braces in ``text``.

    Examples
    --------
    >>> sorted(placeholders("{file}: {value}"))
    ['file', 'value']
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
