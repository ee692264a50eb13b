"""An engine that credits a book in shards of customers, one after another: what is joined to the lines stays small.

Crediting shares nothing between customers, so the shards together hold the rows that one pass over all would make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from kejing.stages.rule_file import stretches, text_literal
from kejing.warehouse.dialect import Dialect
from kejing.warehouse.protocol import Engine, RowsWork

_READ = {
    "credit_line": ("income", "team_span", "increment_line"),
    "credit_shared": ("credit_line",),
    "settled_customer": ("customer_number", "customer_moving", "customer_industry", "customer_tier"),
}
"""What is made shard by shard, and which of what it reads is cut; ``credit_line`` lies in shards already."""
_CUT = {"income": "customer_id"} | dict.fromkeys(
    ("team_span", "increment_line", *_READ["settled_customer"]), "customer"
)
"""Relations that are cut, and the column by which: the id of the customer or the number."""


@dataclass(slots=True)
class ShardedEngine:
    """Stands between the stages and ``inner``; a shard is a stretch of customer ids, as facts lie sorted by them."""

    inner: Engine
    shards: int

    @property
    def dialect(self) -> Dialect:
        """That of the engine inside."""
        return self.inner.dialect

    @property
    def is_in_process(self) -> bool:
        """Whether the engine inside is."""
        return self.inner.is_in_process

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path`` as relation ``name``."""
        self.inner.attach_parquet(name, path)

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Bring ``table`` in as relation ``name``."""
        if name in _CUT:
            self.inner.attach_arrow(_every(name), table)
            self.inner.create_view(name, f"SELECT * FROM {_every(name)}")
        else:
            self.inner.attach_arrow(name, table)

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name``, shard by shard where it is one of lines."""
        if name in _CUT:
            self.inner.create(_every(name), text)
            self.inner.create_view(name, f"SELECT * FROM {_every(name)}")
        elif name in _READ:
            self._in_shards([name], lambda names: self.inner.create(names[0], text))
        else:
            self.inner.create(name, text)

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        if name in _CUT:
            self.inner.create_view(_every(name), text)
            self.inner.create_view(name, f"SELECT * FROM {_every(name)}")
        else:
            self.inner.create_view(name, text)

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep what ``work`` makes of the rows of a SELECT, shard by shard where they are lines."""
        if names[0] in _READ:
            self._in_shards(names, partial(self._settle, text=text, work=work))
        else:
            self._settle(names, text=text, work=work)

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

    def _settle(self, names: Sequence[str], *, text: str, work: RowsWork) -> None:
        """Put worked rows where the engine may spill them."""
        shards = [f"shard_{name}" for name in names]
        self.inner.transform(shards, text, work)
        for name, shard in zip(names, shards, strict=True):
            self.inner.create(name, f"SELECT * FROM {shard}")
            self.inner.create(shard, "SELECT CAST(0 AS $BIGINT) AS let_go")

    def _in_shards(self, names: Sequence[str], keep: Callable[[Sequence[str]], None]) -> None:
        reads = _READ[names[0]]
        stretches = self._stretches()
        for number, stretch in enumerate(stretches):
            for read in reads:
                shard = f"{_every(read)} WHERE {stretch[_CUT[read]]}" if read in _CUT else f"{read}_{number}"
                self.inner.create_view(read, f"SELECT * FROM {shard}")
            keep([f"{name}_{number}" for name in names])
        for read in reads:
            whole = f"SELECT * FROM {_every(read)}" if read in _CUT else _together(read, len(stretches))
            self.inner.create_view(read, whole)
        for name in names:
            self.inner.create_view(name, _together(name, len(stretches)))

    def _stretches(self) -> list[dict[str, str]]:
        """Conditions by column, each true of about as many customers; one of them is true of anybody."""
        edges = self.inner.fetch(
            "SELECT n.customer, n.customer_id FROM customer_number AS n"
            " JOIN (SELECT COUNT(*) AS known FROM customer_number) AS c ON 1 = 1"
            f" WHERE n.customer * {self.shards} % c.known < {self.shards} AND n.customer < c.known"
            " ORDER BY n.customer"
        ).to_pylist()
        ids = [text_literal(one["customer_id"]) for one in edges]
        numbers = [str(one["customer"]) for one in edges]
        both = zip(stretches("customer_id", ids), stretches("customer", numbers), strict=True)
        return [{"customer_id": by_id, "customer": by_number} for by_id, by_number in both]


def _every(name: str) -> str:
    return f"every_{name}"


def _together(name: str, shards: int) -> str:
    return " UNION ALL ".join(f"SELECT * FROM {name}_{number}" for number in range(shards))
