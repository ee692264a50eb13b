"""``kejing statement``: what each RM and unit earned in a period, and why; and the statements that a close keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from kejing.report.read_run import NotARunError
from kejing.report.statements import Standing, StatementSource, Wanted, statement_files, write_statements
from kejing.text.labels import LANGUAGES, Lang
from kejing.verbs.explaining import FactsMissingError
from kejing.verbs.running import LINKS, MARK
from kejing.warehouse.store import recover_folder

type Progress = Callable[[str, int, int], None]


def statement(
    out: str | Path,
    *,
    period: str,
    into: str | Path,
    rm: Sequence[str] = (),
    unit: Sequence[str] = (),
    lang: Lang | Sequence[Lang] = "zh",
    facts: str | Path | None = None,
    ledger: str | Path | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write statements of ``period`` as HTML and XLSX into ``into/PERIOD``.

    Parameters
    ----------
    out
        Folder of a run.
    rm, unit
        Whose; everybody's, every unit's and an index if neither is named.
    lang
        ``zh``, ``en``, or both: each statement is read once for all languages.
    facts
        The facts folder; the one the run was made from if not given.
    ledger
        The ledger: says whether the period is closed, and what was corrected.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    NotARunError, FactsMissingError, PeriodNotInRunError, NobodyFoundError
        There is nothing to write a statement of, or nothing to read it from.
    """
    folder = Path(out)
    book = None if ledger is None else Path(ledger)
    with StatementSource(folder, period, facts=facts_of(folder, facts), ledger=book) as source:
        wanted = Wanted(tuple(rm), tuple(unit))
        return write_statements(source, Path(into), langs=languages(lang), wanted=wanted, progress=progress)


def freeze(
    run_folder: str | Path,
    period: str,
    *,
    facts: str | Path | None = None,
    ledger: str | Path | None = None,
    is_provisional: bool = False,
    progress: Progress | None = None,
) -> dict[str, bytes]:
    """Every statement of ``period`` in both languages, by file name, as a close keeps them.

    Parameters
    ----------
    is_provisional
        A longer period will settle this one: the statements say that they are closed and wait for it.

    Notes
    -----
    Same run, same bytes: no clock and no chance enters. Everything is in memory at once; a close, which may keep
    thousands of RMs, writes file by file (`kejing.verbs.freezing`).
    """
    folder = Path(run_folder)
    standing = Standing.CLOSED if is_provisional else Standing.FINAL
    book = None if ledger is None else Path(ledger)
    with StatementSource(folder, period, facts=facts_of(folder, facts), ledger=book, standing=standing) as source:
        return {file.name: file.content for file in statement_files(source, langs=LANGUAGES, progress=progress)}


def languages(lang: Lang | Sequence[Lang]) -> tuple[Lang, ...]:
    """One language or several as a tuple."""
    return (lang,) if isinstance(lang, str) else tuple(lang)


def facts_of(out: Path, facts: str | Path | None) -> Path:
    """The facts folder of a run: the one given, or where the run says that it lies.

    Raises
    ------
    NotARunError
        ``out`` is no run.
    FactsMissingError
        The folder does not hold the snapshot that the run was made from.
    """
    recover_folder(out)
    if not (out / MARK).is_file():
        raise NotARunError(folder=out.name, missing=MARK)
    snapshot = json.loads((out / MARK).read_text(encoding="utf-8"))["facts"]["snapshot"]
    if facts is None:
        links = out / LINKS
        facts = out / json.loads(links.read_text(encoding="utf-8"))["facts"] if links.is_file() else out
    if not (Path(facts) / "snapshots" / snapshot).is_dir():
        raise FactsMissingError(snapshot=snapshot)
    return Path(facts)
