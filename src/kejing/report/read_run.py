"""Opens the folder of a run: manifest, policy labels and tables, aggregated by the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field

from kejing.measure.errors import KejingError
from kejing.stages.tables import OUT_TABLES
from kejing.text.labels import CodeLists
from kejing.warehouse.engine import DuckEngine

type Row = dict[str, object]

POOL = ""
"""``rm_id`` of customers and credit that no RM holds."""


class NotARunError(KejingError):
    """The folder is not the output of a run."""

    code = "report.not_a_run"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class FactsUsed(_Part):
    """Which facts the run read."""

    snapshot: str = ""


class PolicyUsed(_Part):
    """Which policy pack the run applied."""

    pack: str = ""
    version: str = ""
    sha256: str = ""


class TableWritten(_Part):
    """Rows and content hash of one table of the run."""

    rows: int = 0
    sha256: str = ""


class Simulated(_Part):
    """Something the run made up because the institution did not bring it."""

    what: str
    zh: str
    en: str
    count: int = 0
    rule: str = ""


class Step(_Part):
    """One step of the method; an absent one says why in both languages."""

    step: str
    present: bool
    zh: str = ""
    en: str = ""


class PeriodRun(_Part):
    """One period of the run, its last day excluded."""

    period: str
    start: dt.date
    end: dt.date


class Manifest(_Part):
    """What a run says about itself in ``manifest.json``."""

    run_id: str
    as_of: dt.date
    known_on: dt.date | None = None
    seed: int | None = None
    code_version: str = ""
    engine: str = ""
    currency: str
    facts: FactsUsed = FactsUsed()
    policy: PolicyUsed = PolicyUsed()
    tables: Mapping[str, TableWritten] = Field(default_factory=dict)
    simulated: tuple[Simulated, ...] = ()
    periods: tuple[PeriodRun, ...] = ()
    stages: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


class SchemeLabels(_Part):
    """A segmentation scheme: its name, and the code list its tiers come from."""

    labels: Mapping[str, str] = Field(default_factory=dict)
    output: str = "tier"


class SegmentLabels(_Part):
    """The schemes of the policy; one that a derived pack takes away is written as null."""

    schemes: Mapping[str, SchemeLabels | None] = Field(default_factory=dict)


class ComponentLabels(_Part):
    """A pay component and its name."""

    component: str
    labels: Mapping[str, str] = Field(default_factory=dict)


class PayLabels(_Part):
    """The pay components of the policy."""

    components: tuple[ComponentLabels, ...] = ()


class PoolRuleLabels(_Part):
    """A pool and its name."""

    labels: Mapping[str, str] = Field(default_factory=dict)


class PoolLabels(_Part):
    """The pools of the policy; one that a derived pack takes away is written as null."""

    pools: Mapping[str, PoolRuleLabels | None] = Field(default_factory=dict)


class PolicyLabels(_Part):
    """The part of ``policy/policy.yaml`` that a report needs: what things are called."""

    labels: Mapping[str, str] = Field(default_factory=dict)
    code_lists: CodeLists = Field(default_factory=dict)
    segment: SegmentLabels = SegmentLabels()
    pay: PayLabels = PayLabels()
    pool: PoolLabels = PoolLabels()

    @property
    def all_lists(self) -> CodeLists:
        """The pack's code lists, with schemes and pay components as lists of their own."""
        schemes = {name: scheme.labels for name, scheme in self.segment.schemes.items() if scheme}
        components = {part.component: part.labels for part in self.pay.components}
        pools = {name: rule.labels for name, rule in self.pool.pools.items() if rule}
        return {"scheme": schemes, "component": components, "pool": pools, **self.code_lists}

    def tier_list(self, scheme: str) -> str:
        """Name of the code list that the tiers of ``scheme`` come from."""
        known = self.segment.schemes.get(scheme)
        return known.output if known else "tier"


class Run:
    """One run folder, opened for reading; the tables are relations of the engine.

    Raises
    ------
    NotARunError
        The folder has no ``manifest.json``.
    """

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            raise NotARunError(folder=folder.name, missing=manifest.name)
        self.folder = folder
        self.manifest = Manifest.model_validate_json(manifest.read_bytes())
        policy = folder / "policy" / "policy.yaml"
        content = yaml.safe_load(policy.read_text(encoding="utf-8")) if policy.is_file() else {}
        self.policy = PolicyLabels.model_validate(content)
        self.engine = DuckEngine(threads=threads)
        self._rows = {name: self._attach(name) for name in (*OUT_TABLES, "findings")}
        self._limit_to_the_day()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()

    def _attach(self, name: str) -> int:
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            return 0
        self.engine.attach_parquet(name, path)
        return whole(self.value_of(f"SELECT COUNT(*) FROM {name}"))

    def _limit_to_the_day(self) -> None:
        """``segment_now`` and ``assign_now``: what holds on the day of the run."""
        day = f"DATE '{self.manifest.as_of.isoformat()}'"
        for name in ("segment", "assign"):
            if self.has(name):
                self.engine.create_view(
                    f"{name}_now",
                    f"SELECT * FROM {name} WHERE valid_from <= {day} AND (valid_to IS NULL OR valid_to > {day})",
                )

    def has(self, name: str) -> bool:
        """Whether the run wrote rows into table ``name``."""
        return self._rows.get(name, 0) > 0

    def rows(self, name: str) -> int:
        """Rows of table ``name``; 0 where the run did not write it."""
        return self._rows.get(name, 0)

    def fetch(self, text: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Rows of a SELECT that orders them completely; amounts are exact decimals."""
        rows: list[Row] = self.engine.fetch(text, parameters).to_pylist()
        return rows

    def batches(self, text: str, size: int) -> Iterator[list[Row]]:
        """Rows of a SELECT, ``size`` at a time as Python values."""
        table = self.engine.fetch(text)
        for start in range(0, table.num_rows, size):
            yield table.slice(start, size).to_pylist()

    def value_of(self, text: str) -> object:
        """The single value of a SELECT."""
        return self.engine.fetch(text).column(0)[0].as_py()

    def with_customer_name(self, text: str, alias: str) -> str:
        """``text`` with ``{name}`` and ``{join}`` put in: the customer's name beside the rows of ``alias``."""
        if not self.has("directory"):
            return text.format(name="''", join="")
        join = f"LEFT JOIN directory AS d ON d.kind = 'customer' AND d.id = {alias}.customer_id"
        return text.format(name="d.name", join=join)

    @cached_property
    def names(self) -> dict[str, dict[str, Row]]:
        """Kind (``rm``, ``unit``) to id to its row of the directory; simulated RMs take their place from the roster."""
        found: dict[str, dict[str, Row]] = {"rm": {}, "unit": {}}
        if self.has("roster"):
            for row in self.fetch("SELECT rm_id AS id, '' AS name, line, unit_id, lat, lon FROM roster ORDER BY rm_id"):
                found["rm"][str(row["id"])] = row
        if self.has("directory"):
            columns = "kind, id, name, line, unit_id, lat, lon"
            text = f"SELECT {columns} FROM directory WHERE kind <> 'customer' ORDER BY kind, id"
            for row in self.fetch(text):
                found.setdefault(str(row["kind"]), {})[str(row["id"])] = row
        return found


def decimal(value: object) -> Decimal:
    """An amount or ratio of a row; nothing counts as zero."""
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def whole(value: object) -> int:
    """A count of a row; nothing counts as zero."""
    return int(str(value or 0))


def some(value: object) -> Decimal | None:
    """An amount or ratio of a row that may be missing."""
    return None if value is None else decimal(value)
