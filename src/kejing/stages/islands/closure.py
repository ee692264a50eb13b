"""From changed fact rows to the customers whose lines must be reckoned anew.

``before_<table>`` and ``after_<table>`` are the stored fact tables of two snapshots, all versions of all rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.stages.islands.engine import CUSTOMERS, RMS
from kejing.stages.islands.seams import CUSTOMER_FACTS
from kejing.stages.islands.whole import EverythingTouchedError
from kejing.stages.rule_file import day_literal
from kejing.warehouse.protocol import Engine

PEOPLE_FACTS = frozenset(
    {
        *("goals", "incidents", "disputes", "adjustments", "holds", "pools", "funds", "fund_claims"),
        *("appeals", "openings", "signatures"),
    }
)
"""Facts above the lines: stages that draw on sums by RM read them whole, and no other stage reads them."""
_READ_WHOLE = PEOPLE_FACTS | {"units", "rms", "rm_absences", "contacts", "losses", "pins"}
"""Facts that move no line by themselves; a changed row of an RM names customers."""
_SIDES = ("before", "after")
_FOUND = "touched_customer"
_NOT_SAID = frozenset({"source_file", "source_sheet", "source_row"})


@dataclass(frozen=True, slots=True)
class Change:
    """A fact table that differs between two snapshots.

    Attributes
    ----------
    days
        Days of knowledge whose rows differ in number, where the later snapshot only added rows; None where any row
        may differ.
    single
        Whether no key of the later table has several versions.
    """

    table: FactTable
    days: tuple[dt.date, ...] | None
    single: bool


@dataclass(slots=True)
class Closure:
    """The island, grown until nothing inside hangs on anything outside.

    Attributes
    ----------
    engine
        Holds the stored tables of both snapshots; the island's customers and RMs are gathered in it.
    by_group
        Whether customers of a group are judged together.
    most
        Customers above which an island is not worth telling apart [count].
    """

    engine: Engine
    by_group: bool
    most: int
    rms: set[str] = field(default_factory=set)

    def start(self, changes: Sequence[Change]) -> None:
        """Customers of changed rows, and of RMs of changed rows.

        Raises
        ------
        EverythingTouchedError
            A table changed that any line may use: rates, products, and whatever is not known to be none.
        """
        self.engine.attach_arrow(CUSTOMERS, pa.table({"customer_id": pa.array([], pa.string())}))
        for change in changes:
            if change.table.name not in (*CUSTOMER_FACTS, *_READ_WHOLE):
                raise EverythingTouchedError("shared_facts", change.table.name)
            if change.table.name in CUSTOMER_FACTS:
                self._add(self._of_rows(change))
            elif change.table.name == "rms":
                rows = self.engine.fetch(f"SELECT rm_id FROM ({_changed(change, ('rm_id',))}) AS r GROUP BY rm_id")
                self.with_books_of(rows.column(0).to_pylist())
        self._settle()

    def with_books_of(self, rms: Collection[str]) -> None:
        """Everybody whom one of ``rms`` ever covered, in either snapshot."""
        self.rms |= set(rms)
        self.engine.attach_arrow(RMS, pa.table({"rm_id": pa.array(sorted(self.rms), pa.string())}))
        for side in _SIDES:
            self._add(f"SELECT c.customer_id FROM {side}_coverage AS c JOIN {RMS} AS r ON r.rm_id = c.rm_id")
        self._settle()

    def teams(self) -> set[str]:
        """Everybody who ever covered a customer of the island, in either snapshot."""
        parts = " UNION ALL ".join(
            f"SELECT c.rm_id FROM {side}_coverage AS c JOIN {CUSTOMERS} AS i ON i.customer_id = c.customer_id"
            for side in _SIDES
        )
        return set(self.engine.fetch(f"SELECT rm_id FROM ({parts}) AS t GROUP BY rm_id").column(0).to_pylist())

    def customers(self) -> pa.Table:
        """Relation ``island_customer``."""
        return self.engine.fetch(f"SELECT customer_id FROM {CUSTOMERS} ORDER BY customer_id")

    def _of_rows(self, change: Change) -> str:
        """Customers of the rows that changed, and of other versions of the same rows."""
        table = change.table
        changed = _changed(change, (*table.key, "customer_id"))
        if "customer_id" in table.key or change.single:
            return f"SELECT customer_id FROM ({changed}) AS c"
        same = " AND ".join(f"c.{name} = s.{name}" for name in table.key)
        parts = [
            f"SELECT s.customer_id FROM {side}_{table.name} AS s JOIN changed_row AS c ON {same}" for side in _SIDES
        ]
        self.engine.create("changed_row", changed)
        return " UNION ALL ".join(parts)

    def _settle(self) -> None:
        """Grow by groups, until no customer inside is judged together with one outside."""
        while self.by_group:
            had = self._count()
            for side in _SIDES:
                group = (
                    f"SELECT COALESCE(c.group_id, c.customer_id) AS group_id FROM {side}_customers AS c"
                    f" JOIN {CUSTOMERS} AS i ON i.customer_id = c.customer_id"
                )
                self.engine.create("island_group", f"SELECT group_id FROM ({group}) AS g GROUP BY group_id")
                members = f"SELECT c.customer_id FROM {side}_customers AS c JOIN island_group AS g ON g.group_id = c."
                self._add(f"{members}group_id UNION ALL {members}customer_id")
            if self._count() == had:
                break

    def _add(self, text: str) -> None:
        self.engine.create(
            _FOUND, f"SELECT customer_id FROM {CUSTOMERS} UNION ALL SELECT customer_id FROM ({text}) AS t"
        )
        self.engine.create(CUSTOMERS, f"SELECT customer_id FROM {_FOUND} GROUP BY customer_id")
        if self._count() > self.most:
            raise EverythingTouchedError("large", str(self._count()))

    def _count(self) -> int:
        return int(str(self.engine.value(f"SELECT COUNT(*) FROM {CUSTOMERS}")))


def _changed(change: Change, columns: Collection[str]) -> str:
    """SELECT of ``columns`` of the rows that one snapshot has and the other lacks."""
    said = ", ".join(name for name in change.table.arrow_schema.names if name not in _NOT_SAID)
    listed = ", ".join(dict.fromkeys(columns))
    name = change.table.name
    known = ""
    if change.days is not None:
        known = f" WHERE known_at IN ({', '.join(day_literal(day) for day in change.days)})"
    after, before = (f"SELECT {said} FROM {side}_{name}{known}" for side in ("after", "before"))
    parts = [f"{after} EXCEPT {before}"]
    if change.days is None:
        parts.append(f"{before} EXCEPT {after}")
    return " UNION ALL ".join(f"SELECT {listed} FROM ({part}) AS p" for part in parts)


def tables_read(before: Mapping[str, Mapping[str, object]], after: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Fact tables that a closure reads: those that differ, and those by which it grows."""
    grown_by = {"customers", "coverage"}
    return [name for name in FACT_TABLES if name in grown_by or _differs(before, after, name)]


