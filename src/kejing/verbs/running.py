"""``kejing run``: facts and policy in, the tables of ``OUT/`` out, published whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts import Snapshot, attach_facts, open_snapshot
from kejing.measure.errors import RefusedInputError
from kejing.measure.findings import FINDINGS_SCHEMA, Finding, Severity, findings_table
from kejing.measure.period import LAST_DAY, parse_day
from kejing.policy import Pack
from kejing.policy.readings import reading_relation
from kejing.stages.context import StageContext
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.value import VALUE_TRACES
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.flow import run_flow, running
from kejing.stages.islands import EverythingTouchedError, ShardedEngine, keep_sums
from kejing.stages.output import write_table
from kejing.stages.sections import check_policy
from kejing.verbs.earlier_years import EarlierYears, earlier_years
from kejing.verbs.ledgers import open_ledger
from kejing.verbs.policy_folder import GRAIN_OVERLAY, lighten_cases, load_policy
from kejing.verbs.rerunning import Asked, Island, copy_tables, rerun
from kejing.version import __version__
from kejing.warehouse.choice import EngineChoice, SparkAt
from kejing.warehouse.digest import table_digest
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.pair import EnginePair
from kejing.warehouse.protocol import Engine
from kejing.warehouse.store import check_folder, recover_folder, replace_folder, write_parquet
from kejing.warehouse.unfinished import sweep_building

MARK = "manifest.json"
LINKS = "links.json"
"""Where the facts lie, relative to the run: a convenience for explanations, no part of the run's identity."""
BULK_FACTS = ("income", "balances")
"""Facts that an engine outside this process reads for itself, rather than being handed them."""
type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run left behind: its folder, its identity, and what a person should look at.

    ``island`` is what a run upon an earlier one reckoned anew; ``whole`` says why there was none and all was run.
    """

    folder: Path
    run_id: str
    manifest: dict[str, Any]
    findings: tuple[Finding, ...]
    island: Island | None = None
    whole: EverythingTouchedError | None = None

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
    grain: str | None = None,
    ledger: str | Path | None = None,
    since: str | Path | None = None,
    stages: Sequence[str] | None = None,
    known_on: str | dt.date | None = None,
    seed: int = 0,
    engine: str = "duckdb",
    spark: SparkAt | None = None,
    postgres: str | None = None,
    shards: int = 1,
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
    grain
        Length of the periods, ``month``, ``quarter`` or ``year``, in the place of the policy's own: the year-end
        settlement is a run by the year.
    ledger
        What was posted for earlier fiscal years: their instalments vest and are taken back in this run, and reviews
        of grades see their scores. Its head is part of the run's identity.
    since
        Folder of an earlier run on earlier facts: only what the change touches is reckoned anew, and the files are
        those of a run over everything, byte for byte. Where everything is touched all is run.
    known_on
        Use only what was known by this day; everything in the snapshot if not given.
    engine
        ``duckdb``, ``spark`` or ``postgres``: where the stages credit, score and pay run. The same text gives
        the same rows and cents on each, so the run has the same id.
    spark
        Master (``local[2]``, ``spark://…``, ``yarn``), Spark Connect address (``sc://…``) or an open session.
        ``facts`` and ``out`` must lie where all its workers see them under the same path.
    postgres
        Connection string or URI of a database; the run has a schema of its own in it, dropped at the end.
    shards
        Credit customers in so many parts, one after another, on the embedded engine: less memory, the same bytes.

    Raises
    ------
    RefusedInputError
        The policy has errors.
    NoLedgerError
        There is no ledger at ``ledger``.
    KejingError
        A stage cannot go on; ``out`` is left as it was.
    """
    choice = EngineChoice(engine, spark, postgres)
    pack = load_policy(policy, overlays, grain=grain)
    laid = overlays if grain is None else [*overlays, GRAIN_OVERLAY]
    checked = lighten_cases(check_policy(pack), laid)
    refused = [finding for finding in checked if finding.severity is Severity.ERROR]
    if refused:
        raise RefusedInputError(refused, source=pack.name)
    past = None if ledger is None else earlier_years(open_ledger(ledger), pack, _day(as_of))
    target = Path(out)
    recover_folder(target)
    check_folder(target, mark=MARK)
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep_building(target)
    building = target.with_name(f"{target.name}.building-{os.getpid()}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        with ExitStack() as opened:
            duck = opened.enter_context(
                DuckEngine(threads=threads, memory_limit=memory_limit, spill_folder=building / "spill")
            )
            facts_of, days = Path(facts), (_day(as_of), _day(known_on or LAST_DAY))
            chosen = choice.open(building / "kept", memory_limit=memory_limit)
            if chosen is not None:
                opened.callback(chosen.close)
                attach_facts(chosen, facts_of, known_on=days[1], only=BULK_FACTS)
            names = _stages_of(pack, stages)
            asked = Asked(pack, *days, seed, tuple(names), past, engine, shards)
            result = _run_in(opened, duck, chosen, building, facts_of, asked, _folder(since), progress)
        for folder in ("spill", "kept"):
            shutil.rmtree(building / folder, ignore_errors=True)
        replace_folder(building, target, mark=MARK)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return replace(result, folder=target)


def _folder(named: str | Path | None) -> Path | None:
    return None if named is None else Path(named)


def _run_in(
    opened: ExitStack,
    duck: DuckEngine,
    chosen: Engine | None,
    folder: Path,
    facts: Path,
    asked: Asked,
    since: Path | None,
    progress: Progress | None,
) -> RunResult:
    snapshot = open_snapshot(facts)

    def context_on(engine: Engine) -> StageContext:
        return _context(engine, asked, folder, progress)

    again, whole = None, None
    if since is not None:
        try:
            again = rerun(opened, facts, snapshot, asked, since, context_on)
        except EverythingTouchedError as error:
            whole = error
    if again is None:
        context = context_on(_on_all_facts(duck, chosen, facts, snapshot, asked))
        written, tables, island = tuple(run_flow(context, asked.stages)), {}, None
    else:
        context, written, island = again.context, again.written, again.island
        tables = copy_tables(again, folder)
    engine, pack = context.engine, asked.policy
    tables |= {name: write_table(engine, name, folder, pack.currency) for name in sorted(written)}
    _write_traces(engine, folder / "trace")
    keep_sums(engine, folder)
    found = pa.concat_tables([snapshot.findings().select(FINDINGS_SCHEMA.names), findings_table(context.findings)])
    write_parquet(found, folder / "findings.parquet")
    tables["findings"] = {"rows": found.num_rows, "sha256": table_digest(found)}
    pack.write(folder / "policy")
    (folder / LINKS).write_text(json.dumps({"facts": os.path.relpath(facts, folder)}) + "\n", encoding="utf-8")
    manifest = _manifest(context, snapshot, asked.stages, tables, asked.past)
    (folder / MARK).write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    return RunResult(folder, str(manifest["run_id"]), manifest, tuple(context.findings), island, whole)


def _on_all_facts(duck: DuckEngine, chosen: Engine | None, facts: Path, snapshot: Snapshot, asked: Asked) -> Engine:
    """The engine of a run over everything, with its facts."""
    engine = duck if asked.shards == 1 else ShardedEngine(duck, asked.shards)
    attach_facts(engine, facts, known_on=asked.known_on, snapshot_id=snapshot.snapshot_id)
    if asked.past is not None:
        asked.past.attach(duck)
    return engine if chosen is None else EnginePair(duck, chosen)


def _context(engine: Engine, asked: Asked, folder: Path, progress: Progress | None) -> StageContext:
    context = StageContext(
        engine=engine,
        policy=asked.policy,
        as_of=asked.as_of,
        known_on=asked.known_on,
        seed=asked.seed,
        folder=folder,
    )
    if progress is not None:
        context.progress = progress
    if asked.past is not None and asked.past.is_empty:
        context.note("ledger.nothing_before", "ledger", severity=Severity.INFO, day=context.year.start)
    return context


def _stages_of(pack: Pack, asked: Sequence[str] | None) -> list[str]:
    """The stages that run: of those asked for, else of those the policy's ``flow`` section names, else of all."""
    named = pack.section("flow").get("stages")
    own = [str(name) for name in named] if isinstance(named, list) else None
    return [stage.name for stage in running(pack, asked or own)]


def _write_traces(engine: Engine, folder: Path) -> None:
    """Keep what the formulas read, so that any figure can be explained without running again."""
    names = {**{name: grain for grain, name in INPUTS.items()}, **{reading_relation(grain): grain for grain in INPUTS}}
    keys = {name: EARN_VOCABULARY[grain].key for name, grain in names.items()} | VALUE_TRACES
    kept = {name: key for name, key in keys.items() if name in engine.relations()}
    if not kept:
        return
    folder.mkdir()
    for name, key in kept.items():
        write_parquet(engine.fetch(f"SELECT * FROM {name} ORDER BY {', '.join(key)}"), folder / f"{name}.parquet")


def _manifest(
    context: StageContext,
    snapshot: Snapshot,
    names: Sequence[str],
    tables: dict[str, dict[str, object]],
    past: EarlierYears | None,
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
    ledger = {} if past is None else {"ledger": past.as_content()}
    identity |= ledger  # a run without a ledger keeps the id that it always had
    run_id = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "run_id": run_id,
        "as_of": identity["as_of"],
        "known_on": None if context.known_on == LAST_DAY else identity["known_on"],
        "seed": context.seed,
        "code_version": __version__,
        "engine": context.engine.dialect.name,
        "handed_over": context.engine.crossed if isinstance(context.engine, EnginePair) else {},
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
        **ledger,
    }


def _day(day: str | dt.date) -> dt.date:
    return parse_day(day) if isinstance(day, str) else day
