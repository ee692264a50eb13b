"""The performance contract (责任书) of an RM as it reads now, and its acceptance by the RM in person."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from kejing.measure.errors import KejingError
from kejing.office.books.models import Acceptance
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.report.contracts import ContractFile, ContractSource, contract_files
from kejing.text.labels import Lang
from kejing.verbs.stating import facts_of

KEPT = "contracts"
"""Folder of the office in which accepted texts are kept, each under its hash."""


class ContractChangedError(KejingError):
    """The contract reads differently from the text that was on the screen."""

    code = "office.contract_changed"


class NotInPersonError(KejingError):
    """Only the RM himself accepts his contract."""

    code = "office.contract_not_in_person"


def contract_of(run: Run, year: str, rm_id: str, lang: Lang) -> ContractFile:
    """The contract, rendered.

    Raises
    ------
    NobodyFoundError, PeriodNotInRunError, FactsMissingError
        There is nothing to make a contract of.
    """
    folder = run_folder(run)
    with ContractSource(folder, year, facts=facts_of(folder, None)) as source:
        (made,) = contract_files(source, langs=[lang], rm_ids=[rm_id])
    return made


def accept(*, viewer: Viewer, run: Run, year: str, file: ContractFile, read_sha256: str) -> Acceptance:
    """Accept the contract whose text was read; the text is kept under its hash.

    Raises
    ------
    NotInPersonError
        The viewer is not the RM, or stands in for him.
    ContractChangedError
        Another text than the one that was read would be accepted.
    """
    with viewer.act(
        "targets.accepted", power=Power.ACCEPT_TARGET, rm_id=file.rm_id, year=year, sha256=file.sha256
    ) as doing:
        if viewer.on_behalf_of is not None or file.rm_id not in viewer.rm_ids:
            raise NotInPersonError(rm_id=file.rm_id)
        if read_sha256 != file.sha256:
            raise ContractChangedError(read=read_sha256[:12], now=file.sha256[:12])
        before = Acceptance.objects.filter(rm_id=file.rm_id, document_sha256=file.sha256).first()
        if before is not None:
            return before
        _keep(file)
        return doing.add(
            Acceptance(
                rm_id=file.rm_id,
                policy=run.policy,
                period=year,
                language=file.lang,
                document_sha256=file.sha256,
                accepted_by=viewer.user,
                accepted_on=viewer.today,
            )
        )


def _keep(file: ContractFile) -> None:
    folder = Path(settings.OFFICE_FOLDER) / KEPT
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.name
    if not path.exists():
        path.write_bytes(file.content)
