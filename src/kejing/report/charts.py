"""Chart specifications: what is drawn, in exact numbers; how it looks is the page's script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kejing.report.blocks import Spec
from kejing.report.limits import CHART_RANKS
from kejing.report.numbers import plain

type Figure = Decimal | int | None


def exact(values: Sequence[Figure]) -> list[str | None]:
    """Numbers as text with all their digits; JSON numbers would become floats in the browser."""
    return [None if value is None else plain(value) for value in values]


@dataclass(frozen=True, slots=True)
class Series:
    """One named row of bars; ``low`` and ``high`` draw a range at each. ``colour`` picks the palette slot."""

    name: str
    values: Sequence[Figure]
    low: Sequence[Figure] = ()
    high: Sequence[Figure] = ()
    colour: int | None = None
    is_marker: bool = False  # drawn as a mark across the bars, not as a bar

    def spec(self) -> Spec:
        """The series as it goes into the page."""
        return {
            "name": self.name,
            "values": exact(self.values),
            "low": exact(self.low),
            "high": exact(self.high),
            "colour": self.colour,
            "marker": self.is_marker,
        }


def bars(
    categories: Sequence[str], series: Sequence[Series], *, unit: str, stacked: bool = False, across: bool = False
) -> Spec:
    """Bars by category; ``across`` lays them on their side, which suits long names."""
    return {
        "kind": "bars",
        "categories": list(categories),
        "series": [one.spec() for one in series],
        "unit": unit,
        "stacked": stacked,
        "across": across,
    }


def bins(labels: Sequence[str], counts: Series) -> Spec:
    """Counts by class of size; the bars touch because the classes do."""
    return {**bars(labels, [counts], unit="count"), "touching": True}


def butterfly(
    categories: Sequence[str], left: Series, right: Series, notes: tuple[Sequence[str], Sequence[str]]
) -> Spec:
    """Two shares back to back, the top category on top; ``notes`` are what each bar says."""
    return {
        "kind": "butterfly",
        "categories": list(categories),
        "sides": [{**side.spec(), "notes": list(note)} for side, note in zip((left, right), notes, strict=True)],
        "unit": "percent",
    }


def ranked(series: Sequence[Series], *, unit: str, rank_label: str) -> Spec:
    """Values from the largest to the smallest, one curve a series.

    Beyond `CHART_RANKS` every n-th rank is drawn, first and last always.
    """
    curves = []
    for one in series:
        values = sorted((value for value in one.values if value is not None), reverse=True)
        curves.append({**one.spec(), "values": None, "points": _thinned(values)})
    return {"kind": "ranked", "series": curves, "unit": unit, "rank": rank_label}


def _thinned(values: Sequence[Decimal | int]) -> list[list[object]]:
    step = max(1, -(-len(values) // CHART_RANKS))
    kept = sorted({*range(0, len(values), step), *([len(values) - 1] if values else [])})
    return [[at + 1, plain(values[at])] for at in kept]


def steps(series: Sequence[tuple[str, Sequence[tuple[dt.date, Figure]]]], *, unit: str) -> Spec:
    """Values that hold from one day to the next, one stepped line a series of ``(name, points)``."""
    lines = [
        {
            "name": name,
            "points": [
                [day.isoformat(), value] for (day, _), value in zip(points, exact([v for _, v in points]), strict=True)
            ],
        }
        for name, points in series
    ]
    return {"kind": "steps", "series": lines, "unit": unit}


def scatter(
    groups: Sequence[tuple[str, Sequence[Sequence[object]]]], *, x: tuple[str, str], y: tuple[str, str]
) -> Spec:
    """Points ``[x, y, label]`` in named groups; ``x`` and ``y`` are (label, unit)."""
    return {
        "kind": "scatter",
        "groups": [{"name": name, "points": [list(point) for point in points]} for name, points in groups],
        "x": {"name": x[0], "unit": x[1]},
        "y": {"name": y[0], "unit": y[1]},
    }


def heat(rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[Figure]], *, unit: str) -> Spec:
    """Fields of a grid, darker where the value is larger; a field without a value stays empty.

    ``values`` has a line for each of ``rows`` from the top.
    """
    return {
        "kind": "heat",
        "rows": list(rows),
        "columns": list(columns),
        "values": [exact(line) for line in values],
        "unit": unit,
    }


def panels(categories: Sequence[str], parts: Sequence[tuple[str, str, Sequence[Figure]]]) -> Spec:
    """Small bars beside one another, each ``(name, unit, values)`` on its own scale."""
    return {
        "kind": "panels",
        "categories": list(categories),
        "panels": [{"name": name, "unit": unit, "values": exact(values)} for name, unit, values in parts],
    }
