"""PostgreSQL's part of a backup: the dump of one moment, what it holds, and the way back into an empty database.

All is asked of PostgreSQL's own tools. What a dump or a database holds is counted in the text that these write, so that
the counts are those of the dump itself, whoever writes in the meantime.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kejing.measure.errors import KejingError

_CHAIN_HEAD = "acts_chainhead"
_ROWS_BEGIN = re.compile(r'^COPY (?:\w+\.)?"?(?P<table>\w+)"? \((?P<columns>.*)\) FROM stdin;$')
_ROWS_END = "\\."
_WORDS = {"HOST": "host", "PORT": "port", "USER": "user", "NAME": "dbname"}


class NoToolError(KejingError):
    """PostgreSQL's own tool is not on this machine."""

    code = "office.no_tool"


class DatabaseInUseError(KejingError):
    """There are tables in the database already; a restore never writes over them."""

    code = "office.database_in_use"


class ToolFailedError(KejingError):
    """PostgreSQL's own tool refused; it says why."""

    code = "office.tool_failed"


@dataclass(slots=True)
class Contents:
    """Rows by table [counts], and where the chain of events stands."""

    rows: dict[str, int] = field(default_factory=dict)
    events: int = 0
    seal: str = ""


def dump(settings: Mapping[str, object], target: Path) -> Contents:
    """Write the database into ``target`` as it is at one moment, while people work.

    Raises
    ------
    NoToolError, ToolFailedError
        ``pg_dump`` or ``pg_restore`` is not there, or refused.
    """
    _run("pg_dump", "--format=custom", f"--file={target}", *_place(settings), password=settings["PASSWORD"])
    return contents_of(target)


def contents_of(dumped: Path) -> Contents:
    """What a dump holds."""
    return _counted(_lines("pg_restore", "--data-only", "--file=-", str(dumped)))


def load(dumped: Path, settings: Mapping[str, object]) -> Contents:
    """Put a dump into an empty database, all of it or nothing.

    Returns
    -------
    Contents
        What the database holds then.

    Raises
    ------
    DatabaseInUseError
        There are tables in it.
    NoToolError, ToolFailedError
        ``pg_dump`` or ``pg_restore`` is not there, or refused.
    """
    if _held(settings).rows:
        raise DatabaseInUseError(database=str(settings["NAME"]))
    whole = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges")
    _run("pg_restore", *whole, *_place(settings), str(dumped), password=settings["PASSWORD"])
    return _held(settings)


def _held(settings: Mapping[str, object]) -> Contents:
    return _counted(_lines("pg_dump", "--data-only", *_place(settings), password=settings["PASSWORD"]))


def _counted(lines: Iterator[str]) -> Contents:
    """Rows of the COPY blocks of a dump's text: one line each, because line ends inside values are escaped."""
    found = Contents()
    for line in lines:
        begun = _ROWS_BEGIN.match(line)
        if begun is not None:
            table, columns = begun["table"], begun["columns"].replace('"', "").split(", ")
            found.rows[table] = _rows(lines, found, columns if table == _CHAIN_HEAD else None)
    return found


def _rows(lines: Iterator[str], found: Contents, columns: list[str] | None) -> int:
    counted = 0
    for line in lines:
        if line == _ROWS_END:
            break
        counted += 1
        if columns is not None:
            head = dict(zip(columns, line.split("\t"), strict=True))
            found.events, found.seal = int(head["number"]), head["seal"]
    return counted


def _place(settings: Mapping[str, object]) -> tuple[str]:
    """Where the database is, as the tools take it; the password does not stand in a command line."""
    said = {word: str(settings[name]) for name, word in _WORDS.items() if settings[name]}
    options = settings["OPTIONS"]
    said |= {name: str(value) for name, value in options.items()} if isinstance(options, Mapping) else {}
    quoted = (f"{word}='{value.replace('\\', '\\\\').replace("'", "\\'")}'" for word, value in said.items())
    return (f"--dbname={' '.join(quoted)}",)


def _run(tool: str, *words: str, password: object = "") -> None:
    for _ in _lines(tool, *words, password=password):
        pass


def _lines(tool: str, *words: str, password: object = "") -> Iterator[str]:
    """Lines that a tool writes, as it writes them: a database may be larger than the memory."""
    found = shutil.which(tool)
    if found is None:
        raise NoToolError(tool=tool)
    environment = {"PGPASSWORD": str(password)} if password else None
    with tempfile.TemporaryFile("w+", encoding="utf-8") as faults:
        with subprocess.Popen(  # noqa: S603 - our own words, no shell
            [found, *words], stdout=subprocess.PIPE, stderr=faults, encoding="utf-8", env=environment
        ) as running:
            yield from (line.removesuffix("\n") for line in running.stdout or ())
        if running.returncode:
            faults.seek(0)
            raise ToolFailedError(tool=tool, detail=" ".join(faults.read().split()))
