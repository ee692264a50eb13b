"""What a compiled policy consists of: relations to create one after the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums as rows to add up, where that is done on arrays.

    Attributes
    ----------
    rows
        SELECT of the numbers by which rows are grouped and of the figures.
    by
        Those numbers, from 0, each with the relation that holds all of them.
    figures
        Columns of ``rows`` that are summed.
    count
        Name of the column of how many rows there are, where it is wanted.
    """

    rows: str
    by: tuple[tuple[str, str], ...]
    figures: tuple[str, ...]
    count: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One relation to create from a SELECT, after those before it; a view is named only.

    ``tally`` says the same of a SELECT of sums.
    """

    relation: str
    sql: str
    is_view: bool = False
    tally: Tally | None = None
