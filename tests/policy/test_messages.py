"""Every finding and error of the policy room can be told in both languages."""

from __future__ import annotations

import re
from pathlib import Path

from kejing.text.catalogue import catalogue, placeholders

ROOM = Path(__file__).resolve().parents[2] / "src" / "kejing" / "policy"
RAISED = re.compile(
    r'(?:problem|FormulaProblem|FormulaSyntaxError|_refuse)\(\s*"([a-z_]+)"'
    r'|code = "(?:policy\.)?([a-z_]+)"'
    r'|\("((?:wrong|unknown)_[a-z_]+)", (?:\(|tuple)'
    r'|= "([a-z_]+)" if |else "([a-z_]+)"$',
    re.MULTILINE,
)


def raised_codes() -> set[str]:
    """Codes that appear in the room's source."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(ROOM.rglob("*.py")))
    return {code for groups in RAISED.findall(text) for code in groups if code}


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
    assert {code for code in catalogue() if code.startswith("policy.")} <= {f"policy.{code}" for code in raised_codes()}
