"""Words of the pages: ``words.yaml`` of each app, Chinese and English; traditional script is made from simplified.

A key starts with its app: ``home.title: {zh: …, en: …}``. Placeholders are those of `str.format`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import opencc
import yaml
from django.apps import apps
from django.utils.translation import get_language

from kejing.measure.errors import KejingError
from kejing.text.catalogue import Message, error_sentence
from kejing.text.labels import Lang

_OWN = "kejing.office."
_KEPT = 20_000


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Every key of every app with ``{zh, en}``.

    Raises
    ------
    KeyError
        A key does not start with its app: a mistake of ours.
    """
    found: dict[str, Mapping[str, str]] = {}
    for app in apps.get_app_configs():
        path = Path(app.path) / "words.yaml"
        if not app.name.startswith(_OWN) or not path.is_file():
            continue
        for key, texts in (yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}).items():
            if key.partition(".")[0] != app.label:
                msg = f"Expected keys of {app.label} in its words.yaml, got {key}."
                raise KeyError(msg)
            found[key] = texts
    return found


def language() -> Lang:
    """The language of the texts that the reader sees."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say(key: str, **facts: object) -> str:
    """The text of ``key`` in the reader's language and script, placeholders filled.

    Raises
    ------
    KeyError
        There is no such key: a mistake of ours.
    """
    return in_script(all_words()[key][language()]).format(**facts)


def has_words(key: str) -> bool:
    """Whether there is a text of ``key``."""
    return key in all_words()


def error_words(error: KejingError) -> Message:
    """Reason and remedy of an error in the reader's language and script."""
    message = error_sentence(error, language())
    return Message(in_script(message.reason), in_script(message.remedy))


def in_script(text: str) -> str:
    """Chinese ``text`` in the script of the reader; any other text as it is."""
    return _traditional(text) if get_language() == "zh-hant" else text


@lru_cache(maxsize=_KEPT)
def _traditional(text: str) -> str:
    return str(_converter().convert(text))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")
