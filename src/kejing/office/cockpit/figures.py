"""The figures of a part, worked out once for as long as nothing that they rest on is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kejing.office.acts.remembering import remembered
from kejing.office.cockpit import books, capacity, sums
from kejing.office.cockpit.part import RESTS_ON, Part
from kejing.office.feeds.models import Run


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the cockpit shows but for what waits in the inbox."""

    people: list[capacity.RmLoad]
    heat: capacity.Heat
    staff: list[sums.Headcount]
    income: list[sums.Income]
    completion: list[sums.Completion]
    dispute_count: int
    inversions: list[tuple[Run, dict[str, Any]]]
    books: Mapping[str, int]


def figures_of(part: Part) -> Figures:
    """The figures of a part."""
    return remembered(("figures", *part.key), RESTS_ON, lambda: _figures(part))


def _figures(part: Part) -> Figures:
    return Figures(
        capacity.loads(part),
        capacity.heat(part),
        sums.headcount(part),
        sums.income(part),
        sums.completion(part),
        len(sums.open_disputes(part)),
        sums.inversions(part),
        {name: listed(part).count() for name, listed in books.LISTS.items()},
    )
