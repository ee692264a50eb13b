"""Where a run over an island is joined to what an earlier run kept: sums that grow and shrink by customer.

A sum is kept by names, because numbers of RMs and slots are those of one run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kejing.warehouse.protocol import Engine


@dataclass(frozen=True, slots=True)
class Naming:
    """A number of one run, the relation that says what it stands for, and what it stands for."""

    column: str
    relation: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over lines or customers: by ``numbered`` columns and by ``plain`` ones.

    ``present`` counts the rows behind a sum: where it comes to nothing the sum is no row. A sum without it has a row
    wherever ``like`` has one. Where ``is_canonical`` a row of zeros says the same as none, and none is kept.
    """

    numbered: tuple[Naming, ...] = ()
    plain: tuple[str, ...] = ()
    present: str = ""
    like: str = ""
    is_canonical: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What a sum is told by, whatever the run."""
        return (*(name for naming in self.numbered for name in naming.names), *self.plain)

    @property
    def keys(self) -> tuple[str, ...]:
        """The same in numbers of one run."""
        return (*(naming.column for naming in self.numbered), *self.plain)

    def figures(self, columns: list[str]) -> list[str]:
        """The columns of the relation that are added up."""
        numbers = {naming.column for naming in self.numbered}
        return [column for column in columns if column not in numbers and column not in self.plain]

    def named(self, relation: str, columns: list[str]) -> str:
        """SELECT of the sums in ``relation`` by names."""
        listed = [f"n{place}.{name}" for place, naming in enumerate(self.numbered) for name in naming.names]
        listed += [f"t.{name}" for name in self.plain]
        listed += [f"CAST(t.{figure} AS $WIDE) AS {figure}" for figure in self.figures(columns)]
        joins = "".join(
            f" JOIN {naming.relation} AS n{place} ON n{place}.{naming.column} = t.{naming.column}"
            for place, naming in enumerate(self.numbered)
        )
        return f"SELECT {', '.join(listed)} FROM {relation} AS t{joins}"

    def numbers(self, relation: str, figures: list[str], sign: str = "") -> str:
        """What SELECT lists, and from where, for sums that ``relation`` has by names: keys and figures by numbers."""
        listed = [f"n{place}.{naming.column}" for place, naming in enumerate(self.numbered)]
        listed += [f"t.{name}" for name in self.plain]
        listed += [f"{sign}t.{figure} AS {figure}" for figure in figures]
        joins = "".join(
            f" JOIN {naming.relation} AS n{place} ON "
            + " AND ".join(f"n{place}.{name} = t.{name}" for name in naming.names)
            for place, naming in enumerate(self.numbered)
        )
        return f"{', '.join(listed)} FROM {relation} AS t{joins}"


_RM = Naming("rm", "team_rm", ("rm_id",))
_PAID = Naming("slot", "paid_slot", ("period", "measure", "business_type"))
_CREDITED = Naming("slot", "line_slot", ("measure", "task_measure", "period", "business_type"))
_SEAMS = (
    (re.compile(r"line_sums_1"), Sums((_RM, _PAID), present="all_rows")),
    (re.compile(r"line_sums_\d+"), Sums((_RM, _PAID), like="line_sums_1")),
    (re.compile(r"credit_beside"), Sums((_RM, _PAID), present="parts")),
    (re.compile(r"paid_of_\w+"), Sums((_RM, _PAID), is_canonical=True)),
    (re.compile(r"credit_total"), Sums((_CREDITED,), ("is_house",), present="parts")),
    (re.compile(r"stock_rm"), Sums((), ("period", "measure", "rm_id"))),
)
NUMBERED = {"team_rm": ("rm", ("rm_id",)), "line_slot": ("slot", _CREDITED.names)}
"""Relations that number things of the lines: their number, and what it stands for."""
CUSTOMER_FACTS = ("customers", "measures", "coverage", "income", "balances")
"""Facts of which a run over an island sees those of its customers alone."""
PAY_ROWS = "pay_of_"


def sums_at(relation: str) -> Sums | None:
    """How ``relation`` is kept, if it is one of sums."""
    return next((sums for pattern, sums in _SEAMS if pattern.fullmatch(relation)), None)


def kept_relations(engine: Engine) -> list[str]:
    """Relations of a finished run that are kept for the next."""
    return sorted(name for name in engine.relations() if name in NUMBERED or sums_at(name) is not None)
