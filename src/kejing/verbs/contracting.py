"""``kejing contract`` and ``kejing policy render``: 责任书, who signed them, and the 管理办法 as a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.report.contracts import (
    ContractFile,
    ContractSource,
    SignatureCheck,
    check_signatures,
    contract_files,
    policy_html,
    write_contracts,
)
from kejing.text.labels import LANGUAGES, Lang
from kejing.verbs.policy_folder import load_policy
from kejing.verbs.stating import facts_of, languages
from kejing.warehouse.engine import DuckEngine

type Progress = Callable[[str, int, int], None]

_SIGNATURES = "SELECT * FROM signatures ORDER BY rm_id, document, period, signed_by, document_sha256"


@dataclass(frozen=True, slots=True)
class WrittenContract:
    """A contract that is kept: whose, in which language, its hash and its file."""

    rm_id: str
    lang: str
    sha256: str
    path: Path


def contract(
    out: str | Path,
    *,
    period: str,
    into: str | Path,
    rm: Sequence[str] = (),
    lang: Lang | Sequence[Lang] = "zh",
    facts: str | Path | None = None,
    progress: Progress | None = None,
) -> list[WrittenContract]:
    """Render the performance contracts of ``period`` and keep each under its own hash in ``into``.

    Parameters
    ----------
    out
        Folder of a run: targets and policy are those of the run.
    period
        A year, or one of its periods.
    rm
        Whose; everybody's with a target if nobody is named.
    into
        Folder of ``SHA256.html``; what is kept there is never written again.

    Raises
    ------
    NotARunError, FactsMissingError, PeriodNotInRunError, NobodyFoundError
        There is nothing to make a contract of.
    BrokenSealError
        A contract that is kept was edited.
    """
    folder = Path(into)
    with _open(out, period, facts) as source:
        files = write_contracts(source, folder, langs=languages(lang), rm_ids=tuple(rm), progress=progress)
    return [WrittenContract(file.rm_id, file.lang, file.sha256, folder / file.name) for file in files]


def contract_check(
    out: str | Path,
    *,
    period: str,
    signatures: str | Path,
    rm: Sequence[str] = (),
    facts: str | Path | None = None,
    progress: Progress | None = None,
) -> list[SignatureCheck]:
    """Who has signed the contract as it reads now, who another version, who none.

    Parameters
    ----------
    signatures
        Facts folder whose table ``signatures`` counts, as known today: it may be newer than the run's facts.
    rm
        Whose; everybody's if nobody is named.

    Raises
    ------
    NotARunError, FactsMissingError, PeriodNotInRunError, NobodyFoundError, NoFactsError
        There is nothing to compare.
    """
    with _open(out, period, facts) as source:
        documents: dict[str, dict[str, str]] = {}
        for file in contract_files(source, langs=LANGUAGES, rm_ids=tuple(rm), progress=progress):
            documents.setdefault(file.rm_id, {})[file.lang] = file.sha256
        names = dict(source.names)
    with DuckEngine() as engine:
        attach_facts(engine, Path(signatures), known_on=LAST_DAY)
        rows = engine.fetch(_SIGNATURES).to_pylist()
    wanted = [row for row in rows if not rm or row["rm_id"] in rm]
    return check_signatures(documents, wanted, period, names)


def policy_render(
    policy: str | Path, *, into: str | Path, overlays: Sequence[str | Path] = (), lang: Lang = "zh"
) -> Path:
    """Write a policy as a readable document.

    Parameters
    ----------
    policy
        Folder of a policy pack, or the name of a shipped one.
    into
        The HTML file to write.

    Raises
    ------
    RefusedInputError
        The policy has errors.
    """
    target = Path(into)
    page = policy_html(load_policy(policy, overlays), lang=lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(page.encode())
    return target


def as_json(check: SignatureCheck) -> dict[str, Any]:
    """One line of the answer for programs."""
    return asdict(check) | {"state": str(check.state)}


def _open(out: str | Path, period: str, facts: str | Path | None) -> ContractSource:
    folder = Path(out)
    return ContractSource(folder, period, facts=facts_of(folder, facts))


__all__ = ["ContractFile", "WrittenContract", "as_json", "contract", "contract_check", "policy_render"]
