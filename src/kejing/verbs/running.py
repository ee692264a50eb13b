"""``kejing run``: facts and policy in, the tables of ``OUT/`` out, published whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts import Snapshot, attach_facts
from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import FINDINGS_SCHEMA, Finding, Severity, findings_table
from kejing.measure.period import LAST_DAY, parse_day
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.flow import chosen, run_flow
from kejing.stages.output import write_table
from kejing.stages.sections import check_policy
from kejing.verbs.policy_folder import lighten_cases, load_policy
from kejing.version import __version__
from kejing.warehouse.digest import table_digest
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.store import check_folder, recover_folder, replace_folder, write_parquet

MARK = "manifest.json"
LINKS = "links.json"
"""Where the facts lie, relative to the run: a convenience for explanations, no part of the run's identity."""
type Progress = Callable[[str, int, int], None]


class UnknownEngineError(KejingError):
    """The engine asked for is not one that may pay anybody yet."""

    code = "run.unknown_engine"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run left behind: its folder, its identity, and what a person should look at."""

    folder: Path
    run_id: str
    manifest: dict[str, Any]
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """Findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)


def run(
    facts: str | Path,
    *,
    policy: str | Path,
    as_of: str | dt.date,
    out: str | Path,
    overlays: Sequence[str | Path] = (),
    stages: Sequence[str] | None = None,
    known_on: str | dt.date | None = None,
    seed: int = 0,
    engine: str = "duckdb",
    threads: int = 2,
    memory_limit: str = "8GiB",
    progress: Progress | None = None,
) -> RunResult:
    """Run the flow on a facts folder.

    Parameters
    ----------
    facts
        Folder that `import_facts` filled.
    policy
        Folder of a policy pack, or the name of a shipped one.
    as_of
        The day the run looks from.
    out
        Folder for the tables; an earlier run in it is replaced, anything else is refused.
    known_on
        Use only what was known by this day; everything in the snapshot if not given.

    Raises
    ------
    RefusedInputError
        The policy has errors.
    KejingError
        A stage cannot go on; ``out`` is left as it was.
    """
    if engine != "duckdb":
        raise UnknownEngineError(engine=engine, known="duckdb")
    pack = load_policy(policy, overlays)
    checked = lighten_cases(check_policy(pack), overlays)
    refused = [finding for finding in checked if finding.severity is Severity.ERROR]
    if refused:
        raise RefusedInputError(refused, source=pack.name)
    target = Path(out)
    recover_folder(target)
    check_folder(target, mark=MARK)
    target.parent.mkdir(parents=True, exist_ok=True)
    building = target.with_name(f"{target.name}.building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        with DuckEngine(threads=threads, memory_limit=memory_limit, spill_folder=building / "spill") as duck:
            result = _run_in(
                duck, building, Path(facts), pack, _day(as_of), _day(known_on or LAST_DAY), seed, stages, progress
            )
        shutil.rmtree(building / "spill", ignore_errors=True)
        replace_folder(building, target, mark=MARK)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return RunResult(target, result.run_id, result.manifest, result.findings)


def _run_in(
    duck: DuckEngine,
    folder: Path,
    facts: Path,
    pack: Pack,
    as_of: dt.date,
    known_on: dt.date,
    seed: int,
    stages: Sequence[str] | None,
    progress: Progress | None,
) -> RunResult:
    snapshot = attach_facts(duck, facts, known_on=known_on)
    context = StageContext(engine=duck, policy=pack, as_of=as_of, known_on=known_on, seed=seed, folder=folder)
    if progress is not None:
        context.progress = progress
    names = stages or _stages_of(pack)
    written = run_flow(context, names)
    tables = {name: write_table(duck, name, folder, pack.currency) for name in sorted(written)}
    _write_traces(duck, folder / "trace")
    found = pa.concat_tables([snapshot.findings().select(FINDINGS_SCHEMA.names), findings_table(context.findings)])
    write_parquet(found, folder / "findings.parquet")
    tables["findings"] = {"rows": found.num_rows, "sha256": table_digest(found)}
    pack.write(folder / "policy")
    (folder / LINKS).write_text(json.dumps({"facts": os.path.relpath(facts, folder)}) + "\n", encoding="utf-8")
    manifest = _manifest(context, snapshot, names, tables)
    (folder / MARK).write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    return RunResult(folder, str(manifest["run_id"]), manifest, tuple(context.findings))


def _stages_of(pack: Pack) -> list[str]:
    """The stages the policy's own ``flow`` section names, or all of them."""
    named = pack.section("flow").get("stages")
    return [stage.name for stage in chosen([str(name) for name in named] if isinstance(named, list) else None)]


def _write_traces(duck: DuckEngine, folder: Path) -> None:
    """Keep what the formulas read, so that any figure can be explained without running again."""
    kept = {name: grain for grain, name in INPUTS.items() if name in duck.relations()}
    if not kept:
        return
    folder.mkdir()
    for name, grain in kept.items():
        order = ", ".join(EARN_VOCABULARY[grain].key)
        write_parquet(duck.fetch(f"SELECT * FROM {name} ORDER BY {order}"), folder / f"{name}.parquet")


def _manifest(
    context: StageContext, snapshot: Snapshot, names: Sequence[str], tables: dict[str, dict[str, object]]
) -> dict[str, Any]:
    pack = context.policy
    identity = {
        "facts": snapshot.snapshot_id,
        "policy": pack.digest,
        "as_of": context.as_of.isoformat(),
        "known_on": context.known_on.isoformat(),
        "seed": context.seed,
        "stages": list(names),
        "code_version": __version__,
    }
    run_id = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "run_id": run_id,
        "as_of": identity["as_of"],
        "known_on": None if context.known_on == LAST_DAY else identity["known_on"],
        "seed": context.seed,
        "code_version": __version__,
        "engine": context.engine.dialect.name,
        "currency": pack.currency,
        "calendar": {"grain": str(pack.calendar.grain), "start_month": pack.calendar.start_month},
        "periods": [
            {"period": name, "start": str(period.start), "end": str(period.end)} for name, period in context.periods
        ],
        "facts": {
            "snapshot": snapshot.snapshot_id,
            "tables": {
                name: {"rows": entry["rows"], "sha256": entry["sha256"]}
                for name, entry in sorted(snapshot.tables.items())
            },
            "imports": snapshot.manifest.get("imports", []),
        },
        "policy": {
            "pack": pack.name,
            "version": pack.version,
            "sha256": pack.digest,
            "extends": pack.extends,
            "labels": {"zh": pack.labels.zh, "en": pack.labels.en},
        },
        "stages": list(names),
        "steps": [
            {"step": step.step, "present": step.is_present, "zh": step.zh, "en": step.en} for step in context.steps
        ],
        "simulated": [
            {"what": s.what, "zh": s.zh, "en": s.en, "count": s.count, "rule": s.rule} for s in context.simulations
        ],
        "tables": tables,
    }


def _day(day: str | dt.date) -> dt.date:
    return parse_day(day) if isinstance(day, str) else day
