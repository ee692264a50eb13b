"""Which reader a file gets: by the ending of its name."""

from __future__ import annotations

from pathlib import Path

from kejing.facts.read.columnar import stage_columnar
from kejing.facts.read.delimited import stage_delimited
from kejing.facts.read.sheet import ReadOptions, Sheet, UnreadableSourceError
from kejing.facts.read.workbook import stage_workbook, workbook_sheets
from kejing.warehouse.engine import DuckEngine

_TEXT = {".csv", ".tsv", ".txt"}
_WORKBOOK = {".xlsx", ".xlsm", ".xls", ".ods"}
_COLUMNAR = {".parquet", ".pq"}


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def can_read(path: Path) -> bool:
    """Whether the ending of the name is one of those read here."""
    return _ending(path) in _TEXT | _WORKBOOK | _COLUMNAR


def is_workbook(path: Path) -> bool:
    """Whether the file has sheets."""
    return _ending(path) in _WORKBOOK


def sheet_names(path: Path) -> list[str]:
    """Sheets of a workbook; one nameless sheet for every other file.

    Raises
    ------
    UnreadableSourceError
        The workbook cannot be opened.
    """
    return workbook_sheets(path) if is_workbook(path) else [""]


def stage_sheet(engine: DuckEngine, path: Path, options: ReadOptions, *, relation: str, folder: Path) -> Sheet:
    """Read one sheet of ``path`` into relation ``relation``; large text is staged under ``folder``.

    Raises
    ------
    UnreadableSourceError
        The file is missing, of an unknown kind, empty or cannot be read.
    """
    if not path.is_file():
        raise UnreadableSourceError("facts.file_missing")
    if path.stat().st_size == 0:
        raise UnreadableSourceError("facts.file_empty")
    match _ending(path):
        case ending if ending in _TEXT:
            return stage_delimited(engine, path, options, relation=relation, folder=folder)
        case ending if ending in _WORKBOOK:
            return stage_workbook(engine, path, options, relation=relation, folder=folder)
        case ending if ending in _COLUMNAR:
            return stage_columnar(engine, path, options, relation=relation, folder=folder)
        case ending:
            raise UnreadableSourceError("facts.file_kind_unknown", ending=ending)
