"""What a run keeps of itself beside its tables, and what a later run finds of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kejing.measure.money import minor_digits
from kejing.stages.islands.seams import NUMBERED, kept_relations, sums_at
from kejing.stages.output import MICRO_DIGITS
from kejing.stages.tables import OUT_TABLES, OutKind
from kejing.warehouse.protocol import Engine
from kejing.warehouse.store import write_parquet

SUMS = "sums"
TRACE = "trace"


def keep_sums(engine: Engine, folder: Path) -> None:
    """Write the sums of a finished run into ``folder``/sums, by names and in their order."""
    names = kept_relations(engine)
    if names:
        (folder / SUMS).mkdir()
    for name in names:
        write_parquet(engine.fetch(_kept(engine, name)), folder / SUMS / f"{name}.parquet")


def _kept(engine: Engine, name: str) -> str:
    sums = sums_at(name)
    if sums is None:
        _, names = NUMBERED[name]
        return f"SELECT {', '.join(names)} FROM {name} ORDER BY {', '.join(names)}"
    columns = engine.columns(name)
    some = " WHERE " + " OR ".join(f"{f} <> 0" for f in sums.figures(columns)) if sums.is_canonical else ""
    return f"SELECT * FROM ({sums.named(name, columns)}) AS kept{some} ORDER BY {', '.join(sums.names)}"


@dataclass(frozen=True, slots=True)
class KeptRun:
    """An earlier run, as a run over an island reads it."""

    folder: Path
    currency: str

    @property
    def has_sums(self) -> bool:
        """Whether it kept what an island is joined to."""
        return (self.folder / SUMS).is_dir()

    def attach_sums(self, engine: Engine, relation: str) -> str | None:
        """The kept form of a relation of sums; None where the run had none."""
        return self._attach(engine, relation, self.folder / SUMS / f"{relation}.parquet")

    def attach_trace(self, engine: Engine, relation: str) -> str | None:
        """A relation whose rows were kept as the formulas read them."""
        return self._attach(engine, relation, self.folder / TRACE / f"{relation}.parquet")

    def attach_table(self, engine: Engine, table: str) -> str | None:
        """An output table, its decimals as the integers that the engine holds."""
        kept = self._attach(engine, f"file_{table}", self.folder / f"{table}.parquet")
        if kept is None:
            return None
        digits = {OutKind.MONEY: minor_digits(self.currency), OutKind.MICRO: MICRO_DIGITS}
        cells = [
            f"CAST(CAST({column.name} AS DECIMAL(36, {digits[column.kind]})) * {10 ** digits[column.kind]} AS $BIGINT)"
            f" AS {column.name}"
            if column.kind in digits
            else column.name
            for column in OUT_TABLES[table].columns
        ]
        engine.create_view(f"kept_{table}", f"SELECT {', '.join(cells)} FROM {kept}")
        return f"kept_{table}"

    def _attach(self, engine: Engine, relation: str, path: Path) -> str | None:
        if not path.is_file():
            return None
        engine.attach_parquet(f"kept_{relation}", path)
        return f"kept_{relation}"
