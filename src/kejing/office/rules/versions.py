"""New versions of a policy: an overlay is brought, checked, compared, and approved by somebody else."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import Severity
from kejing.office.feeds.models import PolicyVersion
from kejing.office.feeds.policies import approved_overlays, version_folder
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.receiving import LARGEST, NotAFileForUsError, TooLargeError, unpack
from kejing.policy import Pack
from kejing.policy.diff import diff_packs
from kejing.stages.sections import check_policy
from kejing.verbs.policies import RuleDifference
from kejing.verbs.policy_cases import case_engine, failing_cases
from kejing.verbs.policy_folder import lighten_cases, load_policy

FOLDER = "policies"
_TEXTS = frozenset({".yaml", ".yml", ".csv"})
State = PolicyVersion.State


class VersionOwnWorkError(KejingError):
    """Nobody approves a version that he brought."""

    code = "office.version_own_work"


class VersionWrongStateError(KejingError):
    """The version does not wait for this step, or its files are not what was brought."""

    code = "office.version_wrong_state"


def in_force(policy: str) -> Pack:
    """The policy with its approved versions."""
    return load_policy(policy, approved_overlays(policy))


def bring_version(
    *, viewer: Viewer, policy: str, title: str, reason: str, upload: UploadedFile[bytes]
) -> PolicyVersion:
    """Keep an overlay that was brought as a zip, if the policy with it has no errors.

    Raises
    ------
    RefusedInputError
        It has.
    NotAFileForUsError, TooLargeError, UnsafeArchiveError
        The archive is refused.
    """
    viewer.require(Power.DRAFT_CHANGE)
    with tempfile.TemporaryDirectory(prefix="kejing-version-") as scratch:
        overlay = _unpacked(upload, Path(scratch))
        _check(policy, overlay)
        digest = _digest(overlay)
        name = f"{FOLDER}/{digest}"
        shutil.copytree(overlay, settings.OFFICE_FOLDER / name, dirs_exist_ok=True)
    with viewer.act("rules.brought", power=Power.DRAFT_CHANGE, reason=reason, policy=policy, title=title) as doing:
        return doing.add(
            PolicyVersion(
                policy=policy,
                title=title,
                reason=reason,
                folder=name,
                sha256=digest,
                drafted_by=viewer.user,
                drafted_on=viewer.today,
            )
        )


def differences(version: PolicyVersion) -> list[RuleDifference]:
    """Rules that a version changes in what is in force without it."""
    below = [folder for folder in approved_overlays(version.policy) if folder != version_folder(version)]
    before, after = load_policy(version.policy, below), load_policy(version.policy, [*below, version_folder(version)])
    return [
        RuleDifference(
            f"{change.kind} {change.name}{f'#{change.rule_id}' if change.rule_id else ''}",
            str(change.before or ""),
            str(change.after or ""),
        )
        for change in diff_packs(before, after)
    ]


def approve_version(*, viewer: Viewer, version: PolicyVersion) -> None:
    """Put a version in force for the runs to come.

    Raises
    ------
    VersionOwnWorkError
        The viewer brought it.
    VersionWrongStateError
        It waits for no approval, or its files were touched since.
    RefusedInputError
        With what was approved in the meantime it has errors.
    """
    with viewer.act("rules.approved", power=Power.APPROVE_POLICY, title=version.title, policy=version.policy) as doing:
        version.refresh_from_db()
        if version.drafted_by in {viewer.user, viewer.on_behalf_of}:
            raise VersionOwnWorkError(title=version.title)
        if version.state != State.DRAFT or _digest(version_folder(version)) != version.sha256:
            raise VersionWrongStateError(title=version.title)
        _check(version.policy, version_folder(version))
        values = {"approved_by": viewer.user, "approved_on": viewer.today}
        doing.change(version, expected_version=version.version, state=State.APPROVED, **values)


def withdraw_version(*, viewer: Viewer, version: PolicyVersion, reason: str) -> None:
    """Take a version out of the runs to come; what was run with it stays."""
    with viewer.act("rules.withdrawn", power=Power.APPROVE_POLICY, reason=reason, title=version.title) as doing:
        version.refresh_from_db()
        doing.change(version, expected_version=version.version, state=State.WITHDRAWN)


def _check(policy: str, overlay: Path) -> None:
    """Refuse a version with which the policy has errors or its own cases fail."""
    below = approved_overlays(policy)
    pack = load_policy(policy, [*below, overlay])
    with case_engine() as run_sql:
        found = check_policy(pack, run_sql=run_sql)
    findings = lighten_cases([*found, *failing_cases(pack)], [*below, overlay])
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise RefusedInputError(errors, source=pack.name)


def _unpacked(upload: UploadedFile[bytes], scratch: Path) -> Path:
    if (upload.size or 0) > LARGEST:
        raise TooLargeError(file=upload.name, largest=LARGEST // 1024 // 1024)
    archive = scratch / "overlay.zip"
    with archive.open("wb") as out:
        for chunk in upload.chunks():
            out.write(chunk)
    folder = scratch / "overlay"
    if not unpack(archive, folder, _TEXTS):
        raise NotAFileForUsError(file=upload.name, kinds=", ".join(sorted(_TEXTS)))
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(
            f"{path.relative_to(folder).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return digest.hexdigest()
