"""The books on a plain grid of longitude and latitude: customers in their RM's colour, RMs where they sit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kejing.report.blocks import Cell, CellKind, Chart, Grid
from kejing.report.limits import CHART_POINTS, TABLE_ROWS
from kejing.report.numbers import plain
from kejing.report.read_run import POOL, Row, Run, decimal, some, whole
from kejing.report.speech import Speech

_PLACED = """
FROM assign_now AS a
JOIN directory AS c ON c.kind = 'customer' AND c.id = a.customer_id AND c.lat IS NOT NULL AND c.lon IS NOT NULL
WHERE a.role = 'lead'
"""

# The hash of the id picks a sample that favours no region and no book.
_POINTS = f"""
SELECT a.customer_id, a.rm_id, a.value, a.distance_km, c.name, c.lat, c.lon
{_PLACED} ORDER BY MD5(a.customer_id), a.customer_id LIMIT {CHART_POINTS}
"""

_BY_RM = f"""
SELECT a.rm_id, COUNT(*) AS customers, SUM(a.value) AS value, SUM(a.distance_km) AS km, COUNT(a.distance_km) AS placed,
  MAX(a.distance_km) AS farthest
{_PLACED} GROUP BY a.rm_id ORDER BY COUNT(*) DESC, a.rm_id
"""

_TRIM = 100  # one in a hundred on each side may lie outside the frame
_STRETCH = 3  # only if the full extent is this many times that of the rest


def book_map(run: Run, speech: Speech) -> Chart | None:
    """The map, or nothing where nobody has a place."""
    if not run.has("directory"):
        return None
    points = run.fetch(_POINTS)
    if not points:
        return None
    total = whole(run.value_of(f"SELECT COUNT(*) {_PLACED}"))
    points.sort(key=lambda row: (str(row["rm_id"]), str(row["customer_id"])))
    rm_ids = sorted({str(row["rm_id"]) for row in points})
    slots = {rm_id: at for at, rm_id in enumerate(rm_ids)}
    frame = _frame(points)
    spec = {
        "kind": "map",
        "frame": [plain(edge) for edge in frame],
        "rms": [_place(run, speech, rm_id) for rm_id in rm_ids],
        "points": [
            [
                plain(decimal(row["lon"])),
                plain(decimal(row["lat"])),
                slots[str(row["rm_id"])],
                str(row["name"] or row["customer_id"]),
                None if row["value"] is None else plain(decimal(row["value"])),
                None if row["distance_km"] is None else plain(decimal(row["distance_km"])),
            ]
            for row in points
        ],
        "labels": {name: speech.text(f"map.{name}") for name in ("all", "choose", "customer", "rm", "value", "km")},
    }
    note = speech.text("map.note")
    if total > len(points):
        note += speech.text("map.sample", shown=speech.numbers.count(len(points)), total=speech.numbers.count(total))
    outside = sum(not _is_inside(row, frame) for row in points)
    if outside:
        note += speech.text("map.outside", n=speech.numbers.count(outside))
    return Chart("books-map", speech.text("map.title"), spec, _grid(run, speech), note=note, height=560)


def _place(run: Run, speech: Speech, rm_id: str) -> list[str | None]:
    row = run.names["rm"].get(rm_id, {})
    lon, lat = some(row.get("lon")), some(row.get("lat"))
    is_placed = rm_id != POOL and lon is not None and lat is not None
    place = [plain(edge) for edge in (lon, lat) if edge is not None] if is_placed else [None, None]
    return [rm_id, speech.rm(rm_id), *place]


def _edges(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """First and last value worth showing: a few far outliers would shrink everything else to a dot."""
    ordered = sorted(values)
    cut = len(ordered) // _TRIM
    low, high = ordered[cut], ordered[-1 - cut]
    if ordered[-1] - ordered[0] <= _STRETCH * (high - low):
        return ordered[0], ordered[-1]
    return low, high


def _frame(points: Sequence[Row]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    west, east = _edges([decimal(row["lon"]) for row in points])
    south, north = _edges([decimal(row["lat"]) for row in points])
    return west, south, east, north


def _is_inside(row: Row, frame: tuple[Decimal, Decimal, Decimal, Decimal]) -> bool:
    west, south, east, north = frame
    return west <= decimal(row["lon"]) <= east and south <= decimal(row["lat"]) <= north


def _grid(run: Run, speech: Speech) -> Grid:
    """The same books in figures; 5,000 coordinates would help nobody who cannot see the map."""
    columns = [
        speech.column("assign", "rm_id"),
        speech.heading("name"),
        speech.heading("books.customers", CellKind.COUNT),
        speech.column("assign", "value"),
        speech.heading("books.mean_km", CellKind.SHORT),
        speech.heading("map.farthest", CellKind.SHORT),
    ]
    rows: list[tuple[Cell, ...]] = []
    found = run.fetch(_BY_RM)
    for row in found[: 10 * TABLE_ROWS]:
        placed = whole(row["placed"])
        mean = decimal(row["km"]) / placed if placed else None
        name = speech.rm(row["rm_id"])
        rows.append(
            (str(row["rm_id"]), name, whole(row["customers"]), decimal(row["value"]), mean, some(row["farthest"]))
        )
    return Grid(speech.text("map.title"), columns, rows, total_rows=len(found), source="assign")
