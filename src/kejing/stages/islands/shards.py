"""An engine that credits a book in shards of customers, one after another: what is joined to the lines stays small.

Crediting shares nothing between customers, so the shards together hold the rows that one pass over all would make.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from kejing.warehouse.dialect import Dialect
from kejing.warehouse.protocol import Engine

_READ = {"credit_line": ("income", "team_span", "increment_line"), "credit_shared": ("credit_line",)}
"""What is made shard by shard, and which of what it reads is cut; ``credit_line`` lies in shards already."""
_CUT = ("income", "team_span", "increment_line")


@dataclass(slots=True)
class ShardedEngine:
    """Stands between the stages and ``inner``; a shard is a stretch of customer ids, as facts lie sorted by them."""

    inner: Engine
    shards: int

    @property
    def dialect(self) -> Dialect:
        """That of the engine inside."""
        return self.inner.dialect

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
            self._in_shards(name, text)
        else:
            self.inner.create(name, text)

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT without computing it."""
        if name in _CUT:
            self.inner.create_view(_every(name), text)
            self.inner.create_view(name, f"SELECT * FROM {_every(name)}")
        else:
            self.inner.create_view(name, text)

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT."""
        return self.inner.fetch(text)

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

    def _in_shards(self, name: str, text: str) -> None:
        stretches = self._stretches()
        for number, stretch in enumerate(stretches):
            for read in _READ[name]:
                shard = f"{_every(read)} WHERE {stretch}" if read in _CUT else f"{read}_{number}"
                self.inner.create_view(read, f"SELECT * FROM {shard}")
            self.inner.create(f"{name}_{number}", text)
        for read in _READ[name]:
            whole = f"SELECT * FROM {_every(read)}" if read in _CUT else _together(read, len(stretches))
            self.inner.create_view(read, whole)
        self.inner.create_view(name, _together(name, len(stretches)))

    def _stretches(self) -> list[str]:
        """Conditions on ``customer_id``, each true of about as many customers; one of them is true of anybody."""
        ids = self.inner.fetch(
            "SELECT n.customer_id FROM customer_number AS n JOIN (SELECT COUNT(*) AS known FROM customer_number) AS c"
            f" ON 1 = 1 WHERE n.customer * {self.shards} % c.known < {self.shards} AND n.customer < c.known"
            " ORDER BY n.customer_id"
        )
        edges = ["'" + str(one).replace("'", "''").replace("$", "$$") + "'" for one in ids.column(0).to_pylist()]
        if not edges:
            return ["1 = 1"]
        between = [f"customer_id >= {low} AND customer_id < {high}" for low, high in pairwise(edges)]
        return [f"customer_id < {edges[0]}", *between, f"customer_id >= {edges[-1]}"]


def _every(name: str) -> str:
    return f"every_{name}"


def _together(name: str, shards: int) -> str:
    return " UNION ALL ".join(f"SELECT * FROM {name}_{number}" for number in range(shards))
