"""The files of the repository that people read: what git tracks or would track, else what lies in the folders."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "kejing"
_FOLDERS = ("src", "tests", "docs", "policies", "examples", "benchmarks", ".ci")


@cache
def repository_files() -> tuple[Path, ...]:
    """Paths relative to the repository, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode == 0:
        names = {name for name in listed.stdout.split("\0") if name}
    else:  # an unpacked source archive
        found = [path for folder in _FOLDERS for path in (REPOSITORY / folder).rglob("*")]
        names = {path.relative_to(REPOSITORY).as_posix() for path in [*found, *REPOSITORY.glob("*")]}
    paths = (Path(name) for name in sorted(names) if "__pycache__" not in name)
    return tuple(path for path in paths if (REPOSITORY / path).is_file())


def python_files(*folders: str) -> list[Path]:
    """Python files under ``folders``, relative to the repository."""
    return [path for path in repository_files() if path.suffix == ".py" and path.parts[0] in folders]


def text_of(path: Path) -> str:
    """The text of a repository file."""
    return (REPOSITORY / path).read_text(encoding="utf-8")
