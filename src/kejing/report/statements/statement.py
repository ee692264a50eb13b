"""What a statement says, before any language: amounts, lines, their coverage, and the figures behind them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kejing.policy.exact import Figure
from kejing.policy.parts import Labels
from kejing.report.read_run import Row

ZERO = Decimal(0)


class Standing(StrEnum):
    """Whether the figures of a statement can still change."""

    PROVISIONAL = "provisional"  # the period is open: the next run may differ
    CLOSED = "closed"  # closed, and settled once more by a longer period: a quarter before its year
    FINAL = "final"  # closed for good: a difference is posted into a later period


@dataclass(frozen=True, slots=True)
class Factor:
    """A number that a table of the policy gave to one line.

    ``rule`` is ``table#rule_id``; ``inputs`` are what was looked up, by column.
    """

    table: str
    labels: Labels
    value: Fraction
    rule: str
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Paid:
    """What one line brought under one component.

    Attributes
    ----------
    figure
        Of a component over lines: the amount before nothing else. Of a component that is handed down from its
        measure: the line's weight in the split. None where the run kept no inputs of its formulas.
    whole_weight
        Sum of the weights among which the measure's amount was split; zero where nothing was split.
    whole_amount
        The amount that was split.
    """

    component: str
    amount: Decimal
    clause: str
    figure: Figure | None = None
    whole_weight: Fraction = Fraction(0)
    whole_amount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """One credited line: what it is, by which coverage it is the RM's, and what it brought."""

    line_id: str
    day: dt.date
    customer_id: str
    customer: str
    product: str
    product_name: str
    role: str
    share: Decimal | None
    covered_from: dt.date | None
    covered_to: dt.date | None
    coverage_source: str
    source: str
    amount: Decimal
    factors: tuple[Factor, ...] = ()
    paid: tuple[Paid, ...] = ()

    def paid_by(self, component: str) -> Decimal:
        """What the line brought under one component."""
        return sum((part.amount for part in self.paid if part.component == component), ZERO)


@dataclass(frozen=True, slots=True)
class Measure:
    """Target and result under one measure, and the lines the result is the sum of."""

    measure: str
    task: Row
    lines: tuple[Line, ...]

    @property
    def credited(self) -> Decimal:
        """Sum of the credited lines."""
        return sum((line.amount for line in self.lines), ZERO)

    @property
    def components(self) -> tuple[str, ...]:
        """Components that pay by line, in the order in which lines name them."""
        return tuple(dict.fromkeys(part.component for line in self.lines for part in line.paid))

    @property
    def factors(self) -> Mapping[str, Labels]:
        """Tables that gave a factor to some line, in order."""
        return {factor.table: factor.labels for line in self.lines for factor in line.factors}

    def by_customer(self) -> list[tuple[str, str, tuple[Line, ...]]]:
        """Customer, name and lines, the largest credited sum first."""
        groups: dict[str, list[Line]] = {}
        for line in self.lines:
            groups.setdefault(line.customer_id, []).append(line)
        ordered = sorted(groups, key=lambda one: (-abs(sum((line.amount for line in groups[one]), ZERO)), one))
        return [(one, groups[one][0].customer, tuple(groups[one])) for one in ordered]


@dataclass(frozen=True, slots=True)
class Part:
    """A component's amount under one measure (``''`` where it has none).

    ``figure`` is the amount the policy's formula gives, worked out a second time on exact fractions; ``clause`` is
    the clause of the pay lines; ``on_lines`` is what of the amount stands in the register of the measure, line by
    line, None where nothing does.
    """

    measure: str
    amount: Decimal
    clause: str
    figure: Figure | None
    on_lines: Decimal | None


@dataclass(frozen=True, slots=True)
class Component:
    """One pay component of the RM."""

    component: str
    labels: Labels
    formula: str
    parts: tuple[Part, ...]

    @property
    def amount(self) -> Decimal:
        """Sum of the parts."""
        return sum((part.amount for part in self.parts), ZERO)


@dataclass(frozen=True, slots=True)
class Extra:
    """Rows of a table beside pay. ``is_kept`` False: this policy has no such thing."""

    table: str
    is_kept: bool
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """A posting that changes what an earlier entry of the ledger said."""

    posting_id: str
    entry: str
    period: str
    posted_in: str
    rm_id: str
    component: str
    measure: str
    line_id: str
    customer_id: str
    amount: Decimal
    corrects: str
    kind: str
    policy_clause: str
    known_on: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One RM's statement of one period. Amounts are exact, in whole units of the policy's currency.

    ``deferred_figure`` is the formula behind the deferred amount. ``settlement`` is the row of the settlement, None
    where the policy has none.
    """

    rm_id: str
    unit_id: str
    period: str
    person: Row
    gross: Decimal
    paid_now: Decimal
    deferred: Decimal
    components: tuple[Component, ...]
    measures: tuple[Measure, ...]
    total: Row
    deferred_figure: Figure | None
    settlement: Row | None
    extras: Mapping[str, Extra]
    corrections: tuple[Correction, ...] = ()

    @property
    def of_components(self) -> Decimal:
        """Sum of the components: equal to gross pay, and shown beside it."""
        return sum((component.amount for component in self.components), ZERO)

    @property
    def corrected(self) -> Decimal:
        """Sum of the corrections that this period carries."""
        return sum((one.amount for one in self.corrections if one.posted_in == self.period), ZERO)

    @property
    def lines(self) -> int:
        """Credited lines."""
        return sum(len(measure.lines) for measure in self.measures)
