"""Header words: what a person wrote over a column, and the column of a fact table it stands for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import opencc

from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.facts.words import BOOKKEEPING_HEADERS

OWN_HEADER = "kejing:"
"""Columns we add to a quarantine sheet begin so; they are passed over when the sheet comes back."""

_TRAILING_NUMBERS = re.compile(r"[\s_.\-]*\d[\d\s_.\-]*$")


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@cache
def _to_traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def simplified(text: str) -> str:
    """Traditional characters as simplified ones.

    Examples
    --------
    >>> simplified("客戶經理")
    '客户经理'
    """
    return str(_to_simplified().convert(text))


def traditional(text: str) -> str:
    """Simplified characters as traditional ones."""
    return str(_to_traditional().convert(text))


@cache
def fold(header: str) -> str:
    """What two spellings of one header share: width, case, spaces and script are folded.

    Examples
    --------
    >>> fold("客戶 編號") == fold("客户编号"), fold("Customer_ID") == fold("customer id")
    (True, True)
    """
    narrow = unicodedata.normalize("NFKC", header).casefold()
    return simplified(re.sub(r"[\s_\-]+", "", narrow))


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """Which header stands for which column.

    ``index_of`` gives the place of the header in the sheet by column name. ``twice`` are columns that two
    headers stand for equally well, with these headers. ``unused`` headers stand for no column.
    """

    index_of: Mapping[str, int]
    twice: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]


def match_headers(table: FactTable, headers: Sequence[str]) -> HeaderMatch:
    """Match the headers of a sheet to the columns of ``table`` by name, label or known word.

    A column's own name and labels win over the other words that may stand for it.
    """
    own, words = _folded_words(table)
    found: dict[str, list[int]] = {}
    second: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        folded = fold(header)
        if folded in own:
            found.setdefault(own[folded], []).append(index)
        else:
            for name in words.get(folded, ()):
                second.setdefault(name, []).append(index)
    taken = {index for indices in found.values() for index in indices}
    for name, indices in second.items():
        free = [index for index in indices if index not in taken]
        if name not in found and free:
            found[name] = free
            taken.update(free)
    used = {indices[0] for indices in found.values()}
    return HeaderMatch(
        index_of={name: indices[0] for name, indices in found.items()},
        twice={name: tuple(headers[index] for index in indices) for name, indices in found.items() if len(indices) > 1},
        unused=tuple(
            header
            for index, header in enumerate(headers)
            if index not in used and header and not header.startswith(OWN_HEADER) and index not in taken
        ),
    )


def find_header(headers: Sequence[str], asked: str) -> list[int]:
    """Places of the header ``asked``: spelled the same, else the same after folding."""
    exact = [index for index, header in enumerate(headers) if header == asked]
    return exact or [index for index, header in enumerate(headers) if header and fold(header) == fold(asked)]


def table_called(name: str) -> FactTable | None:
    """The fact table a file or sheet is named after; trailing numbers (``income_2025-06``) are passed over.

    Examples
    --------
    >>> table_called("客戶").name, table_called("income_2025").name, table_called("notes")
    ('customers', 'income', None)
    """
    names = {fold(word): table for table in FACT_TABLES.values() for word in (table.name, table.zh, table.en)}
    return names.get(fold(name)) or names.get(fold(_TRAILING_NUMBERS.sub("", name)))


@cache
def _folded_words(table: FactTable) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Folded names and labels by column, and the folded other words with the columns they may stand for."""
    own = {fold(word): column.name for column in table.columns for word in (column.zh, column.en, column.name)}
    words: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        for word in column.headers:
            folded = fold(word)
            words[folded] = (*words.get(folded, ()), column.name)
    for name, spellings in BOOKKEEPING_HEADERS.items():
        own |= {fold(spelling): name for spelling in spellings}
    return own, words
