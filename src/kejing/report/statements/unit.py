"""What a unit's statement says: the RMs in it and below it, summed, each sum open to the RMs it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kejing.policy.parts import Labels
from kejing.report.statements.statement import ZERO, Statement
from kejing.report.statements.sums import LADDER, amount_of, known

LADDER_NAMES = tuple(name for name, _ in LADDER)
MEASURE_FIGURES = ("stock", "increment_target", "actual")


@dataclass(frozen=True, slots=True)
class Member:
    """One RM in the sums of a unit: amounts only, so that thousands of RMs fit in memory."""

    rm_id: str
    unit_id: str
    gross: Decimal
    deferred: Decimal
    paid_now: Decimal
    corrected: Decimal
    lines: int
    points: Decimal | None
    rank: int | None
    components: Mapping[str, tuple[Labels, Decimal]]
    measures: Mapping[str, Mapping[str, Decimal]]
    settled: Mapping[str, Decimal]
    extras: Mapping[str, tuple[bool, int, Decimal]]  # kept, rows, sum of amounts

    @classmethod
    def of(cls, statement: Statement) -> Member:
        """The sums of one statement."""
        rank = statement.total.get("rank")
        settled = statement.settlement or {}
        return cls(
            statement.rm_id,
            statement.unit_id,
            statement.gross,
            statement.deferred,
            statement.paid_now,
            statement.corrected,
            statement.lines,
            known(statement.total.get("points")),
            rank if isinstance(rank, int) else None,
            {one.component: (one.labels, one.amount) for one in statement.components},
            {
                one.measure: {name: amount_of(one.task.get(name)) for name in MEASURE_FIGURES}
                for one in statement.measures
            },
            {name: amount_of(settled[name]) for name in LADDER_NAMES if name in settled},
            {
                name: (extra.is_kept, len(extra.rows), sum((amount_of(row.get("amount")) for row in extra.rows), ZERO))
                for name, extra in statement.extras.items()
            },
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit and everybody in it and below it, in the order of their ids."""

    unit_id: str
    members: Sequence[Member]

    @property
    def gross(self) -> Decimal:
        """Sum of gross pay."""
        return _sum(member.gross for member in self.members)

    @property
    def deferred(self) -> Decimal:
        """Sum of what is deferred."""
        return _sum(member.deferred for member in self.members)

    @property
    def paid_now(self) -> Decimal:
        """Sum of what is paid now."""
        return _sum(member.paid_now for member in self.members)

    @property
    def components(self) -> dict[str, tuple[Labels, Decimal]]:
        """Component to its name and sum, in the order in which members name them."""
        found: dict[str, tuple[Labels, Decimal]] = {}
        for member in self.members:
            for name, (labels, amount) in member.components.items():
                found[name] = (labels, found.get(name, (labels, ZERO))[1] + amount)
        return found

    def paid(self, component: str) -> list[tuple[Member, Decimal]]:
        """Members with the component, the largest amount first."""
        found = [(one, one.components[component][1]) for one in self.members if component in one.components]
        return sorted(found, key=lambda pair: (-pair[1], pair[0].rm_id))

    @property
    def measures(self) -> dict[str, dict[str, Decimal]]:
        """Measure to the sums of stock, target and result."""
        found: dict[str, dict[str, Decimal]] = {}
        for member in self.members:
            for measure, figures in member.measures.items():
                sums = found.setdefault(measure, dict.fromkeys(MEASURE_FIGURES, ZERO))
                for name in MEASURE_FIGURES:
                    sums[name] += figures[name]
        return found

    @property
    def ladder(self) -> list[tuple[str, Decimal]]:
        """From gross to payable; to paid now where the policy has no settlement."""
        if not any(member.settled for member in self.members):
            return [("gross", self.gross), ("deferred", self.deferred), ("paid_now", self.paid_now)]
        names = [name for name in LADDER_NAMES if any(name in member.settled for member in self.members)]
        return [(name, _sum(member.settled.get(name, ZERO) for member in self.members)) for name in names]

    @property
    def extras(self) -> dict[str, tuple[bool, int, Decimal]]:
        """Table beside pay to whether it is kept, its rows and the sum of their amounts."""
        found: dict[str, tuple[bool, int, Decimal]] = {}
        for member in self.members:
            for name, (kept, rows, amount) in member.extras.items():
                before = found.get(name, (False, 0, ZERO))
                found[name] = (kept or before[0], rows + before[1], amount + before[2])
        return found

    def ties(self) -> list[tuple[str, Decimal, Decimal]]:
        """Sums that must agree: components with gross pay, and gross with what is paid now or deferred."""
        return [
            ("gross", _sum(amount for _, amount in self.components.values()), self.gross),
            ("paid", self.paid_now + self.deferred, self.gross),
        ]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
