"""The figures of a part, worked out once for as long as nothing that they rest on is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kejing.office.acts.remembering import remembered
from kejing.office.cockpit import books, capacity, sums
from kejing.office.cockpit.part import RESTS_ON, RUNS, Part
from kejing.office.feeds.models import Run


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the cockpit shows but for what waits in the inbox."""

    hours: capacity.Hours
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
    """All figures; those of a run stay as they are where a write left the RMs, or the customers, of the part."""
    heat, income = remembered(("of customers", part.key_of_customers), RUNS, lambda: _of_customers(part))
    hours, staff, completion, disputes = remembered(("of rms", part.key_of_rms), RUNS, lambda: _of_rms(part))
    return Figures(
        hours=hours,
        heat=heat,
        staff=staff,
        income=income,
        completion=completion,
        dispute_count=disputes,
        inversions=sums.inversions(part),
        books={name: listed(part).count() for name, listed in books.LISTS.items()},
    )


def _of_customers(part: Part) -> tuple[capacity.Heat, list[sums.Income]]:
    return capacity.heat(part), sums.income(part)


def _of_rms(
    part: Part,
) -> tuple[capacity.Hours, list[sums.Headcount], list[sums.Completion], int]:
    return capacity.hours(part), sums.headcount(part), sums.completion(part), len(sums.open_disputes(part))
