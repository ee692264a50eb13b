"""Every finding and error of the policy room can be told in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from kejing.text.catalogue import catalogue, placeholders

ROOM = Path(__file__).resolve().parents[2] / "src" / "kejing" / "policy"
RAISED = re.compile(
    r'(?:problem|FormulaProblem|FormulaSyntaxError|_refuse)\(\s*"([a-z_]+)"'
    r'|code = "(?:policy\.)?([a-z_]+)"'
    r'|\("((?:wrong|unknown)_[a-z_]+)", (?:\(|tuple)'
)
CHOSEN = {
    "missing_label",
    "missing_key",
    "open_text",
    "bad_character",
    "result_unit",
    "result_type",
    "not_a_curve",
    "curve_not_looked_up",
}
"""Codes that a condition chooses between."""


def raised_codes() -> set[str]:
    """Codes that appear in the room's source."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOM.rglob("*.py")))
    assert all(f'"{code}"' in text for code in CHOSEN)
    return CHOSEN | {code for groups in RAISED.findall(text) for code in groups if code}


def test_every_code_has_a_text() -> None:
    """A code in the source has a reason and a remedy in both languages, with the same placeholders."""
    texts = catalogue()
    wanted = raised_codes()
    assert len(wanted) > 80
    for code in wanted:
        by_language = texts[f"policy.{code}"]
        named = [placeholders(by_language[lang].reason + by_language[lang].remedy) for lang in ("zh", "en")]
        assert named[0] == named[1], code


def test_every_text_has_a_code() -> None:
    """No text outlives the finding it was for."""
    own = yaml.safe_load((ROOM.parent / "text" / "messages" / "policy.yaml").read_text(encoding="utf-8"))
    assert set(own) <= {f"policy.{code}" for code in raised_codes()}


def test_every_finding_is_in_the_reference() -> None:
    """Both pages of the reference name every code of the room."""
    own = yaml.safe_load((ROOM.parent / "text" / "messages" / "policy.yaml").read_text(encoding="utf-8"))
    errors = {"policy.not_in_pack", "policy.pack_not_found"}  # mistakes of a caller, not of a policy
    for lang in ("zh", "en"):
        page = (ROOM.parents[2] / "docs" / "reference" / f"policy-language.{lang}.md").read_text(encoding="utf-8")
        assert {code for code in own if f"`{code.removeprefix('policy.')}`" not in page} == errors
