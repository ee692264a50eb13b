"""Which policy a person means: a folder, or the name of a pack that ships."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kejing.measure.findings import Finding, Severity
from kejing.policy import Pack, find_shipped_pack, shipped_packs

GRAIN_OVERLAY = "calendar-grain"
"""Name of the overlay that another length of the periods makes."""


def policy_folder(policy: str | Path) -> Path:
    """The folder of ``policy``: the path if it is a folder, else the shipped pack of that name.

    Raises
    ------
    PackNotFoundError
        Neither a folder nor a shipped pack.
    """
    folder = Path(policy)
    if folder.is_dir():
        return folder
    return find_shipped_pack(str(policy))


def load_policy(policy: str | Path, overlays: Sequence[str | Path] = (), *, grain: str | None = None) -> Pack:
    """The pack of ``policy`` with overlays on top.

    Parameters
    ----------
    grain
        Length of the periods in the place of the policy's own: one more overlay, laid on last.

    Raises
    ------
    RefusedInputError
        The text has errors.
    """
    folders = [Path(overlay) for overlay in overlays]
    if grain is None:
        return Pack.load(policy_folder(policy), folders)
    with tempfile.TemporaryDirectory() as scratch:
        last = Path(scratch) / GRAIN_OVERLAY
        last.mkdir()
        (last / "policy.yaml").write_text(f"calendar: {{grain: {grain}}}\n", encoding="utf-8")
        return Pack.load(policy_folder(policy), [*folders, last])


def lighten_cases(findings: Sequence[Finding], overlays: Sequence[str | Path]) -> list[Finding]:
    """Findings in which the cases below an overlay are worth knowing and no longer an error.

    A pack's cases prove its figures as they stand. A change laid over it is meant to move figures, so such a case
    says what moves; the overlay's own cases must hold.
    """
    changed = {Path(overlay).name for overlay in overlays}

    def is_below(finding: Finding) -> bool:
        folder, _, rest = finding.place.file.partition("/")
        return bool(changed) and rest.startswith("cases/") and folder not in changed

    return [replace(finding, severity=Severity.INFO) if is_below(finding) else finding for finding in findings]


__all__ = ["lighten_cases", "load_policy", "policy_folder", "shipped_packs"]
