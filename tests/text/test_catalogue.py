"""Every message exists in both languages, with the same placeholders, and every code has one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kejing.facts.convert.problems import CODES
from kejing.text.catalogue import PLACE_NAMES, catalogue, placeholders

_SOURCES = sorted((Path(__file__).parents[2] / "src" / "kejing").rglob("*.py"))
_AREAS = {code.split(".")[0] for code in catalogue()}


def _is_code(text: object) -> bool:
    """Whether a string looks like a dotted code of one of the areas."""
    return isinstance(text, str) and text.count(".") == 1 and text.split(".")[0] in _AREAS and " " not in text


def _codes(tree: ast.AST) -> set[str]:
    """Codes a module names: ``code="…"`` of a call, ``code = "…"`` of a class."""
    found = set()
    for node in ast.walk(tree):
        value: ast.expr | None = None
        if (isinstance(node, ast.keyword) and node.arg == "code") or (
            isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "code" for to in node.targets)
        ):
            value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and "." in value.value:
            found.add(value.value)
    return found


def _finding_facts(tree: ast.AST) -> list[tuple[str, set[str]]]:
    """Codes of ``Finding(code="…", facts={"…": …})`` with the names of their facts, where both are literal."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            code, facts = given.get("code"), given.get("facts")
            if isinstance(code, ast.Constant) and isinstance(facts, ast.Dict):
                names = {key.value for key in facts.keys if isinstance(key, ast.Constant)}
                if len(names) == len(facts.keys):
                    found.append((str(code.value), {str(name) for name in names}))
    return found


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_both_languages_say_the_same(code: str) -> None:
    """Reason and remedy are there in Chinese and English and use the same facts."""
    texts = catalogue()[code]
    assert set(texts) == {"zh", "en"}
    for lang in ("zh", "en"):
        assert texts[lang].reason.strip()
        assert texts[lang].remedy.strip()
    used = {lang: placeholders(texts[lang].reason) | placeholders(texts[lang].remedy) for lang in ("zh", "en")}
    labels = {"zh", "en"}  # a text of the user's own in the language of the message
    assert used["zh"] - labels == used["en"] - labels


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: "/".join(path.parts[path.parts.index("kejing") :]))
def test_every_code_used_has_a_text(path: Path) -> None:
    """A code without a text would leave a person without a remedy."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert _codes(tree) - set(catalogue()) == set()


def test_facts_of_findings_fill_their_texts() -> None:
    """Placeholders are filled by the place of the finding or by the facts it is made with."""
    for path in _SOURCES:
        for code, facts in _finding_facts(ast.parse(path.read_text(encoding="utf-8"))):
            for message in catalogue()[code].values():
                assert placeholders(message.reason) | placeholders(message.remedy) <= facts | set(PLACE_NAMES), code


def test_every_text_of_the_import_is_used() -> None:
    """No text stands for a code that the import never gives."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in _SOURCES if "facts" in path.parts)
    unused = [code for code in catalogue() if code.startswith("facts.") and f'"{code}"' not in text]
    assert unused == []
    assert set(CODES.values()) <= set(catalogue())
