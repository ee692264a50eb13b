"""Rows of one RM become a statement: lines meet what they were paid, amounts meet the figures behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kejing.policy import Pack
from kejing.policy.exact import Figure
from kejing.policy.formula.binding import Binding
from kejing.policy.readings import reading_relation
from kejing.report.clauses.components import component_labels
from kejing.report.read_run import Row, decimal
from kejing.report.statements.exact import Exact, factors_of
from kejing.report.statements.statement import (
    ZERO,
    Component,
    Correction,
    Extra,
    Line,
    Measure,
    Paid,
    Part,
    Statement,
)
from kejing.stages.earn.pay.settings import ComponentSettings, PaySettings
from kejing.stages.earn.vocabulary import EARN_VOCABULARY

type Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Head:
    """Whose statement it is. ``total`` is the row of ``pay_total``, None for somebody who earned nothing."""

    rm_id: str
    unit_id: str
    total: Row | None
    settlement: Row | None


class Assembler:
    """Makes statements of one period under one policy. ``products`` is product to name."""

    def __init__(self, pack: Pack, binding: Binding, period: str, products: Mapping[str, str]) -> None:
        self.pack = pack
        self.binding = binding
        self.period = period
        self.products = products
        self.settings = PaySettings.model_validate(pack.section("pay"))
        self.settled = {one.component: one for one in self.settings.components}
        self.labels = component_labels(pack)

    def statement(
        self,
        head: Head,
        *,
        rows: Rows,
        extras: Mapping[str, Extra],
        corrections: tuple[Correction, ...],
    ) -> Statement:
        """The statement of one RM.

        Parameters
        ----------
        rows
            Rows by table (``pay``, ``score``, ``target``, ``line`` and the inputs of the formulas), of this RM.
        """
        rm_id = head.rm_id
        exact = Exact(
            self.binding,
            EARN_VOCABULARY,
            {grain.name: rows.get(f"{grain.name}_input", ()) for grain in EARN_VOCABULARY},
            {grain.name: rows.get(reading_relation(grain.name), ()) for grain in EARN_VOCABULARY},
        )
        paid = rows.get("pay", ())
        credited = {(str(row["measure"]), str(row["line_id"])) for row in rows.get("line", ())}
        amounts = head.total or {}
        return Statement(
            rm_id=rm_id,
            unit_id=head.unit_id,
            period=self.period,
            person=next(iter(rows.get("rm_input", ())), {}),
            gross=decimal(amounts.get("gross")),
            paid_now=decimal(amounts.get("paid_now")),
            deferred=decimal(amounts.get("deferred")),
            components=tuple(self._components(rm_id, paid, credited, exact)),
            measures=tuple(self._measures(rm_id, rows, exact)),
            total=next((row for row in rows.get("score", ()) if row["measure"] == ""), {}),
            deferred_figure=exact.figure("rm", (self.period, rm_id), self.settings.deferred)
            if self.settings.deferred
            else None,
            settlement=head.settlement,
            extras=extras,
            corrections=corrections,
        )

    def _components(
        self, rm_id: str, paid: Sequence[Row], credited: AbstractSet[tuple[str, str]], exact: Exact
    ) -> list[Component]:
        """Components in the order of the policy; those that other sections pay, such as a pool's, come after them."""
        names = [one for one in self.settled if any(row["component"] == one for row in paid)]
        names += sorted({str(row["component"]) for row in paid} - set(names))
        found = []
        for name in names:
            own = [row for row in paid if row["component"] == name]
            settings = self.settled.get(name)
            measures = list(dict.fromkeys(str(row["measure"]) for row in own))
            parts = tuple(
                self._part(rm_id, [row for row in own if row["measure"] == measure], settings, credited, exact)
                for measure in measures
            )
            found.append(Component(name, self.labels[name], settings.amount if settings else "", parts))
        return found

    def _part(
        self,
        rm_id: str,
        rows: Sequence[Row],
        settings: ComponentSettings | None,
        credited: AbstractSet[tuple[str, str]],
        exact: Exact,
    ) -> Part:
        """The pay lines of one component and measure."""
        measure, figure = str(rows[0]["measure"]), None
        if settings is not None and settings.amount and settings.over != "line":
            key = (self.period, rm_id) if settings.over == "rm" else (self.period, rm_id, measure)
            figure = exact.figure(settings.over, key, settings.amount)
        clauses = " · ".join(dict.fromkeys(str(row["policy_clause"] or "") for row in rows))
        lines = [row for row in rows if (measure, str(row["line_id"])) in credited]
        return Part(measure, _sum(rows), clauses, figure, _sum(lines) if lines else None)

    def _measures(self, rm_id: str, rows: Rows, exact: Exact) -> list[Measure]:
        scored = {str(row["measure"]): row for row in rows.get("score", ()) if row["measure"]}
        asked: dict[str, Row] = {}
        for row in rows.get("target", ()):
            asked.setdefault(str(row["measure"]), row)
        lines: dict[str, list[Row]] = {}
        for row in rows.get("line", ()):
            lines.setdefault(str(row["measure"]), []).append(row)
        paid: dict[tuple[str, str], list[Row]] = {}
        for row in rows.get("pay", ()):
            if row["line_id"]:
                paid.setdefault((str(row["measure"]), str(row["line_id"])), []).append(row)
        found = []
        for measure in dict.fromkeys([*scored, *asked, *lines]):
            weights = self._weights(rm_id, measure, lines.get(measure, ()), exact)
            own = [self._line(rm_id, row, paid, weights, exact) for row in lines.get(measure, ())]
            found.append(Measure(measure, {**asked.get(measure, {}), **scored.get(measure, {})}, tuple(own)))
        return found

    def _weights(
        self, rm_id: str, measure: str, lines: Sequence[Row], exact: Exact
    ) -> dict[str, tuple[Fraction, Decimal]]:
        """Of each component that is handed down to lines: the sum of the weights, and the amount."""
        found = {}
        for settings in self.settings.components:
            if settings.split is None or settings.weight is None:
                continue
            whole = exact.figure("task", (self.period, rm_id, measure), settings.amount)
            figures = (exact.figure("line", self._key(rm_id, row), settings.weight) for row in lines)
            weights = sum((_number(figure) for figure in figures), Fraction(0))
            found[settings.component] = (weights, _money(_number(whole), self.pack.minor_digits))
        return found

    def _key(self, rm_id: str, row: Row) -> tuple[object, ...]:
        return (self.period, rm_id, row["measure"], row["line_id"])

    def _line(
        self,
        rm_id: str,
        row: Row,
        paid: Mapping[tuple[str, str], Sequence[Row]],
        weights: Mapping[str, tuple[Fraction, Decimal]],
        exact: Exact,
    ) -> Line:
        parts, figures = [], []
        for one in paid.get((str(row["measure"]), str(row["line_id"])), ()):
            name = str(one["component"])
            settings = self.settled.get(name)
            formula = None if settings is None else settings.weight if settings.split else settings.amount
            figure = exact.figure("line", self._key(rm_id, row), formula) if formula else None
            whole, amount = weights.get(name, (Fraction(0), ZERO))
            parts.append(Paid(name, decimal(one["amount"]), str(one["policy_clause"] or ""), figure, whole, amount))
            figures.append(figure)
        if not parts:
            figures = self._unpaid(rm_id, row, exact)
        factors = {factor.table: factor for figure in figures for factor in factors_of(figure)}
        product = str(row["product"] or "")
        return Line(
            line_id=str(row["line_id"]),
            day=_day(row["booked_on"]) or dt.date.min,
            customer_id=str(row["customer_id"] or ""),
            customer=str(row["customer"] or ""),
            product=product,
            product_name=self.products.get(product, ""),
            role=str(row["role"] or ""),
            share=None if row["share"] is None else decimal(row["share"]),
            covered_from=_day(row["covered_from"]),
            covered_to=_day(row["covered_to"]),
            coverage_source=_source(row, "coverage"),
            source=_source(row, "source"),
            amount=_money(Fraction(int(str(row["amount"])), 10**self.pack.minor_digits), self.pack.minor_digits),
            factors=tuple(factors.values()),
            paid=tuple(parts),
        )

    def _unpaid(self, rm_id: str, row: Row, exact: Exact) -> list[Figure | None]:
        """Figures of a line that brought nothing: its factors are shown all the same."""
        weights = [one.weight for one in self.settings.components if one.split and one.weight]
        return [exact.figure("line", self._key(rm_id, row), weight) for weight in weights[:1]]


def _sum(rows: Sequence[Row]) -> Decimal:
    return sum((decimal(row["amount"]) for row in rows), ZERO)


def _number(figure: Figure | None) -> Fraction:
    return figure.value if figure is not None and isinstance(figure.value, Fraction) else Fraction(0)


def _money(value: Fraction, digits: int) -> Decimal:
    """A whole number of minor units as an exact decimal."""
    return Decimal(int(value * 10**digits)).scaleb(-digits)


def _day(value: object) -> dt.date | None:
    return value if isinstance(value, dt.date) else None


def _source(row: Row, kind: str) -> str:
    """File, sheet and row of a source, as a spreadsheet shows them."""
    file = row[f"{kind}_file"]
    if not file:
        return ""
    sheet = f" {row[f'{kind}_sheet']}" if row[f"{kind}_sheet"] else ""
    return f"{file}{sheet} #{row[f'{kind}_row']}"
