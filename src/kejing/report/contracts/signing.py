"""Who has signed which version of a contract: signatures are facts, versions are hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kejing.report.read_run import Row

DOCUMENTS = frozenset({"performance_contract", "责任书"})
"""What a signature of a performance contract may call its document."""


class SignatureState(StrEnum):
    """Where an RM stands with the contract as it reads now."""

    SIGNED = "signed"  # signed by the RM as it reads now, in one of its languages
    CHANGED = "changed"  # signed by the RM, and the contract reads differently now
    UNSIGNED = "unsigned"  # not signed by the RM
    WITHOUT = "without"  # signed, and the run has no contract for the RM


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One RM: the state, what was signed last, and every other signature under it.

    ``current`` is language to hash of the contract as it reads now.
    """

    rm_id: str
    name: str
    state: SignatureState
    current: Mapping[str, str]
    signed_sha256: str
    signed_by: str
    signed_on: str
    others: tuple[str, ...]  # who else signed the version that stands in ``signed_sha256`` or the current one


def check_signatures(
    documents: Mapping[str, Mapping[str, str]], signatures: Iterable[Row], period: str, names: Mapping[str, str]
) -> list[SignatureCheck]:
    """Every RM with a contract or a signature of ``period``, by id.

    Parameters
    ----------
    documents
        RM to language to hash of the contract as it reads now.
    signatures
        Rows of fact table ``signatures``; other documents and periods are passed over.
    names
        RM to name: a signature may carry either.

    Notes
    -----
    What a head or a second party signs beside the RM is listed and does not stand for the RM's own signature. Of
    several signatures of the RM the current version's counts, else the latest.
    """
    by_rm: dict[str, list[Row]] = {}
    for row in signatures:
        if str(row["document"]) in DOCUMENTS and str(row["period"]) == period:
            by_rm.setdefault(str(row["rm_id"]), []).append(row)
    return [
        _check(rm_id, documents.get(rm_id, {}), by_rm.get(rm_id, []), names.get(rm_id, rm_id))
        for rm_id in sorted({*documents, *by_rm})
    ]


def _check(rm_id: str, current: Mapping[str, str], rows: Sequence[Row], name: str) -> SignatureCheck:
    hashes = set(current.values())
    ordered = sorted(rows, key=lambda row: (str(row["signed_on"]), str(row["document_sha256"])))
    own = [row for row in ordered if str(row["signed_by"]) in {rm_id, name}]
    valid = [row for row in own if _hash(row) in hashes]
    last = valid[-1] if valid else own[-1] if own else None
    if not current:
        state = SignatureState.WITHOUT
    elif valid:
        state = SignatureState.SIGNED
    else:
        state = SignatureState.CHANGED if own else SignatureState.UNSIGNED
    wanted = {_hash(last)} if last is not None else set()
    others = tuple(
        f"{row['signed_by']} {row['signed_on']}" for row in ordered if row not in own and _hash(row) in hashes | wanted
    )
    return SignatureCheck(
        rm_id,
        name,
        state,
        current,
        "" if last is None else _hash(last),
        "" if last is None else str(last["signed_by"]),
        "" if last is None else str(last["signed_on"]),
        others,
    )


def _hash(row: Row) -> str:
    return str(row["document_sha256"]).strip().lower()
