"""``kejing compare``: two plans of books, customer by customer, and why each who differs does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.report.read_run import Row, Run
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.store import recover_folder

REASONS = (
    *("gone", "came", "pinned", "to_pool", "from_pool", "rm_left", "rm_joined"),
    *("nearer", "cheaper", "makes_room"),
)
"""Why a customer differs: the first that holds."""

_BOTH = """
    SELECT
      COALESCE(a.customer_id, b.customer_id) AS customer_id, COALESCE(b.tier, a.tier) AS tier,
      COALESCE(b.unit_id, a.unit_id) AS unit_id, a.rm_id AS rm_before, b.rm_id AS rm_after,
      COALESCE(b.value, a.value) AS value, a.required_hours AS hours_before, b.required_hours AS hours_after,
      a.distance_km AS km_before, b.distance_km AS km_after, a.cost AS cost_before, b.cost AS cost_after,
      CASE
        WHEN b.customer_id IS NULL THEN 'gone'
        WHEN a.customer_id IS NULL THEN 'came'
        WHEN a.rm_id = b.rm_id THEN 'same'
        WHEN b.reason = 'pinned' THEN 'pinned'
        WHEN b.rm_id = '' THEN 'to_pool'
        WHEN a.rm_id = '' THEN 'from_pool'
        WHEN n.id IS NULL THEN 'rm_left'
        WHEN m.id IS NULL THEN 'rm_joined'
        WHEN b.distance_km < a.distance_km THEN 'nearer'
        WHEN b.cost < a.cost THEN 'cheaper'
        ELSE 'makes_room'
      END AS reason
    FROM (SELECT * FROM before_assign WHERE role = 'lead') AS a
    FULL JOIN (SELECT * FROM after_assign WHERE role = 'lead') AS b ON b.customer_id = a.customer_id
    LEFT JOIN (SELECT id FROM before_directory WHERE kind = 'rm') AS m ON m.id = b.rm_id
    LEFT JOIN (SELECT id FROM after_directory WHERE kind = 'rm') AS n ON n.id = a.rm_id
"""
_MEASURES = """
    SELECT
      COUNT(*) AS customers, COUNT(CASE WHEN rm_id = '' THEN 1 END) AS pooled,
      CAST(SUM(required_hours) AS DECIMAL(38, 6)) AS hours, CAST(SUM(distance_km) AS DECIMAL(38, 6)) AS km,
      COUNT(distance_km) AS travelled
    FROM {side}_assign WHERE role = 'lead'
"""


class NoBooksError(KejingError):
    """A run to compare has made no books."""

    code = "assign.no_books"


@dataclass(frozen=True, slots=True)
class Measures:
    """One plan: customers, those without an RM, hours a year, mean distance in km of those who are visited."""

    customers: int
    pooled: int
    hours: Decimal
    mean_km: Decimal | None


@dataclass(frozen=True, slots=True)
class BooksComparison:
    """Two plans beside one another.

    Attributes
    ----------
    before, after
        Measures of each plan.
    same
        Customers whom one RM has in both [count].
    reasons
        Customers and value of those who differ, by reason (`REASONS`).
    customers
        A row for each who differs, the most valuable first: RM, hours, distance and cost (points) in both plans.
    """

    before: Measures
    after: Measures
    same: int
    reasons: dict[str, tuple[int, Decimal]]
    customers: tuple[Row, ...]

    def as_json(self) -> dict[str, object]:
        """For programs; decimals as texts."""
        sides = {
            name: {field: getattr(side, field) for field in Measures.__dataclass_fields__}
            for name, side in (("before", self.before), ("after", self.after))
        }
        reasons = {name: {"customers": many, "value": value} for name, (many, value) in self.reasons.items()}
        return {**sides, "same": self.same, "reasons": reasons, "customers": list(self.customers)}


def compare(before: str | Path, after: str | Path) -> BooksComparison:
    """Compare the books of run ``after`` with those of run ``before``.

    Raises
    ------
    NotARunError
        A folder is not the output of a run.
    NoBooksError
        A run has made no books.
    """
    with DuckEngine() as engine:
        for side, folder in (("before", Path(before)), ("after", Path(after))):
            _attach(engine, side, folder)
        engine.create("compared", _BOTH)
        counted = engine.fetch(
            "SELECT reason, COUNT(*) AS customers, CAST(COALESCE(SUM(value), 0) AS DECIMAL(38, 2)) AS value"
            " FROM compared GROUP BY reason"
        ).to_pylist()
        found = {str(row["reason"]): (int(row["customers"]), Decimal(row["value"])) for row in counted}
        rows = engine.fetch(
            "SELECT * FROM compared WHERE reason <> 'same' ORDER BY value DESC NULLS LAST, customer_id"
        ).to_pylist()
        same = found.get("same", (0, Decimal(0)))[0]
        reasons = {name: found[name] for name in REASONS if name in found}
        return BooksComparison(_measures(engine, "before"), _measures(engine, "after"), same, reasons, tuple(rows))


def _attach(engine: DuckEngine, side: str, folder: Path) -> None:
    recover_folder(folder)
    with Run(folder) as run:
        if not run.has("assign"):
            raise NoBooksError(folder=str(folder))
    for table in ("assign", "directory"):
        engine.attach_parquet(f"{side}_{table}", folder / f"{table}.parquet")


def _measures(engine: DuckEngine, side: str) -> Measures:
    row = engine.fetch(_MEASURES.format(side=side)).to_pylist()[0]
    mean = None if not row["travelled"] else (Decimal(row["km"]) / row["travelled"]).quantize(Decimal("0.1"))
    return Measures(row["customers"], row["pooled"], Decimal(row["hours"] or 0), mean)
