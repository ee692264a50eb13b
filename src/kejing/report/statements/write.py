"""Statements as files: every RM and unit asked for, in every language asked for, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kejing.report.page import checked_lang
from kejing.report.statements.frame import Desk
from kejing.report.statements.gather import NobodyFoundError, StatementSource
from kejing.report.statements.names import rm_file, safe, unit_file
from kejing.report.statements.rm_book import RmBook
from kejing.report.statements.rm_page import RmPage
from kejing.report.statements.unit import Member, Unit
from kejing.report.statements.unit_book import unit_book
from kejing.report.statements.unit_page import index_html, unit_html

type Progress = Callable[[str, int, int], None]

STAGE = "statement"
"""What the progress bar calls the work."""


@dataclass(frozen=True, slots=True)
class StatementFile:
    """One file: its name, relative to the folder of the period, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose statements are wanted: RMs, units, or everybody where neither is named."""

    rm_ids: Sequence[str] = ()
    unit_ids: Sequence[str] = ()

    def resolve(self, source: StatementSource) -> tuple[list[str], dict[str, list[str]]]:
        """RMs that get a statement, and units with the RMs summed in theirs.

        Raises
        ------
        NobodyFoundError
            A name is of nobody in the period.
        """
        everybody, units = source.rm_ids(), source.units()
        for kind, names, known in (("rm", self.rm_ids, everybody), ("unit", self.unit_ids, list(units))):
            for name in names:
                if name not in known:
                    raise NobodyFoundError(kind=kind, name=name, period=source.frame.period)
        if not self.rm_ids and not self.unit_ids:
            return everybody, units
        return list(self.rm_ids), {name: units[name] for name in self.unit_ids}


def statement_files(
    source: StatementSource, *, langs: Sequence[str], wanted: Wanted = Wanted(), progress: Progress | None = None
) -> Iterator[StatementFile]:
    """Files of the statements wanted, one at a time: memory does not grow with their number.

    Parameters
    ----------
    langs
        ``zh``, ``en`` or both. Each statement is read once for all of them.
    wanted
        Whose; everybody's, every unit's and an index if nobody is named.

    Raises
    ------
    NobodyFoundError
        Somebody named has no statement in the period.
    """
    desks = [Desk(source.frame, checked_lang(lang)) for lang in langs]
    own, units = wanted.resolve(source)
    needed = sorted({*own, *(rm_id for members in units.values() for rm_id in members)})
    written, members = set(own), {}
    for done, statement in enumerate(source.statements(needed)):
        if progress is not None:
            progress(STAGE, done, len(needed))
        members[statement.rm_id] = Member.of(statement)
        if statement.rm_id in written:
            for desk in desks:
                html = RmPage(desk, statement).html()
                yield StatementFile(rm_file(statement.rm_id, desk.lang, "html"), html.encode())
                yield StatementFile(rm_file(statement.rm_id, desk.lang, "xlsx"), RmBook(desk, statement).bytes())
    summed = [Unit(unit_id, [members[rm_id] for rm_id in rm_ids]) for unit_id, rm_ids in units.items()]
    for desk in desks:
        for unit in summed:
            yield StatementFile(unit_file(unit.unit_id, desk.lang, "html"), unit_html(desk, unit).encode())
            yield StatementFile(unit_file(unit.unit_id, desk.lang, "xlsx"), unit_book(desk, unit))
        if not wanted.rm_ids and not wanted.unit_ids:
            page = index_html(desk, summed, list(members.values()))
            yield StatementFile(f"index.{desk.lang}.html", page.encode())
    if progress is not None:
        progress(STAGE, len(needed), len(needed))


def write_statements(
    source: StatementSource,
    folder: Path,
    *,
    langs: Sequence[str],
    wanted: Wanted = Wanted(),
    progress: Progress | None = None,
) -> list[Path]:
    """Write the statements wanted into ``folder/PERIOD``; returns the files in the order written."""
    target = folder / safe(source.frame.period)
    found = []
    for file in statement_files(source, langs=langs, wanted=wanted, progress=progress):
        target.mkdir(parents=True, exist_ok=True)
        path = target / file.name
        path.write_bytes(file.content)
        found.append(path)
    return found
