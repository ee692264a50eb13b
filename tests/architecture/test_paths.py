"""The repository speaks of the project, not of somebody's machine."""

from __future__ import annotations

import re

from tests.architecture.tracked import REPOSITORY, repository_files

_ROOMS = "work|farm|root|tmp|home|Users"
MACHINE_PATH = re.compile(rf"(?:^|[^.\w/])/(?:{_ROOMS})/[A-Za-z.]", re.MULTILINE)
BINARY = frozenset({".parquet", ".xlsx", ".png", ".svg", ".ico", ".woff2"})
LARGEST = 1_500 * 1024


def test_no_file_names_a_place_on_a_machine() -> None:
    """No tracked text holds a path that exists on one machine only."""
    found = []
    for path in repository_files():
        if path.suffix in BINARY or path.name == "uv.lock":
            continue
        text = (REPOSITORY / path).read_text(encoding="utf-8", errors="replace")
        found += [f"{path}: {match[0].strip()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_no_file_is_large() -> None:
    """Data stay outside the repository."""
    assert [str(path) for path in repository_files() if (REPOSITORY / path).stat().st_size > LARGEST] == []
