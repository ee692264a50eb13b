"""Two people saved the same row: what each of them meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both sides changed, to different values."""

    field: str
    base: object
    mine: object
    theirs: object


@dataclass(frozen=True, slots=True)
class Merge:
    """What can be taken together, and what a person has to choose."""

    values: Mapping[str, object]
    clashes: tuple[Clash, ...]
    version: int


def three_way(
    base: Mapping[str, object], mine: Mapping[str, object], theirs: Mapping[str, object], *, version: int
) -> Merge:
    """Merge my changes into the row as it stands now.

    Parameters
    ----------
    base
        The row when I opened it.
    mine
        The fields I want to save; others are left alone.
    theirs
        The row as it stands now.
    version
        Version of ``theirs``, which the merged save has to name.

    Examples
    --------
    >>> merge = three_way({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3}, version=4)
    >>> merge.values, merge.clashes
    ({'a': 2}, ())
    """
    values: dict[str, object] = {}
    clashes: list[Clash] = []
    for field, wanted in mine.items():
        before, now = base.get(field), theirs.get(field)
        if wanted in (before, now):
            continue
        if now == before:
            values[field] = wanted
        else:
            clashes.append(Clash(field, before, wanted, now))
    return Merge(values, tuple(clashes), version)
