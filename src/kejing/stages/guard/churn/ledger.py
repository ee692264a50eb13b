"""The ledger of a half-year: lines of confirmed loss, the base they are lost from, and both cut the same way."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.period import Period
from kejing.stages.rule_file import day_literal, run_rules
from kejing.warehouse.protocol import Engine

_PACKAGE = "kejing.stages.guard.churn"
REST = ""
"""Key of the slice that has no name."""


@dataclass(frozen=True, slots=True)
class LossLine:
    """One service that one customer left, or is suspected to leave while ``confirmed_on`` is None."""

    customer_id: str
    service: str
    amount_minor: int
    reason: str
    competitor: str
    suspected_on: dt.date
    confirmed_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Slice:
    """What a reason or an industry has of the loss, and of the base where it has one.

    Attributes
    ----------
    base_minor
        None for a reason: a reason has no base of its own.
    """

    key: str
    loss_minor: int
    total_minor: int
    base_minor: int | None
    base_total_minor: int

    @property
    def share(self) -> Fraction | None:
        """Of the loss."""
        return Fraction(self.loss_minor, self.total_minor) if self.total_minor else None

    @property
    def points(self) -> Fraction | None:
        """Of the rate: the loss over the whole base."""
        return Fraction(self.loss_minor, self.base_total_minor) if self.base_total_minor else None

    @property
    def rate(self) -> Fraction | None:
        """Its own rate: its loss over its own base."""
        return Fraction(self.loss_minor, self.base_minor) if self.base_minor else None

    @property
    def index(self) -> Fraction | None:
        """Share of the loss over share of the base; above 1 it loses more than its part (E4-91)."""
        if not self.base_minor or self.share is None:
            return None
        return self.share / Fraction(self.base_minor, self.base_total_minor)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Confirmed lines, suspected ones beside them, and the base by customer [minor units]."""

    confirmed: tuple[LossLine, ...]
    suspected: tuple[LossLine, ...]
    base: Mapping[str, int]

    @property
    def loss_minor(self) -> int:
        """The numerator."""
        return sum(line.amount_minor for line in self.confirmed)

    @property
    def base_minor(self) -> int:
        """The denominator."""
        return sum(self.base.values())

    @property
    def rate(self) -> Fraction | None:
        """Confirmed loss over base; None without a base."""
        return Fraction(self.loss_minor, self.base_minor) if self.base_minor else None

    def by_line(self, key: Callable[[LossLine], str]) -> list[Slice]:
        """The loss cut by something of the line itself, the largest first and the rest last."""
        return self._slices(key, None)

    def by_customer(self, key: Callable[[str], str]) -> list[Slice]:
        """Loss and base cut by something of the customer, the largest loss first and the rest last."""
        base: dict[str, int] = defaultdict(int)
        for customer_id, amount in self.base.items():
            base[key(customer_id)] += amount
        return self._slices(lambda line: key(line.customer_id), base)

    def _slices(self, key: Callable[[LossLine], str], base: Mapping[str, int] | None) -> list[Slice]:
        lost: dict[str, int] = defaultdict(int)
        for line in self.confirmed:
            lost[key(line)] += line.amount_minor
        keys = {*lost, *(base or ()), REST}
        found = [
            Slice(
                each,
                lost.get(each, 0),
                self.loss_minor,
                None if base is None else base.get(each, 0),
                self.base_minor,
            )
            for each in keys
        ]
        return sorted(found, key=lambda each: (each.key == REST, -each.loss_minor, each.key))


def read_ledger(engine: Engine, customers: pa.Table, half: Period, before: Period, *, currency: str) -> Ledger:
    """The ledger of ``half`` for some customers.

    Parameters
    ----------
    engine
        With the relations ``losses`` and ``income``.
    customers
        Column ``customer_id``, each once: the list as it stood on the first day.
    before
        The half-year before: its revenue is the base.
    currency
        The policy's; amounts in others are not counted.
    """
    engine.attach_arrow("churn_list", customers)
    values = {"START": half.start, "END": half.end, "BEFORE": before.start}
    texts = {name: day_literal(day) for name, day in values.items()}
    run_rules(engine, _PACKAGE, "churn.sql", {**texts, "CURRENCY": f"'{currency}'"})
    lines = [
        LossLine(
            row["customer_id"],
            row["service"],
            int(row["amount"]),
            row["reason"],
            row["competitor"] or "",
            row["suspected_on"],
            row["confirmed_on"],
        )
        for row in engine.fetch("SELECT * FROM churn_line ORDER BY customer_id, service, suspected_on").to_pylist()
    ]
    base = engine.fetch("SELECT customer_id, amount FROM churn_base ORDER BY customer_id").to_pylist()
    return Ledger(
        confirmed=tuple(line for line in lines if line.confirmed_on is not None),
        suspected=tuple(line for line in lines if line.confirmed_on is None),
        base={row["customer_id"]: int(row["amount"]) for row in base},
    )
