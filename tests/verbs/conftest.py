from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

import kejing
from tests.verbs.small_files import import_bank, varied_bank


@dataclass(frozen=True)
class SmallRun:
    """A facts folder and a run over it."""

    facts: Path
    out: Path


@pytest.fixture(scope="session")
def small_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts of the varied bank."""
    return import_bank(varied_bank(), tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="session")
def small_run(small_facts: Path, tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """The varied bank under the corporate policy, as of 30 June 2025."""
    out = tmp_path_factory.mktemp("run") / "out"
    kejing.run(small_facts, policy="bank_corporate", as_of="2025-06-30", out=out)
    return SmallRun(small_facts, out)
