"""An engine that sees an island: a stage runs as ever, and what it makes of the lines is joined to what was kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from kejing.stages.islands.kept import KeptRun
from kejing.stages.islands.seams import CUSTOMER_FACTS, NUMBERED, PAY_ROWS, Sums, sums_at
from kejing.stages.islands.whole import EverythingTouchedError
from kejing.stages.tables import OUT_TABLES
from kejing.warehouse.dialect import Dialect
from kejing.warehouse.protocol import Engine, RowsWork

CUSTOMERS, RMS = "island_customer", "island_rm"
_OWN = "own_"
_STORED = "stored_"
_OF_ONE_CUSTOMER = ("customers", "measures", "coverage")
"""Facts whose key has the customer, so that all versions of a row are of one."""
_WITNESSES = f"""
    SELECT b.*
    FROM every_balances AS b
    JOIN (
      SELECT month, product, currency, MIN(customer_id) AS customer_id
      FROM every_balances GROUP BY month, product, currency
    ) AS w ON w.month = b.month AND w.product = b.product AND w.currency = b.currency AND w.customer_id = b.customer_id
    LEFT JOIN {CUSTOMERS} AS i ON i.customer_id = b.customer_id
    WHERE i.customer_id IS NULL
"""
"""One row of every month, product and currency: a month counts once any balance of it was brought, whoever's it is."""
_TABLES_BY_CUSTOMER = ("segment", "value")
_TRACES_BY_CUSTOMER = ("profit_holding",)
_FILES_BY_CUSTOMER = ("credit",)
_TRACED_BY_CUSTOMER = ("line_input", "account_input")
"""Relations that only files want whole, when the run is over: tables, and what formulas read."""


@dataclass(frozen=True, slots=True)
class PayRows:
    """Pay components whose rows are written line by line: by the lines alone, or from an amount of the task."""

    by_line: frozenset[str]
    by_task: frozenset[str]