def _differs(before: Mapping[str, Mapping[str, object]], after: Mapping[str, Mapping[str, object]], name: str) -> bool:
    return before.get(name, {}).get("sha256") != after.get(name, {}).get("sha256")


def changes_of(
    engine: Engine,
    before: Mapping[str, Mapping[str, object]],
    after: Mapping[str, Mapping[str, object]],
    *,
    only_added: bool,
) -> list[Change]:
    """Fact tables whose content differs, with the days of knowledge on which it does.

    ``before`` and ``after`` are the tables of two snapshots by name, with content hash and ``single_version``;
    ``only_added`` says that the later snapshot was made from the earlier one, which takes no stored row away: on a
    day with as many rows as before nothing changed.
    """
    found = []
    for name, table in FACT_TABLES.items():
        if _differs(before, after, name):
            days = _days(engine, name) if only_added else None
            found.append(Change(table, days, bool(after.get(name, {}).get("single_version", True))))
    return found


def _days(engine: Engine, name: str) -> tuple[dt.date, ...]:
    rows = engine.fetch(
        "SELECT known_at FROM ("
        f"SELECT known_at, COUNT(*) AS rows FROM after_{name} GROUP BY known_at"
        f" UNION ALL SELECT known_at, -COUNT(*) AS rows FROM before_{name} GROUP BY known_at"
        ") AS counted GROUP BY known_at HAVING SUM(rows) <> 0 ORDER BY known_at"
    )
    return tuple(rows.column(0).to_pylist())
