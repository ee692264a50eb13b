"""Two engines as one: the embedded one, and the one chosen for the stages that credit and pay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from kejing.warehouse.dialect import Dialect
from kejing.warehouse.protocol import Engine, RowsWork

_READ = re.compile(r"\b(?:FROM|JOIN)\s+([A-Za-z_]\w*)")


class EnginePair:
    """What a stage creates stays on the engine it runs on; what it reads from the other one is handed over.

    A relation crosses once, as Arrow, when the first text names it after FROM or JOIN. A text that only asks
    (`fetch`, `value`) goes to the side that holds all its relations, so that answers cross and not tables.

    Attributes
    ----------
    crossed
        Rows of each relation that the chosen engine was handed.
    """

    def __init__(self, embedded: Engine, chosen: Engine) -> None:
        self.embedded = embedded
        self.chosen = chosen
        self.crossed: dict[str, int] = {}
        self._here: Engine = embedded
        self._copies = embedded.relations() & chosen.relations()
        self._of_chosen = chosen.relations() - embedded.relations()

    @property
    def dialect(self) -> Dialect:
        """That of the chosen engine: it is the one that pays."""
        return self.chosen.dialect

    @property
    def is_in_process(self) -> bool:
        """Whether the engine on which the stage runs is."""
        return self._here.is_in_process

    def turn(self, *, to_chosen: bool) -> None:
        """Let what follows run on the chosen engine, or on the embedded one."""
        self._here = self.chosen if to_chosen else self.embedded

    def attach_parquet(self, name: str, path: Path) -> None:
        """Read ``path`` as relation ``name`` here."""
        self._here.attach_parquet(name, path)
        self._own(name)

    def attach_arrow(self, name: str, table: pa.Table) -> None:
        """Bring ``table`` in as relation ``name`` here."""
        self._here.attach_arrow(name, table)
        self._own(name)

    def create(self, name: str, text: str) -> None:
        """Compute relation ``name`` here."""
        self._bring(text)
        self._here.create(name, text)
        self._own(name)

    def create_view(self, name: str, text: str) -> None:
        """Name a SELECT here."""
        self._bring(text)
        self._here.create_view(name, text)
        self._own(name)

    def transform(self, names: Sequence[str], text: str, work: RowsWork) -> None:
        """Keep here what ``work`` makes of the rows of a SELECT."""
        self._bring(text)
        self._here.transform(names, text, work)
        for name in names:
            self._own(name)

    def fetch(self, text: str) -> pa.Table:
        """The rows of a SELECT, from the side that holds its relations."""
        return self._side_of(text).fetch(text)

    def batches(self, text: str) -> Iterator[pa.RecordBatch]:
        """The rows of a SELECT, some at a time, from the side that holds its relations."""
        return self._side_of(text).batches(text)

    def value(self, text: str) -> object:
        """The single value of a SELECT, from the side that holds its relations."""
        return self._side_of(text).value(text)

    def relations(self) -> set[str]:
        """Names of all relations of both sides."""
        return self.embedded.relations() | self.chosen.relations()

    def columns(self, name: str) -> list[str]:
        """Column names of relation ``name``, in order."""
        return self._side_of(f"FROM {name}").columns(name)

    def close(self) -> None:
        """Close both."""
        self.chosen.close()
        self.embedded.close()

    @property
    def _there(self) -> Engine:
        return self.embedded if self._here is self.chosen else self.chosen

    def _own(self, name: str) -> None:
        """A relation was made here; what the other side has under its name is out of date."""
        self._copies.discard(name)
        if self._here is self.chosen:
            self._of_chosen.add(name)
        else:
            self._of_chosen.discard(name)

    def _held(self, side: Engine) -> set[str]:
        """Relations that ``side`` has as they are now."""
        own = self._of_chosen if side is self.chosen else self.embedded.relations() - self._of_chosen
        return own | self._copies

    def _side_of(self, text: str) -> Engine:
        """The side that can answer ``text`` as it stands; this one, when something has to be handed over."""
        names = self._names(text)
        for side in (self._here, self._there):
            if names <= self._held(side):
                return side
        self._bring(text)
        return self._here

    def _bring(self, text: str) -> None:
        """Hand over what ``text`` reads and this side lacks."""
        for name in sorted(self._names(text) - self._held(self._here)):
            table = self._there.fetch(f"SELECT * FROM {name}")
            self._here.attach_arrow(name, table)
            self._copies.add(name)
            if self._here is self.chosen:
                self.crossed[name] = table.num_rows

    def _names(self, text: str) -> set[str]:
        """Relations of either side that ``text`` reads; names of its own sub-selects are no relations."""
        return set(_READ.findall(text)) & self.relations()