@dataclass(slots=True)
class IslandEngine:
    """Stands between the stages and ``inner``, whose ``island_customer`` and ``island_rm`` say who is inside.

    Attributes
    ----------
    before
        The island's own sums under the facts of the earlier run. Without them this is that run: sums are the kept
        ones, and ``own`` gathers those of the island.
    single
        Fact tables whose keys have one version each: their rows are those of their customers, whatever is known when.
    """

    inner: Engine
    kept: KeptRun
    pay: PayRows
    single: Collection[str] = ()
    before: Mapping[str, pa.Table] | None = None
    own: dict[str, pa.Table] = field(default_factory=dict)
    _tables: set[str] = field(default_factory=set)

    @property
    def dialect(self) -> Dialect:
        """That of the engine inside."""
        return self.inner.dialect

    @property
    def is_in_process(self) -> bool:
        """Whether the engine inside is."""
        return self.inner.is_in_process

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path``; of facts by customer, those of the island."""
        table = name.removeprefix(_STORED)
        if (
            name.startswith(_STORED)
            and table in CUSTOMER_FACTS
            and (table in _OF_ONE_CUSTOMER or (table == "income" and table in self.single))
        ):
            self.inner.attach_parquet(f"every_{name}", path)
            self.inner.create_view(name, _inside(f"every_{name}"))
        else:
            self.inner.attach_parquet(name, path)

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Bring ``table`` in."""
        self.inner.attach_arrow(name, table)

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name``, joined to what was kept where it is a seam."""
        self._tables.add(name)
        self._make(name, text, self.inner.create)

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT, joined to what was kept where it is a seam."""
        self._make(name, text, self.inner.create_view)

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep what ``work`` makes of the rows of a SELECT; no sum is made so."""
        self.inner.transform(names, text, work)

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT."""
        return self.inner.fetch(text)

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT, some at a time."""
        return self.inner.batches(text)

    def value(self, text: str) -> object:
        """The single value of a SELECT."""
        return self.inner.value(text)

    def relations(self) -> set[str]:
        """Names of all relations."""
        return self.inner.relations()

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        return self.inner.columns(name)

    def close(self) -> None:
        """Let go of the engine inside."""
        self.inner.close()

    def finish(self) -> None:
        """Make whole what only the files want whole; call it once, when the stages are done."""
        there = self.inner.relations()
        for name in (name for name in (*_FILES_BY_CUSTOMER, *_TRACED_BY_CUSTOMER) if name in there):
            is_file = name in _FILES_BY_CUSTOMER
            columns = [column.name for column in OUT_TABLES[name].columns] if is_file else self.inner.columns(name)
            attach = self.kept.attach_table if is_file else self.kept.attach_trace
            own = f"{_OWN}{name}"
            self.inner.create(own, f"SELECT {', '.join(columns)} FROM {name}")
            replace = self.inner.create if name in self._tables else self.inner.create_view
            replace(name, _joined(columns, own, attach(self.inner, name)))

    def _make(self, name: str, text: str, keep: Callable[[str, str], None]) -> None:
        sums = sums_at(name)
        component = name.removeprefix(PAY_ROWS)
        if sums is not None:
            keep(f"{_OWN}{name}", text)
            self._make_sums(name, sums)
        elif name in NUMBERED:
            keep(f"{_OWN}{name}", text)
            self._number(name)
        elif name in _TABLES_BY_CUSTOMER or name in _TRACES_BY_CUSTOMER or name == "directory":
            keep(f"{_OWN}{name}", text)
            self._join_rows(name)
        elif name == "balances":
            keep("every_balances", text)
            self.inner.create(name, f"{_inside('every_balances')} UNION ALL {_WITNESSES}")
        elif name == "income" and name not in self.single:
            keep("every_income", text)
            self.inner.create(name, _inside("every_income"))
        elif name.startswith(PAY_ROWS) and component in self.pay.by_line | self.pay.by_task:
            keep(f"{_OWN}{name}", text)
            self._join_pay(name, component)
        else:
            keep(name, text)

    def _number(self, name: str) -> None:
        """Numbers of this run for what only the kept sums name, after its own."""
        column, names = NUMBERED[name]
        own = f"{_OWN}{name}"
        kept = self.kept.attach_sums(self.inner, name)
        if kept is None:
            self.inner.create_view(name, f"SELECT * FROM {own}")
            return
        same = " AND ".join(f"o.{one} = k.{one}" for one in names)
        listed = ", ".join(f"k.{one}" for one in names)
        plain = ", ".join(names)
        self.inner.create(
            name,
            f"SELECT {column}, {plain} FROM {own} UNION ALL"
            f" SELECT m.most + ROW_NUMBER() OVER (ORDER BY {listed}) AS {column}, {listed}"
            f" FROM {kept} AS k JOIN (SELECT COALESCE(MAX({column}), 0) AS most FROM {own}) AS m ON 1 = 1"
            f" LEFT JOIN {own} AS o ON {same} WHERE o.{column} IS NULL",
        )

    def _make_sums(self, name: str, sums: Sums) -> None:
        """Kept, less what the island gave before, plus what it gives now; only sums that it touches are added up."""
        own = f"{_OWN}{name}"
        columns = self.inner.columns(own)
        keys, figures = sums.keys, sums.figures(columns)
        if any(figure.startswith(("min_", "max_")) for figure in figures):
            raise EverythingTouchedError("not_additive", name)
        kept = self._kept_sums(name, sums, columns)
        if self.before is None:
            self.own[name] = self.inner.fetch(sums.named(own, columns))
            self.inner.create(name, kept)
            return
        self.inner.create(f"numbered_{name}", kept)
        self._add_moved(name, sums, figures)
        same = " AND ".join(f"t.{key} = k.{key}" for key in keys)
        of_kept = ", ".join(f"k.{column}" for column in (*keys, *figures))
        added = self._typed(name, sums, columns)
        like = f" JOIN {sums.like} AS l ON {' AND '.join(f'l.{key} = k.{key}' for key in keys)}" if sums.like else ""
        self.inner.create_view(
            name,
            f"SELECT {of_kept} FROM numbered_{name} AS k LEFT JOIN touched_{name} AS t ON {same}"
            f" WHERE t.{keys[0]} IS NULL UNION ALL SELECT {added} FROM added_{name} AS k{like}",
        )
        self._refuse_vanished(name, sums, figures)

    def _add_moved(self, name: str, sums: Sums, figures: list[str]) -> None:
        """Relations ``moved_``, what the island gives and gave; ``touched_``, its keys; ``added_``, their new sums."""
        keys = ", ".join(sums.keys)
        listed = ", ".join((*sums.keys, *figures))
        parts = [f"SELECT 1 AS side, {listed} FROM {_OWN}{name}"]
        if self.before is not None and name in self.before:
            self.inner.attach_arrow(f"before_{name}", self.before[name])
            parts.append(f"SELECT -1 AS side, {sums.numbers(f'before_{name}', figures, '-')}")
        self.inner.create(f"moved_{name}", " UNION ALL ".join(parts))
        self.inner.create(f"touched_{name}", f"SELECT {keys} FROM moved_{name} GROUP BY {keys}")
        same = " AND ".join(f"t.{key} = k.{key}" for key in sums.keys)
        of_kept = ", ".join(f"k.{column}" for column in (*sums.keys, *figures))
        some = f" HAVING SUM({sums.present}) <> 0" if sums.present else ""
        self.inner.create(
            f"added_{name}",
            f"SELECT {keys}, {', '.join(f'SUM({one}) AS {one}' for one in figures)} FROM ("
            f"SELECT {listed} FROM moved_{name} UNION ALL"
            f" SELECT {of_kept} FROM numbered_{name} AS k JOIN touched_{name} AS t ON {same}"
            f") AS every GROUP BY {keys}{some}",
        )

    def _kept_sums(self, name: str, sums: Sums, columns: list[str]) -> str:
        """SELECT of the kept sums in this run's numbers, typed as the stage types them."""
        kept = self.kept.attach_sums(self.inner, name)
        listed = self._typed(name, sums, columns)
        if kept is None:
            return f"SELECT {listed} FROM {_OWN}{name} AS k WHERE 1 = 0"
        return f"SELECT {listed} FROM (SELECT {sums.numbers(kept, sums.figures(columns))}) AS k"

    def _typed(self, name: str, sums: Sums, columns: list[str]) -> str:
        """Keys and figures of ``k``, each figure of the type that it has in the island's own relation."""
        types = {one.name: one.type for one in self.inner.fetch(f"SELECT * FROM {_OWN}{name} LIMIT 0").schema}
        cells = [f"k.{key}" for key in sums.keys]
        for figure in sums.figures(columns):
            wanted = "$BIGINT" if types[figure] == pa.int64() else "$WIDE"
            cells.append(f"CAST(k.{figure} AS {wanted}) AS {figure}")
        return ", ".join(cells)

    def _refuse_vanished(self, name: str, sums: Sums, figures: list[str]) -> None:
        """A sum that the island left and that comes to nothing is a row or none: only all rows can tell."""
        if sums.present or sums.like or sums.is_canonical:
            return
        keys = ", ".join(sums.keys)
        same = " AND ".join(f"a.{key} = m.{key}" for key in sums.keys)
        nothing = " AND ".join(f"a.{figure} = 0" for figure in figures)
        left = f"SELECT {keys} FROM moved_{name} GROUP BY {keys} HAVING MAX(side) < 0"
        if self.inner.value(f"SELECT COUNT(*) FROM ({left}) AS m JOIN added_{name} AS a ON {same} WHERE {nothing}"):
            raise EverythingTouchedError("not_additive", name)

    def _join_rows(self, name: str) -> None:
        """Kept rows of customers outside, own rows of those inside."""
        own = f"{_OWN}{name}"
        if name == "directory":
            kept = self.kept.attach_table(self.inner, name)
            columns = [column.name for column in OUT_TABLES[name].columns]
            of_others = (
                ""
                if kept is None
                else (
                    f" UNION ALL SELECT {', '.join(f'k.{one}' for one in columns)} FROM {kept} AS k"
                    f" LEFT JOIN {CUSTOMERS} AS i ON i.customer_id = k.id"
                    " WHERE k.kind = 'customer' AND i.customer_id IS NULL"
                )
            )
            self.inner.create_view(name, f"SELECT {', '.join(columns)} FROM {own}{of_others}")
            return
        attach = self.kept.attach_trace if name in _TRACES_BY_CUSTOMER else self.kept.attach_table
        self.inner.create_view(name, _joined(self.inner.columns(own), own, attach(self.inner, name)))

    def _join_pay(self, name: str, component: str) -> None:
        """Rows of a component: by customer where lines alone decide them, by RM where an amount of the task does."""
        own, kept = f"{_OWN}{name}", self.kept.attach_table(self.inner, "pay")
        columns = self.inner.columns(own)
        listed = ", ".join(columns)
        of_others = ", ".join(f"k.{column}" for column in columns)
        if component in self.pay.by_line:
            inside, key, relation = f"SELECT {listed} FROM {own}", "customer_id", CUSTOMERS
        else:
            of_own = ", ".join(f"o.{column}" for column in columns)
            inside = f"SELECT {of_own} FROM {own} AS o JOIN {RMS} AS i ON i.rm_id = o.rm_id"
            key, relation = "rm_id", RMS
        outside = (
            ""
            if kept is None
            else (
                f" UNION ALL SELECT {of_others} FROM {kept} AS k LEFT JOIN {relation} AS i ON i.{key} = k.{key}"
                f" WHERE i.{key} IS NULL AND k.component = '{component}'"
            )
        )
        self.inner.create_view(name, inside + outside)


def _inside(relation: str) -> str:
    return f"SELECT t.* FROM {relation} AS t JOIN {CUSTOMERS} AS i ON i.customer_id = t.customer_id"


def _joined(columns: list[str], own: str, kept: str | None) -> str:
    """SELECT of own rows of customers inside and kept rows of those outside."""
    of_own = ", ".join(f"t.{column}" for column in columns)
    of_others = ", ".join(f"k.{column}" for column in columns)
    inside = f"SELECT {of_own} FROM {own} AS t JOIN {CUSTOMERS} AS i ON i.customer_id = t.customer_id"
    if kept is None:
        return inside
    return (
        f"{inside} UNION ALL SELECT {of_others} FROM {kept} AS k"
        f" LEFT JOIN {CUSTOMERS} AS i ON i.customer_id = k.customer_id WHERE i.customer_id IS NULL"
    )
