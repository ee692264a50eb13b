"""One word per idea, and no junk drawers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kejing.facts.schema import FACT_TABLES
from kejing.stages.tables import OUT_TABLES
from tests.architecture.tracked import python_files, repository_files, text_of

AMBIGUOUS = "manager"
JUNK_DRAWERS = frozenset({"base", "common", "core", "helper", "helpers", "lib", "misc", "tools", "util", "utils"})
CODE = python_files("src", "tests", "benchmarks")
POLICY_TEXTS = [
    path for path in repository_files() if path.suffix == ".yaml" and path.parts[0] in {"policies", "examples"}
]


def _defined_names(tree: ast.AST) -> Iterator[str]:
    """Names that a module gives, not those it takes from elsewhere."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.TypeVar(name=name) | ast.alias(asname=str(name)):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def _keys(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from _keys(item)


@pytest.mark.parametrize("path", CODE, ids=str)
def test_the_rm_is_called_rm(path: Path) -> None:
    """The relationship manager is ``rm``; the longer word means three things here, so it means nothing."""
    names = {*_defined_names(ast.parse(text_of(path))), path.stem}
    assert [name for name in sorted(names) if AMBIGUOUS in name.lower()] == []


def test_policy_keys_call_the_rm_rm() -> None:
    """Names in policies and mappings are identifiers too."""
    keys = {key for path in POLICY_TEXTS for text in yaml.safe_load_all(text_of(path)) for key in _keys(text)}
    assert [key for key in sorted(keys) if AMBIGUOUS in key.lower()] == []


@pytest.mark.parametrize("path", CODE, ids=str)
def test_no_junk_drawer(path: Path) -> None:
    """A module says what is in it."""
    assert JUNK_DRAWERS.isdisjoint({path.stem.strip("_").lower(), *(part.lower() for part in path.parts[1:-1])})


def test_tables_and_columns_are_plain_words() -> None:
    """Names of tables and columns are lower-case words, so that they need no quotes on any engine."""
    names = {column.name for table in FACT_TABLES.values() for column in table.columns}
    names |= {column.name for table in OUT_TABLES.values() for column in table.columns}
    names |= {*FACT_TABLES, *OUT_TABLES}
    assert [name for name in sorted(names) if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)] == []
