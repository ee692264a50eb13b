"""Which policy a person means: a folder, or the name of a pack that ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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


__all__ = ["load_policy", "policy_folder", "shipped_packs"]
