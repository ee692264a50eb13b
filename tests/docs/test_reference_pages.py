"""The reference pages say what the code says."""

from __future__ import annotations

import pytest

import kejing
from kejing.text.labels import Lang
from tests.docs.reference_pages import FOLDER, LANGUAGES, PAGES, bookkeeping, page_path, setting_names, up_to_date
from tests.docs.section_words import SETTING_WORDS


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_is_in_step_with_the_code(page: str, lang: Lang) -> None:
    """Running ``python -m tests.docs.reference_pages`` would change nothing."""
    assert page_path(page, lang).read_text(encoding="utf-8") == up_to_date(page, lang)


def test_every_setting_has_words_and_every_word_a_setting() -> None:
    """The list of words has the settings of the code, no more and no fewer."""
    assert set(setting_names()) == set(SETTING_WORDS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_bookkeeping_columns_are_listed(lang: Lang) -> None:
    """The page of fact tables names the columns that every table carries."""
    page = page_path("fact-tables", lang).read_text(encoding="utf-8")
    assert [name for name in bookkeeping() if f"`{name}`" not in page] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_verb_is_in_the_python_reference(lang: Lang) -> None:
    """The page on Python names each public function."""
    page = (FOLDER / f"python.{lang}.md").read_text(encoding="utf-8")
    verbs = [name for name in kejing.__all__ if not name.startswith("__")]
    assert [verb for verb in verbs if f"kejing.{verb}(" not in page] == []
