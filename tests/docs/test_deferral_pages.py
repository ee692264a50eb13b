"""The overlays shown on the how-to pages about deferral and grades are sound policies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kejing.verbs.policies import policy_check
from tests.architecture.tracked import REPOSITORY
from tests.docs.tutorial_files import LANGUAGES

_FILE = re.compile(r"`([\w./-]+\.(?:yaml|csv))`[^\n]*\n\n```(?:yaml|csv)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["defer-and-claw-back", "review-grades"])
def test_the_overlay_of_the_page_is_sound(page: str, language: str, tmp_path: Path) -> None:
    """Over bank_corporate the checker finds nothing but cases of the shipped policy that now say something else."""
    text = (REPOSITORY / "docs" / "how-to" / f"{page}.{language}.md").read_text(encoding="utf-8")
    files = _FILE.findall(text)
    assert files
    for name, content in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    found = {finding.code for finding in policy_check("bank_corporate", tmp_path).findings}
    assert found <= {"policy.case_failed", "policy.case_moved", "policy.case_no_row"}
