"""What the product needs at run time is chosen, recorded and permissive."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import metadata

import pytest

from tests.architecture.tracked import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = [line for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
RUNTIME = sorted(re.split(r"[<>=!~\[; ]", line)[0] for line in [*PROJECT["project"]["dependencies"], *EXTRAS])
RECORD = (REPOSITORY / "docs" / "decisions" / "0008-runtime-dependencies.md").read_text(encoding="utf-8")
COPYLEFT = re.compile(r"\b(?:A?GPL|General Public License|SSPL|EUPL)", re.IGNORECASE)


@pytest.mark.parametrize("name", RUNTIME)
def test_runtime_dependency_is_recorded(name: str) -> None:
    """Each run-time dependency has its row of licence, upkeep and reason."""
    assert re.search(rf"^\| {re.escape(name)} \|", RECORD, re.MULTILINE | re.IGNORECASE)


def test_record_lists_nothing_else() -> None:
    """A dependency that is gone is gone from the record too."""
    table = RECORD.split("## Decision", 1)[1].split("\n## ", 1)[0]
    rows = [row.split("|")[1].strip().lower() for row in table.splitlines() if row.startswith("| ")]
    assert sorted(row for row in rows if row not in {"package", "---"}) == RUNTIME


@pytest.mark.parametrize("name", RUNTIME)
def test_runtime_dependency_is_permissive(name: str) -> None:
    """No copyleft beyond the lesser kind comes in at run time."""
    about = metadata(name)
    named = [word for word in about.get_all("Classifier") or [] if word.startswith("License ::")]
    licences = about.get("License-Expression") or " ".join(named) or about.get("License") or ""
    assert licences.strip(), "The package states no licence."
    assert not COPYLEFT.search(licences.replace("LGPL", "")), licences
