"""What an output table is made of: kinds of columns, columns, keys."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutKind(StrEnum):
    """What an output column holds: ``(in the engine) -> (in the file)``."""

    TEXT = "text"  # VARCHAR -> string
    DATE = "date"  # DATE -> date32
    COUNT = "count"  # BIGINT -> int64
    MONEY = "money"  # BIGINT minor units -> decimal128(18, minor digits of the currency)
    MICRO = "micro"  # BIGINT millionths -> decimal128(18, 6)
    FLAG = "flag"  # BOOLEAN -> bool


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of an output table."""

    name: str
    kind: OutKind
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OutTable:
    """One output table; rows are unique by ``key`` and stored in its order."""

    name: str
    zh: str
    en: str
    columns: tuple[OutColumn, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> OutColumn:
        """The column called ``name``."""
        return next(column for column in self.columns if column.name == name)


T, D, N, M, U, F = OutKind.TEXT, OutKind.DATE, OutKind.COUNT, OutKind.MONEY, OutKind.MICRO, OutKind.FLAG


def table(name: str, zh: str, en: str, key: str, *columns: tuple[str, OutKind, str, str]) -> OutTable:
    """An output table; ``key`` names its columns with blanks between."""
    return OutTable(name, zh, en, tuple(OutColumn(*column) for column in columns), tuple(key.split()))
