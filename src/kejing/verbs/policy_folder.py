"""Which policy a person means: a folder, or the name of a pack that ships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kejing.measure.findings import Finding, Severity
from kejing.policy import Pack, find_shipped_pack, shipped_packs


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


def load_policy(policy: str | Path, overlays: Sequence[str | Path] = ()) -> Pack:
    """The pack of ``policy`` with overlays on top.

    Raises
    ------
    RefusedInputError
        The text has errors.
    """
    return Pack.load(policy_folder(policy), [Path(overlay) for overlay in overlays])


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
