"""The commands of the examples' pages, run once each on the shared data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.examples.command import Door, Ran


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """The command line, with a folder for what it writes."""
    return Door(tmp_path_factory.mktemp("examples"))


@pytest.fixture(scope="session")
def brought(door: Door, repository: Path, shared_data: Path) -> Callable[..., Ran]:
    """Import a data set by the mapping of an example: ``brought(example, data, year=2022)``."""

    def bring(example: str, data: str, **settings: object) -> Ran:
        mapping = repository / "examples" / example / "mapping.yaml"
        pairs = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
        folder = "_".join(["facts", example, *(str(value) for value in settings.values())])
        return door.run("import", shared_data / "data" / data, "--mapping", mapping, *pairs, folder=folder, to="--into")

    return bring


@pytest.fixture(scope="session")
def ran(door: Door, repository: Path) -> Callable[..., Ran]:
    """Run the policy of an example on brought facts: ``ran(example, facts, as_of)``."""

    def run(example: str, facts: Ran, as_of: str, *options: str) -> Ran:
        policy = repository / "examples" / example / "policy"
        folder = f"out_{example}_{as_of}"
        return door.run("run", facts.folder, "--policy", policy, "--as-of", as_of, *options, folder=folder, to="--out")

    return run
