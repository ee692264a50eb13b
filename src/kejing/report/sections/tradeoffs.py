"""What could be had for what: plans along the steered limit, and what one more RM would be worth by unit."""

from __future__ import annotations

from kejing.report.blocks import Cell, CellKind, Chart, Grid
from kejing.report.charts import Figure, panels
from kejing.report.read_run import Run, decimal, some, whole
from kejing.report.speech import Speech

_CURVE = "SELECT * FROM assign_curve ORDER BY step"

_WORTH = """
SELECT unit_id, COUNT(*) AS rms, MAX(rm_worth) AS worth, MAX(price) AS price
FROM assign_price WHERE rm_worth IS NOT NULL GROUP BY unit_id ORDER BY MAX(rm_worth) DESC, unit_id
"""

_MEASURES = (
    ("moved_value", "money"),
    ("fairness", "number"),
    ("load_spread", "number"),
    ("mean_distance_km", "km"),
)


def curve(run: Run, speech: Speech) -> Chart | None:
    """The plans of the curve, strictest first; None where none were made."""
    plans = run.fetch(_CURVE) if run.has("assign_curve") else []
    if not plans:
        return None
    labels = [
        f"{speech.of_code(row['steered'], 'steered')} {speech.numbers.count(whole(row['allowed']))}" for row in plans
    ]
    parts: list[tuple[str, str, list[Figure]]] = []
    for name, unit in _MEASURES:
        values: list[Figure] = [some(row[name]) for row in plans]
        if any(value is not None for value in values):
            parts.append((speech.column("assign_curve", name).label, unit, values))
    names = (
        "objective",
        "gap",
        "moved_customers",
        *(name for name, _ in _MEASURES),
        "pooled_customers",
        "overloaded_rms",
    )
    kinds = {"gap": CellKind.PERCENT}
    columns = [
        speech.heading("tradeoffs.plan"),
        *(speech.column("assign_curve", name, kind=kinds.get(name)) for name in names),
    ]
    rows: list[tuple[Cell, ...]] = [
        (label, *(None if row[name] is None else decimal(row[name]) for name in names))
        for label, row in zip(labels, plans, strict=True)
    ]
    title = speech.text("tradeoffs.title")
    grid = Grid(title, columns, rows, source="assign_curve")
    return Chart("books-tradeoffs", title, panels(labels, parts), grid, height=110 + 40 * len(plans))


def worth(run: Run, speech: Speech) -> Grid | None:
    """By unit, the most that one more RM could save; None where nothing is scarce."""
    found = run.fetch(_WORTH) if run.has("assign_price") else []
    if not found:
        return None
    columns = [
        speech.column("assign_price", "unit_id"),
        speech.heading("tradeoffs.short", CellKind.COUNT),
        speech.column("assign_price", "price"),
        speech.column("assign_price", "rm_worth"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            speech.unit(str(row["unit_id"])) if row["unit_id"] else "",
            whole(row["rms"]),
            decimal(row["price"]),
            decimal(row["worth"]),
        )
        for row in found
    ]
    return speech.first_rows(speech.text("tradeoffs.worth"), columns, rows, of=len(rows), source="assign_price")
