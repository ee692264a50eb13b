"""A policy file nested as no policy is: a finding, never a crash of the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from kejing.measure.findings import Finding
from kejing.policy.source import read_yaml

DEEP = 100_000


@pytest.mark.parametrize("text", ["a: " + "[" * DEEP + "]" * DEEP, "[" * DEEP, "{" * DEEP, "- " * DEEP])
def test_endless_nesting_is_refused(tmp_path: Path, text: str) -> None:
    """Open or closed, lists or maps, in one line: one finding that says so."""
    path, findings = tmp_path / "policy.yaml", list[Finding]()
    path.write_text(text, encoding="utf-8")
    assert read_yaml(path, "policy.yaml", findings).data == {}
    assert [(each.code, each.facts["detail"]) for each in findings] == [("policy.bad_yaml", "nested too deep")]
