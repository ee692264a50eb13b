"""Which versions lie over a policy."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from kejing.office.feeds.models import PolicyVersion


def version_folder(version: PolicyVersion) -> Path:
    """Where the overlay of a version lies."""
    office: Path = settings.OFFICE_FOLDER
    return office / version.folder


def approved_overlays(policy: str) -> list[Path]:
    """Folders of the approved versions of a policy, in the order of their approval."""
    versions = PolicyVersion.objects.filter(policy=policy, state=PolicyVersion.State.APPROVED)
    return [version_folder(version) for version in versions.order_by("approved_on", "pk")]
