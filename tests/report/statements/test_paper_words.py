from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

from kejing.text.labels import LANGUAGES, page_words

WORDS = page_words("papers")
HAN = re.compile(r"[\u4e00-\u9fff]")
FOLDERS = ("clauses", "statements", "contracts")
TEMPLATES = ("clauses", "statement", "unit_statement", "statement_index", "contract", "contract_index", "policy")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_words_of_papers_stand_in_both_languages() -> None:
    """Every word has both languages with the same placeholders, and no language is in the other's place."""
    for key, texts in WORDS.items():
        assert set(texts) == set(LANGUAGES), key
        assert _fields(texts["zh"]) == _fields(texts["en"]), key
        assert all(texts.values()), key
        assert not HAN.search(texts["en"]), key


def test_chinese_papers_are_punctuated_in_chinese() -> None:
    """A comma, colon, semicolon or question mark after a Chinese character is a Chinese one."""
    assert {key for key, texts in WORDS.items() if re.search(r"[\u4e00-\u9fff][,:;?!]", texts["zh"])} == set()


def test_every_word_asked_for_exists(repository: Path) -> None:
    """A constant key in the code or the templates of papers has a text."""
    report = repository / "src" / "kejing" / "report"
    asked: set[str] = set()
    for path in [file for folder in FOLDERS for file in sorted((report / folder).glob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"word", "told"}
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    asked.add(first.value)
    for name in TEMPLATES:
        text = (report / "templates" / f"{name}.html.j2").read_text(encoding="utf-8")
        asked |= {
            key for key in re.findall(r'\bw\("([a-z_.]+)"', text) if not key.endswith(".") and not key.endswith("_")
        }
    assert asked - set(WORDS) == set()
