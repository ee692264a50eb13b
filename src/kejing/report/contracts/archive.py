"""Contracts on disk: each under its own hash, never in the place of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kejing.report.contracts.contract_page import ContractDesk
from kejing.report.contracts.gather import ContractSource
from kejing.report.contracts.seal import verify_seal
from kejing.report.page import asset, checked_lang, render

type Progress = Callable[[str, int, int], None]

STAGE = "contract"
"""What the progress bar calls the work."""


@dataclass(frozen=True, slots=True)
class ContractFile:
    """One contract in one language; its file is called by its hash."""

    rm_id: str
    lang: str
    sha256: str
    content: bytes

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.sha256}.html"


def contract_files(
    source: ContractSource, *, langs: Sequence[str], rm_ids: Sequence[str] = (), progress: Progress | None = None
) -> Iterator[ContractFile]:
    """Contracts one at a time, in every language asked for.

    Raises
    ------
    NobodyFoundError
        Somebody named has no target.
    """
    desks = [ContractDesk(source, checked_lang(lang)) for lang in langs]
    total = len(rm_ids or source.rm_ids())
    for done, contract in enumerate(source.contracts(rm_ids)):
        if progress is not None:
            progress(STAGE, done, total)
        for desk in desks:
            digest, content = desk.html(contract)
            yield ContractFile(contract.rm_id, desk.lang, digest, content)
    if progress is not None:
        progress(STAGE, total, total)


def write_contracts(
    source: ContractSource,
    folder: Path,
    *,
    langs: Sequence[str],
    rm_ids: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[ContractFile]:
    """Keep contracts in ``folder`` under their hashes, and list the current ones in ``index.LANG.html``.

    A document that is kept is never written again: rendering it anew gives the same hash, a changed one another.

    Raises
    ------
    BrokenSealError
        A kept document was edited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for file in contract_files(source, langs=langs, rm_ids=rm_ids, progress=progress):
        path = folder / file.name
        if path.exists():
            verify_seal(path.read_bytes(), name=file.name)
        else:
            path.write_bytes(file.content)
        found.append(file)
    for lang in langs:
        _write_index(source, folder, lang, [file for file in found if file.lang == lang])
    return found


def _write_index(source: ContractSource, folder: Path, lang: str, files: Sequence[ContractFile]) -> None:
    desk = ContractDesk(source, checked_lang(lang))
    page = render(
        "contract_index.html.j2",
        lang=desk.lang,
        numbers=desk.voice.numbers,
        scripts=[],
        sheets=(asset("templates", "statement.css"),),
        w=desk.voice.word,
        period=source.period,
        policy=f"{source.pack.name} {source.pack.version}",
        rows=[(desk.rm_name(file.rm_id), file.rm_id, file.sha256, file.name) for file in files],
    )
    (folder / f"index.{lang}.html").write_bytes(page.encode())
