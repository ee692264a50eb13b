"""Run again what a change of facts touches, upon what an earlier run kept: the same files as a run over everything."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.facts import Snapshot, attach_facts, open_snapshot
from kejing.facts.schema import FACT_TABLES
from kejing.facts.snapshot import BrokenSnapshotError
from kejing.measure.errors import BrokenLawError
from kejing.measure.findings import FINDINGS_SCHEMA, Finding
from kejing.measure.period import LAST_DAY
from kejing.policy import Pack
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.formula.names import Source
from kejing.stages.context import FlowStep, StageContext
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.flow import run_flow
from kejing.stages.islands import (
    Change,
    Closure,
    EverythingTouchedError,
    IslandEngine,
    KeptRun,
    changes_of,
    tables_read,
)
from kejing.stages.islands.additive import add_controls, add_findings, add_simulations, finding_of
from kejing.stages.islands.closure import PEOPLE_FACTS
from kejing.stages.islands.engine import CUSTOMERS, RMS, PayRows
from kejing.verbs.earlier_years import EarlierYears
from kejing.version import __version__
from kejing.warehouse.engine import DuckEngine

ISLAND_STAGES = frozenset(
    {
        *("segment", "target", "credit", "value", "score", "pool", "adjustment", "pay"),
        *("settle", "grade", "fund", "dispute"),
    }
)
"""Stages whose tables are told apart by customer, or drawn from sums by RM."""
BESIDE_TABLES = ("certificate", "handover")
"""Folders that stages leave beside the tables."""
_WORTH_IT = 2
"""An island of more than one customer in this many is no island."""
_SHEETS = ("rm_sheet", "task_sheet")


@dataclass(frozen=True, slots=True)
class Asked:
    """What makes a run what it is, beside the facts; ``shards`` is only how."""

    policy: Pack
    as_of: dt.date
    known_on: dt.date
    seed: int
    stages: tuple[str, ...]
    past: EarlierYears | None
    engine: str = "duckdb"
    shards: int = 1

    def is_like(self, manifest: dict[str, Any]) -> bool:
        """Whether the run of ``manifest`` was asked for in the same words, by the same version.

        It may have had more of the stages that look at all customers at once: on those nothing here rests.
        """
        known_on = None if self.known_on == LAST_DAY else self.known_on.isoformat()
        mine = {
            "as_of": self.as_of.isoformat(),
            "known_on": known_on,
            "seed": self.seed,
            "code_version": __version__,
            "engine": self.engine,
            "ledger": None if self.past is None else self.past.as_content(),
        }
        theirs = {name: manifest.get(name) for name in mine}
        if not (set(self.stages) <= set(manifest["stages"]) and self.dropped(manifest).isdisjoint(ISLAND_STAGES)):
            return False
        return bool(json.loads(json.dumps(mine)) == theirs) and manifest["policy"]["sha256"] == self.policy.digest

    def dropped(self, manifest: dict[str, Any]) -> set[str]:
        """Stages of the run of ``manifest`` that are not asked for."""
        return set(manifest["stages"]) - set(self.stages)


@dataclass(frozen=True, slots=True)
class Island:
    """What was reckoned anew: customers line by line, and RMs whose whole books were [count]."""

    customers: int
    rms: int


@dataclass(frozen=True, slots=True)
class Rerun:
    """A run over an island, joined to what was kept: whole wherever a file is written from.

    ``copied`` are the tables that stand as they were in folder ``since``.
    """

    context: StageContext
    written: tuple[str, ...]
    copied: dict[str, dict[str, object]]
    since: Path
    island: Island


def rerun(
    opened: ExitStack,
    facts: Path,
    snapshot: Snapshot,
    asked: Asked,
    since: Path,
    context: Callable[[IslandEngine], StageContext],
) -> Rerun:
    """Run the island that changed since the run in folder ``since``.

    Parameters
    ----------
    opened
        Closes the engines when the files are written.
    context
        The context of a run on an engine.

    Raises
    ------
    EverythingTouchedError
        There is no island; its facts say why.
    """
    manifest = json.loads((since / "manifest.json").read_text(encoding="utf-8"))
    kept = KeptRun(since, asked.policy.currency)
    if not asked.is_like(manifest):
        raise EverythingTouchedError("unlike")
    if not kept.has_sums:
        raise EverythingTouchedError("no_sums")
    try:
        earlier = open_snapshot(facts, str(manifest["facts"]["snapshot"]))
    except BrokenSnapshotError as gone:
        raise EverythingTouchedError("unlike", "facts") from gone
    return _Search(opened, facts, asked, kept, (earlier, snapshot), context).island(manifest)


def copy_tables(again: Rerun, folder: Path) -> dict[str, dict[str, object]]:
    """Take what stands as it was over into ``folder``; returns its entries of the manifest."""
    for name in again.copied:
        _take(again.since / f"{name}.parquet", folder / f"{name}.parquet")
    for beside in BESIDE_TABLES:
        if again.copied and (again.since / beside).is_dir():
            shutil.copytree(again.since / beside, folder / beside, dirs_exist_ok=True)
    return dict(again.copied)


def _take(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@dataclass(slots=True)
class _Side:
    """The island under one of the two snapshots; ``broken`` is a law that cannot hold while an RM outside moves."""

    engine: IslandEngine
    context: StageContext
    written: list[str]
    broken: BrokenLawError | None = None


@dataclass(slots=True)
class _Search:
    """One search for the island of a change."""

    opened: ExitStack
    facts: Path
    asked: Asked
    kept: KeptRun
    snapshots: tuple[Snapshot, Snapshot]
    context: Callable[[IslandEngine], StageContext]

    def island(self, manifest: dict[str, Any]) -> Rerun:
        """Grow the island until no RM outside moves; then put the whole run together."""
        closure, changes = self._closure()
        apart = [name for name in self.asked.stages if name not in ISLAND_STAGES]
        shared = [change.table.name for change in changes if change.table.name not in PEOPLE_FACTS]
        if apart and shared:
            raise EverythingTouchedError("shared_stage", apart[0])
        closure.start(changes)
        is_tied = lines_hang_on_tasks(self.asked.policy)
        if is_tied:
            closure.with_books_of(closure.teams())
        while True:
            with ExitStack() as trial:
                before = self._side(trial, closure, None)
                after = self._side(trial, closure, before)
                movers = _movers(before, after) - closure.rms if is_tied else set()
                if not movers and after.broken is not None:
                    raise after.broken
                if not movers:
                    self.opened.push(trial.pop_all())
                    break
            closure.with_books_of(movers)
        return self._whole(manifest, closure, before, after)

    def _closure(self) -> tuple[Closure, list[Change]]:
        engine = self.opened.enter_context(DuckEngine())
        earlier, later = self.snapshots
        for side, snapshot in (("before", earlier), ("after", later)):
            for name in tables_read(earlier.tables, later.tables):
                path = snapshot.path(name)
                if path is None:
                    engine.attach_arrow(f"{side}_{name}", FACT_TABLES[name].arrow_schema.empty_table())
                else:
                    engine.attach_parquet(f"{side}_{name}", path)
        changes = changes_of(engine, earlier.tables, later.tables, only_added=_descends(self.facts, later, earlier))
        schemes = self.asked.policy.section("segment").get("schemes", {})
        assert isinstance(schemes, dict)
        by_group = any(scheme.get("roll_up") == "group" for scheme in schemes.values())
        customers = max(int(snapshot.tables.get("customers", {}).get("rows", 0)) for snapshot in self.snapshots)
        return Closure(engine, by_group, max(customers // _WORTH_IT, 1)), changes

    def _side(self, trial: ExitStack, closure: Closure, before: _Side | None) -> _Side:
        """The stages over the island: of the earlier facts, or of the later ones once the earlier are known."""
        duck = trial.enter_context(DuckEngine())
        snapshot = self.snapshots[0 if before is None else 1]
        duck.attach_arrow(CUSTOMERS, closure.customers())
        duck.attach_arrow(RMS, pa.table({"rm_id": pa.array(sorted(closure.rms), pa.string())}))
        single = [name for name, table in snapshot.tables.items() if table["single_version"]]
        own = None if before is None else before.engine.own
        engine = IslandEngine(duck, self.kept, pay_rows(self.asked.policy), single, own)
        attach_facts(engine, self.facts, known_on=self.asked.known_on, snapshot_id=snapshot.snapshot_id)
        if self.asked.past is not None:
            self.asked.past.attach(duck)
        side = _Side(engine, self.context(engine), [])
        try:
            side.written = run_flow(side.context, [name for name in self.asked.stages if name in ISLAND_STAGES])
        except BrokenLawError as broken:
            if before is None:
                raise
            side.broken = broken
        return side

    def _whole(self, manifest: dict[str, Any], closure: Closure, before: _Side, after: _Side) -> Rerun:
        engine, context = after.engine, after.context
        if before.context.steps != context.steps:
            raise EverythingTouchedError("figures_of_lines", "steps")
        engine.finish()
        control = self.kept.attach_table(engine.inner, "control")
        assert control is not None
        engine.inner.attach_arrow("control_before", before.engine.fetch("SELECT * FROM control"))
        add_controls(engine.inner, control, "control_before")
        dropped, apart = self.asked.dropped(manifest), set(self.asked.stages) - ISLAND_STAGES
        context.findings = add_findings(self._kept_findings(dropped), before.context.findings, context.findings)
        made_up = [
            one for one in manifest["simulated"] if apart or one["what"] in {s.what for s in context.simulations}
        ]
        context.simulations = add_simulations(made_up, before.context.simulations, context.simulations)
        if apart:
            context.steps = [FlowStep(one["step"], one["present"], one["zh"], one["en"]) for one in manifest["steps"]]
        tables = manifest["tables"].items() if apart else ()
        copied = {name: entry for name, entry in tables if name not in {*after.written, "findings"}}
        island = Island(closure.customers().num_rows, len(closure.rms))
        return Rerun(context, tuple(after.written), copied, self.kept.folder, island)

    def _kept_findings(self, dropped: set[str]) -> list[Finding]:
        """What the stages of the earlier run found, without those that are not asked for now."""
        found = pq.read_table(self.kept.folder / "findings.parquet").select(FINDINGS_SCHEMA.names)
        of_stages = found.slice(self.snapshots[0].findings().num_rows)
        return [finding_of(row) for row in of_stages.to_pylist() if row["stage"] not in dropped]


def pay_rows(policy: Pack) -> PayRows:
    """Components of ``policy`` by how their rows come about."""
    components = policy.section("pay").get("components", ())
    assert isinstance(components, list | tuple)
    by_line = (str(one["component"]) for one in components if one["over"] == "line")
    by_task = (str(one["component"]) for one in components if one.get("split"))
    return PayRows(frozenset(by_line), frozenset(by_task))


def lines_hang_on_tasks(policy: Pack) -> bool:
    """Whether what is paid for a line may move with other lines of its RM."""
    if pay_rows(policy).by_task:
        return True
    binding = bind_or_refuse(policy, EARN_VOCABULARY)
    return any(
        target.source is not Source.PARAMETER and target.grain != "line"
        for name, formula in policy.formulas.items()
        if formula.over == "line"
        for _, bound in binding.versions(name)
        for target in bound.all_targets()
    )


def _descends(facts: Path, later: Snapshot, earlier: Snapshot) -> bool:
    """Whether ``later`` was made from ``earlier`` by imports, which only add rows."""
    one = later
    while one.snapshot_id != earlier.snapshot_id:
        parent = one.manifest.get("parent")
        if parent is None:
            return False
        try:
            one = open_snapshot(facts, str(parent))
        except BrokenSnapshotError:
            return False
    return True


def _movers(before: _Side, after: _Side) -> set[str]:
    """RMs any of whose figures differ, above the lines."""
    moved: set[str] = set()
    engine = after.engine.inner
    for name in _SHEETS:
        if name not in engine.relations():
            continue
        engine.attach_arrow(f"sheet_before_{name}", before.engine.fetch(f"SELECT * FROM {name}"))
        engine.attach_arrow(f"sheet_after_{name}", after.engine.fetch(f"SELECT * FROM {name}"))
        one, other = f"SELECT * FROM sheet_before_{name}", f"SELECT * FROM sheet_after_{name}"
        rows = engine.fetch(
            f"SELECT rm_id FROM (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) AS m GROUP BY rm_id"
        )
        moved |= set(rows.column(0).to_pylist())
    return moved
