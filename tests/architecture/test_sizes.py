"""A module fits in a reader's head."""

from __future__ import annotations

import ast

from tests.architecture.tracked import python_files, text_of

UNEASY = 350
TOO_LONG = 500
LONG_FUNCTION = 40


def test_no_module_is_too_long() -> None:
    """No module has more than 500 lines; those above 350 are listed for a second look."""
    sizes = {path.as_posix(): len(text_of(path).splitlines()) for path in python_files("src", "tests", "benchmarks")}
    for path, lines in sorted(sizes.items(), key=lambda item: -item[1]):
        if lines > UNEASY:
            print(f"{lines:5} lines  {path}")
    assert {path: lines for path, lines in sizes.items() if lines > TOO_LONG} == {}


def test_long_functions_are_few() -> None:
    """At most one function in twenty of the product is longer than 40 lines of code, without its docstring."""
    lengths = {}
    for path in python_files("src"):
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
                lines = node.end_lineno - body[0].lineno + 1 if body and node.end_lineno else 0
                lengths[f"{path.as_posix()}:{node.lineno} {node.name}"] = lines
    long = {name: lines for name, lines in lengths.items() if lines > LONG_FUNCTION}
    for name, lines in sorted(long.items(), key=lambda item: -item[1]):
        print(f"{lines:5} lines  {name}")
    assert len(long) * 20 <= len(lengths), long
