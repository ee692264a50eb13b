"""The packs that come with the product."""

from __future__ import annotations

from pathlib import Path

from kejing.policy.problems import PackNotFoundError

_PACKAGE = Path(__file__).resolve().parents[1]
_HOMES = (_PACKAGE / "_packs", _PACKAGE.parents[1] / "policies")
"""In an installed package, and in a checkout."""


def shipped_packs() -> dict[str, Path]:
    """Folder of every shipped pack by name."""
    found: dict[str, Path] = {}
    for home in _HOMES:
        for policy in sorted(home.glob("*/policy.yaml")):
            found.setdefault(policy.parent.name, policy.parent)
    return found


def find_shipped_pack(name: str) -> Path:
    """Folder of the shipped pack ``name``.

    Raises
    ------
    PackNotFoundError
        No pack of that name is shipped.
    """
    packs = shipped_packs()
    try:
        return packs[name]
    except KeyError:
        raise PackNotFoundError(name=name, available=", ".join(packs)) from None
