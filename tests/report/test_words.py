from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from kejing.report.numbers import Numbers
from kejing.text.labels import LANGUAGES, CodeLabels, Words, page_words

HAN = re.compile(r"[\u4e00-\u9fff]")
SAYING = {"text", "say", "heading"}


def fields(text: str) -> set[str]:
    """Placeholders of a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_words_stand_in_both_languages() -> None:
    """Every word has both languages with the same placeholders, and no language is in the other's place."""
    for key, texts in page_words("report").items():
        assert set(texts) == set(LANGUAGES), key
        assert fields(texts["zh"]) == fields(texts["en"]), key
        assert all(texts.values()), key
        assert key == "other_language" or not HAN.search(texts["en"]), key


def test_chinese_is_punctuated_in_chinese() -> None:
    """A comma, colon, semicolon or question mark after a Chinese character is a Chinese one."""
    wrong = {
        key: texts["zh"]
        for key, texts in page_words("report").items()
        if re.search(r"[\u4e00-\u9fff][,:;?!]", texts["zh"])
    }
    assert wrong == {}


def test_every_word_asked_for_exists(repository: Path) -> None:
    """A constant key in the report's code or templates has a text."""
    folder = repository / "src" / "kejing" / "report"
    asked: set[str] = set()
    for path in sorted(folder.rglob("*.py")):
        if path.name == "quarantine.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in SAYING
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    asked.add(first.value)
    for path in sorted(folder.rglob("*.j2")):
        asked |= set(re.findall(r'say\("([a-z_.]+)"', path.read_text(encoding="utf-8")))
    assert asked - set(page_words("report")) == set()


def test_the_pack_names_its_codes() -> None:
    """The pack's list wins over our word, our word over the bare code; an unknown code stays what it is."""
    lists = {
        "rm_line": {"corporate": {"zh": "对公客户经理", "en": "corporate RM"}},
        "grade": {"gold": {"zh": "金", "en": "gold"}},
    }
    labels = CodeLabels(lists, Words("report", "zh"))
    assert labels.label("corporate", "line") == "对公客户经理"
    assert labels.label("retail", "line") == "个人"
    assert labels.label("gold", "tier") == "金"
    assert labels.label("nobody_knows", "tier") == "nobody_knows"


def test_the_order_of_a_list_is_the_order_of_the_page() -> None:
    """Tiers come in the order in which the pack lists them, strangers last."""
    lists = {"tier": {code: {"zh": code, "en": code} for code in ("large", "mid", "small")}}
    labels = CodeLabels(lists, Words("report", "en"))
    assert sorted(["small", "alien", "large", "mid"], key=lambda code: labels.rank(code, "tier")) == [
        "large",
        "mid",
        "small",
        "alien",
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "1 finding in all: 1 error, 0 warnings, 0 notes."), (2, "2 findings in all: 2 errors, 0 warnings, 0 notes.")],
)
def test_english_counts_its_nouns(number: int, said: str) -> None:
    """One finding, two findings."""
    count = Numbers("en", "CNY").count
    text = Words("report", "en").say(
        "findings.answer", total=count(number), error=count(number), warning=count(0), info=count(0)
    )
    assert text == said
