"""Check a certificate in exact integers, without the solver and without trust in what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from kejing.measure.errors import KejingError
from kejing.stages.deploy.assign.instance import HARD
from kejing.warehouse.engine import DuckEngine

_FILES = ("pairs", "rms", "budgets", "plan", "members")


class NoCertificateError(KejingError):
    """The folder holds no certificate of books."""

    code = "assign.no_certificate"


@dataclass(frozen=True, slots=True)
class CertificateReport:
    """What the check found.

    ``cost`` and ``bound`` are recomputed from pairs, plan and prices [points]; ``problems`` are codes with the
    place, empty if the plan keeps every hard row, uses eligible pairs only and the stated figures are right.
    """

    decisions: int
    rms: int
    pairs: int
    cost: int
    bound: int
    broken_soft_rows: int
    problems: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def gap(self) -> Fraction | None:
        """Distance of the plan from the best possible, as a share of the bound; None where the bound is 0."""
        return Fraction(self.cost - self.bound, self.bound) if self.bound > 0 else None


def certify(folder: Path) -> CertificateReport:
    """Recompute feasibility, cost and bound of the plan in ``folder``.

    Notes
    -----
    One grouped minimum over the pairs gives the bound: for any prices >= 0 no plan costs less than the sum
    of the cheapest reduced costs less price times limit. Where ``assign.parquet`` lies beside the
    folder, its customers must have the RMs of the plan.

    Raises
    ------
    NoCertificateError
        A file of the certificate is missing.
    """
    missing = [
        name for name in (*(f"{name}.parquet" for name in _FILES), "certificate.json") if not (folder / name).is_file()
    ]
    if missing:
        raise NoCertificateError(folder=folder.name, missing=", ".join(missing))
    stated = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    with DuckEngine() as engine:
        for name in _FILES:
            engine.attach_parquet(name, folder / f"{name}.parquet")
        assign = folder.parent / "assign.parquet"
        if assign.is_file():
            engine.attach_parquet("assign", assign)
        return _Check(engine, stated).report(has_books=assign.is_file())


class _Check:
    """The queries of one check; each is a SELECT over the files."""

    def __init__(self, engine: DuckEngine, stated: dict[str, object]) -> None:
        self.engine, self.stated = engine, stated
        resources = stated["resources"]
        assert isinstance(resources, list)
        self.resources = [(str(one["name"]), int(one["low_penalty"]), int(one["high_penalty"])) for one in resources]
        implied = stated["implied"]
        assert isinstance(implied, list)
        self.implied = {str(one["name"]): (str(one["of"]), int(one["at_least"])) for one in implied}
        self.budgets = self.number("SELECT COUNT(*) FROM budgets")
        self.scale = int(str(stated["price_scale"]))
        self.problems: list[str] = []

    def number(self, text: str) -> int:
        """A single whole number; an empty sum is 0."""
        value = self.engine.fetch(text).column(0).to_pylist()[0]
        return int(value) if value is not None else 0

    def report(self, *, has_books: bool) -> CertificateReport:
        """Everything, in the order a reader would ask."""
        self._plan_is_whole()
        self.engine.create(
            "chosen", "SELECT p.* FROM plan AS x JOIN pairs AS p ON p.decision = x.decision AND p.rm = x.rm"
        )
        self._implied_rows_follow()
        penalty, broken = self._rows()
        cost = self.number("SELECT SUM(CAST(cost AS $WIDE)) FROM chosen") + penalty
        bound = self._bound()
        for name, found in (("objective", cost), ("lower_bound", bound)):
            if int(str(self.stated[name])) != found:
                self.problems.append(f"{name}: stated {self.stated[name]}, recomputed {found}")
        if bound > cost:
            self.problems.append("bound_above_cost")
        if has_books:
            self._refuse("books_differ", _BOOKS)
        decisions, rms, pairs = (self.number(f"SELECT COUNT(*) FROM {name}") for name in ("plan", "rms", "pairs"))
        return CertificateReport(decisions, rms, pairs, cost, bound, broken, tuple(self.problems))

    def _refuse(self, problem: str, text: str) -> None:
        rows = self.engine.fetch(f"SELECT * FROM ({text}) AS wrong LIMIT 1").to_pylist()
        if rows:
            place = ", ".join(f"{name}={value}" for name, value in rows[0].items())
            self.problems.append(f"{problem}: {place}")

    def _plan_is_whole(self) -> None:
        self._refuse("not_eligible", _NOT_ELIGIBLE)
        self._refuse("not_one_rm", _NOT_ONE)
        self._refuse(
            "pair_twice",
            "SELECT decision, rm, COUNT(*) AS copies FROM pairs GROUP BY decision, rm HAVING COUNT(*) > 1",
        )
        self._refuse(
            "negative_figure", f"SELECT decision, rm FROM pairs WHERE {_any_negative(['cost', *self._uses()])}"
        )

    def _implied_rows_follow(self) -> None:
        """A row that is only said to follow from another must not shut out a plan."""
        for name, (of, size) in self.implied.items():
            self._refuse(
                f"implied_{name}",
                f"SELECT decision, rm FROM pairs WHERE use_{name} > CASE WHEN use_{of} >= {size} THEN 1 ELSE 0 END",
            )
            too_low = f"high_{of} IS NULL OR high_{name} < $DIV(high_{of}, {size})"
            self._refuse(f"implied_{name}", f"SELECT rm_id FROM rms WHERE high_{name} IS NOT NULL AND ({too_low})")
            self._refuse(f"implied_{name}", f"SELECT rm_id FROM rms WHERE low_{name} IS NOT NULL")

    def _uses(self) -> list[str]:
        return [f"use_{name}" for name, _, _ in self.resources] + [f"draw_{index}" for index in range(self.budgets)]

    def _rows(self) -> tuple[int, int]:
        """Penalties and number of soft rows the plan breaks; broken hard rows are problems."""
        penalty, broken = 0, 0
        for name, low_penalty, high_penalty in self.resources:
            load = f"SELECT rm, SUM(CAST(use_{name} AS $WIDE)) AS used FROM chosen GROUP BY rm"
            limits = f"SELECT r.rm_id, r.low_{name} AS low, r.high_{name} AS high, COALESCE(l.used, 0) AS used"
            used = f"{limits} FROM rms AS r LEFT JOIN ({load}) AS l ON l.rm = r.rm"
            for side, over, price in (("high", "used - high", high_penalty), ("low", "low - used", low_penalty)):
                rows = f"SELECT rm_id, {over} AS excess FROM ({used}) AS u WHERE {over} > 0"
                if price == HARD:
                    self._refuse(f"hard_row_{side}_{name}", rows)
                else:
                    penalty += price * self.number(f"SELECT SUM(excess) FROM ({rows}) AS e")
                    broken += self.number(f"SELECT COUNT(*) FROM ({rows}) AS e")
                self._price_is_fair(name, side, price)
        return self._budgets(penalty, broken)

    def _price_is_fair(self, name: str, side: str, penalty: int) -> None:
        price = f"{side}_price_{name}"
        top = "" if penalty == HARD else f" OR {price} > {penalty * self.scale}"
        self._refuse(
            f"price_{side}_{name}",
            f"SELECT rm_id, {price} FROM rms WHERE {price} < 0 OR ({side}_{name} IS NULL AND {price} <> 0){top}",
        )

    def _budgets(self, penalty: int, broken: int) -> tuple[int, int]:
        for row in self.engine.fetch("SELECT * FROM budgets ORDER BY budget").to_pylist():
            spent = self.number(f"SELECT SUM(CAST(draw_{row['budget']} AS $WIDE)) FROM chosen")
            excess = max(0, spent - row["cap"])
            if excess and row["penalty"] == HARD:
                self.problems.append(f"hard_row_cap_{row['name']}: excess={excess}")
            elif excess:
                penalty, broken = penalty + excess * row["penalty"], broken + 1
            if row["price"] < 0 or (row["penalty"] != HARD and row["price"] > row["penalty"] * self.scale):
                self.problems.append(f"price_cap_{row['name']}: {row['price']}")
        return penalty, broken

    def _bound(self) -> int:
        """The bound that the prices prove, rounded up to a whole point."""
        terms = [f"CAST(p.cost AS $WIDE) * {self.scale}"]
        terms += [
            f"COALESCE(CAST(r.high_price_{name} AS $WIDE) - r.low_price_{name}, 0) * p.use_{name}"
            for name, _, _ in self.resources
        ]
        prices = self.engine.fetch("SELECT budget, price, cap FROM budgets ORDER BY budget").to_pylist()
        terms += [f"CAST(p.draw_{row['budget']} AS $WIDE) * {row['price']}" for row in prices]
        least = f"""
            SELECT p.decision, MIN({" + ".join(terms)}) AS least
            FROM pairs AS p LEFT JOIN rms AS r ON r.rm = p.rm
            GROUP BY p.decision
        """
        scaled = self.number(f"SELECT SUM(CAST(least AS $WIDE)) FROM ({least}) AS cheapest")
        for name, _, _ in self.resources:
            scaled -= self.number(f"SELECT SUM(CAST(high_price_{name} AS $WIDE) * high_{name}) FROM rms")
            scaled += self.number(f"SELECT SUM(CAST(low_price_{name} AS $WIDE) * low_{name}) FROM rms")
        scaled -= sum(int(row["price"]) * int(row["cap"]) for row in prices)
        return -(-scaled // self.scale)


def _any_negative(columns: Sequence[str]) -> str:
    return " OR ".join(f"{column} < 0" for column in columns)


_NOT_ELIGIBLE = """
    SELECT x.decision_id, x.rm FROM plan AS x
    LEFT JOIN pairs AS p ON p.decision = x.decision AND p.rm = x.rm
    WHERE p.decision IS NULL
"""

_NOT_ONE = """
    SELECT d.decision FROM (SELECT decision FROM pairs GROUP BY decision) AS d
    LEFT JOIN (SELECT decision, COUNT(*) AS plans FROM plan GROUP BY decision) AS x ON x.decision = d.decision
    WHERE x.plans IS NULL OR x.plans <> 1
"""

_BOOKS = """
    SELECT m.customer_id, a.rm_id, COALESCE(r.rm_id, '') AS planned
    FROM members AS m
    JOIN plan AS x ON x.decision = m.decision
    LEFT JOIN rms AS r ON r.rm = x.rm
    LEFT JOIN assign AS a ON a.customer_id = m.customer_id AND a.role = 'lead'
    WHERE a.rm_id IS NULL OR a.rm_id <> COALESCE(r.rm_id, '')
"""
