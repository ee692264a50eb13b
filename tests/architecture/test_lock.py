"""What is installed is what was locked, and nothing locked was new."""

from __future__ import annotations

import tomllib

from tests.architecture.tracked import REPOSITORY

LOCK = tomllib.loads((REPOSITORY / "uv.lock").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def test_releases_wait_a_week() -> None:
    """The waiting time stands in the project and in the lock that was made from it."""
    assert PROJECT["tool"]["uv"]["exclude-newer"] == "7 days"
    assert LOCK["options"]["exclude-newer-span"] == "P7D"


def test_every_locked_file_has_its_hash() -> None:
    """A package comes from the public index with a hash for each file; nothing comes from a path or a branch."""
    others = [package for package in LOCK["package"] if package["name"] != PROJECT["project"]["name"]]
    assert others
    for package in others:
        assert set(package["source"]) == {"registry"}, package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        assert files, package["name"]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]
