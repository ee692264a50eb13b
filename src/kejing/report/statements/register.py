"""The register of a measure: its credited lines by customer, each with coverage, factors, pay and clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kejing.policy import Type
from kejing.report.clauses.phrase import Link
from kejing.report.numbers import plain
from kejing.report.statements.frame import Desk
from kejing.report.statements.statement import ZERO, Factor, Line, Measure, Paid


@dataclass(frozen=True, slots=True)
class LineView:
    """One credited line as the register shows it."""

    line_id: str
    what: str
    source: str
    held: str
    covered: str
    coverage_source: str
    amount: str
    factors: Sequence[tuple[str, str]]
    paid: Sequence[tuple[str, str]]
    clauses: Sequence[Link]


@dataclass(frozen=True, slots=True)
class CustomerView:
    """The lines of one customer, and what they sum to."""

    customer_id: str
    name: str
    amount: str
    paid: Sequence[str]
    lines: Sequence[LineView]


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The lines under one measure."""

    anchor: str
    label: str
    lines: int
    amount: str
    paid: Sequence[tuple[str, str]]  # component label, sum
    factors: Sequence[tuple[str, str]]  # anchor of the table, label
    customers: Sequence[CustomerView]


class Registers:
    """Builds registers at the desk of one language. ``components`` is component to label."""

    def __init__(self, desk: Desk, components: Mapping[str, str]) -> None:
        self.desk = desk
        self.voice = desk.voice
        self.components = components

    def register(self, measure: Measure) -> RegisterView:
        """The lines of one measure, the customer with the largest sum first."""
        voice, components = self.voice, measure.components
        sums = {name: sum((line.paid_by(name) for line in measure.lines), ZERO) for name in components}
        return RegisterView(
            f"m-{measure.measure}",
            voice.code(measure.measure, "measure"),
            len(measure.lines),
            voice.money(measure.credited),
            [(self.components.get(name, name), voice.money(sums[name])) for name in components],
            [(f"t-{table}", voice.label(labels)) for table, labels in measure.factors.items()],
            [
                CustomerView(
                    customer,
                    name,
                    voice.money(sum((line.amount for line in lines), ZERO)),
                    [voice.money(sum((line.paid_by(one) for line in lines), ZERO)) for one in components],
                    [self._line(line, components) for line in lines],
                )
                for customer, name, lines in measure.by_customer()
            ],
        )

    def _line(self, line: Line, components: Sequence[str]) -> LineView:
        voice = self.voice
        role = voice.code(line.role, "role") if line.role else ""
        share = f"{plain(line.share * 100)}%" if line.share is not None else ""
        paid = {part.component: part for part in line.paid}
        return LineView(
            line.line_id,
            " · ".join(filter(None, (line.day.isoformat(), line.product_name or line.product))),
            line.source,
            f"{role} {share}".strip(),
            voice.span(line.covered_from, line.covered_to) if line.covered_from else "–",
            line.coverage_source,
            voice.money(line.amount),
            [self._factor(factor) for factor in line.factors],
            [self._paid(paid.get(name), line) for name in components],
            [Link(version_of(part.clause), f"f-{formula_of(part.clause)}") for part in line.paid],
        )

    def _factor(self, factor: Factor) -> tuple[str, str]:
        inputs = self.desk.frame.pack.tables[factor.table].inputs
        words = [self.voice.code(value, inputs[name].codes or "") for name, value in factor.inputs if name in inputs]
        return self.voice.word("formula.comma").join(words), self.voice.value(factor.value, Type.NUMBER)

    def _paid(self, part: Paid | None, line: Line) -> tuple[str, str]:
        """The amount and how it comes about, in figures."""
        if part is None:
            return "–", ""
        amount = self.voice.money(part.amount)
        if part.figure is None:
            return amount, ""
        if part.whole_weight:
            return amount, " ".join(
                (
                    self.voice.money(part.whole_amount),
                    "×",
                    self.voice.value(part.figure.value, part.figure.type),
                    "÷",
                    self.voice.value(part.whole_weight, part.figure.type),
                )
            )
        return amount, self.desk.reasons.calculation(part.figure, line.day)


def version_of(clause: str) -> str:
    """``increment_pay_due@2000-01-01`` of the clause ``increment_pay: increment_pay_due@2000-01-01``."""
    return clause.rpartition(": ")[2]


def formula_of(clause: str) -> str:
    """The formula that a clause names."""
    return version_of(clause).partition("@")[0]
