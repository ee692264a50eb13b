"""Whatever a policy's text says, the checker answers with findings and never with a traceback."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy.check import check_folder
from tests.policy.conftest import FOLDER, SECTIONS, VOCABULARY, copy_text

FILES = sorted(path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file())
_TYPED = ["", "-", "null", "[]", "{}", "\n", "  ", ":", ",", '"', "1.5", "'", ">=", "..", "(", "2025-01-01", "- "]
_MEANT = [
    "a: &x 1\nb: *x",
    "!!python/object:os.system",
    "9" * 70,
    "%",
    "mining",
    "IF(",
    "==",
    "\t",
    "\x00",
    "not(",
    "*",
]
SCRAPS = st.sampled_from([*_TYPED, *_MEANT])


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(FILES), st.floats(0, 1), st.integers(0, 20), SCRAPS), min_size=1, max_size=2))
def test_damaged_text_gives_findings(damages: list[tuple[Path, float, int, str]]) -> None:
    """Text cut out and scraps put in at random places: the check always ends with findings, each in its place."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "essay_1"
        copy_text(FOLDER, folder)
        for file, where, cut, scrap in damages:
            text = (folder / file).read_text(encoding="utf-8")
            at = int(where * len(text))
            (folder / file).write_text(text[:at] + scrap + text[at + cut :], encoding="utf-8", newline="")
        for finding in check_folder(folder, VOCABULARY, sections=SECTIONS):
            assert finding.place.file.startswith("essay_1/")
