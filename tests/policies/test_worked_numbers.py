"""The page of worked numbers names cases and tests that exist, and every number of it stands in its proof."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kejing.verbs.policies import policy_test

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "algorithms" / "worked-numbers.md"
REBASE = Path(__file__).parent / "overlays" / "handover_rebase"
_PROOF = re.compile(r"(case )?`([^`]+)`")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@cache
def cases() -> dict[str, str]:
    """Text of every case of the shipped policies, the example plans and the overlay of the handover, by name."""
    folders = [REPOSITORY / "policies", REPOSITORY / "examples" / "plans", REBASE]
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("cases/*.yaml"))):
        for block in re.split(r"\n(?=(?:#[^\n]*\n)?- case: )", "\n" + path.read_text(encoding="utf-8")):
            name = re.search(r"- case: \"?([^\"\n]+?)\"?\n", block)
            if name:
                found[name[1]] = block
    return found


def proof(token: tuple[str, str]) -> str:
    """Text of a case, or of a test function; `*` stands for the whole file."""
    is_case, name = token
    if is_case:
        return cases()[name]
    path, function = name.split("::")
    source = (REPOSITORY / path).read_text(encoding="utf-8")
    if function == "*":
        return source
    [found] = [one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == function]
    first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
    return "\n".join(source.splitlines()[first - 1 : found.end_lineno])


def rows() -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """What, its numbers, and its proofs."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("|") and len(cells) >= 2 and "`" in cells[-1]:
            yield cells[0], cells[1] if len(cells) == 3 else "", _PROOF.findall(cells[-1])


def plain(text: str) -> set[str]:
    """Numbers of a text without commas, strokes and closing zeros."""
    joined = re.sub(r"(?<=\d)[_,](?=\d)", "", text)
    found = set()
    for one in re.findall(r"\d+(?:\.\d+)?", joined):
        found.add(one.rstrip("0").rstrip(".") if "." in one else one)
    return found


@pytest.mark.parametrize(("what", "numbers", "proofs"), list(rows()), ids=[row[0][:30] for row in rows()])
def test_every_number_stands_in_its_proof(what: str, numbers: str, proofs: list[tuple[str, str]]) -> None:
    """As it is written, or in the smallest unit."""
    assert proofs, what
    said = set().union(*(plain(proof(token)) for token in proofs))
    for number in _NUMBER.findall(numbers):
        value = number.replace(",", "")
        value = value.rstrip("0").rstrip(".") if "." in value else value
        whole, _, digits = value.partition(".")
        minor = str(int(whole + digits.ljust(2, "0"))) if len(digits) <= 2 else value
        assert {value, minor} & said, (what, number)


def test_a_handover_may_rebase() -> None:
    """C is measured from the balance of the day of the handover: 756.16 in place of 1,260.27, both ways of running."""
    answer = policy_test("bank_corporate", REBASE)
    assert [(one.code, dict(one.facts)) for one in answer.findings] == []
