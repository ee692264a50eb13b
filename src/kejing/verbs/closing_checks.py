"""What stands against closing a period: each reason is a finding, and all of them are told at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from kejing.facts import NoFactsError, Snapshot, open_snapshot
from kejing.facts.snapshot import BrokenSnapshotError, current_snapshot
from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.period import FiscalCalendar, Grain, Period, named_period, parse_day
from kejing.policy import Pack
from kejing.report.read_run import NotARunError
from kejing.verbs.ledger_periods import LedgerPeriod, before, inner_names, overlapping, predecessors, settled_by
from kejing.verbs.running import LINKS, MARK
from kejing.warehouse.digest import table_digest
from kejing.warehouse.ledger import Ledger
from kejing.warehouse.store import recover_folder

_STAGE = "close"


class NoSuchPeriodError(KejingError):
    """The run has no such period."""

    code = "ledger.no_such_period"


class FactsGoneError(KejingError):
    """The facts of a run or of a close are not where they were."""

    code = "ledger.facts_gone"


@dataclass(frozen=True, slots=True)
class RunToClose:
    """A run as its manifest tells it, and the period of it that is meant."""

    folder: Path
    manifest: dict[str, Any]
    period: str
    grain: Grain
    days: Period

    @property
    def calendar(self) -> FiscalCalendar:
        """The fiscal calendar of the run."""
        return FiscalCalendar(self.grain, int(self.manifest["calendar"]["start_month"]))

    @property
    def currency(self) -> str:
        """Currency of the policy."""
        return str(self.manifest["currency"])


def open_run(out: Path, period: str) -> RunToClose:
    """The run in ``out``, to close ``period`` of it.

    Raises
    ------
    NotARunError
        The folder holds no run.
    NoSuchPeriodError
        The run was not made for this period.
    """
    recover_folder(out)
    if not (out / MARK).is_file():
        raise NotARunError(folder=out.name, missing=MARK)
    manifest = json.loads((out / MARK).read_text(encoding="utf-8"))
    named = [row["period"] for row in manifest["periods"]]
    if period not in named:
        raise NoSuchPeriodError(period=period, known=", ".join(named))
    grain, days = named_period(period, int(manifest["calendar"]["start_month"]))
    return RunToClose(out, manifest, period, grain, days)


def facts_of(run: RunToClose, facts: Path | None) -> Snapshot:
    """The snapshot that the run was made from.

    Raises
    ------
    FactsGoneError
        The facts folder is not there, or the snapshot in it is not the run's.
    """
    links = run.folder / LINKS
    if facts is None and links.is_file():
        facts = run.folder / json.loads(links.read_text(encoding="utf-8"))["facts"]
    wanted = str(run.manifest["facts"]["snapshot"])
    if facts is None:
        raise FactsGoneError(snapshot=wanted)
    try:
        return open_snapshot(facts, wanted)
    except (NoFactsError, BrokenSnapshotError) as cause:
        raise FactsGoneError(snapshot=wanted) from cause


def check_period(run: RunToClose, periods: dict[str, LedgerPeriod]) -> Iterator[Finding]:
    """The period is over, its predecessors are closed, and no other period holds its days."""
    as_of = parse_day(str(run.manifest["as_of"]))
    if as_of < run.days.last_day:
        yield _error("ledger.period_not_over", period=run.period, as_of=as_of, last_day=run.days.last_day)
    for name in predecessors(run.period, run.days, run.calendar):
        is_settled = settled_by(name, periods)
        if not is_settled and not (name in periods and periods[name].is_closed):
            yield _error("ledger.predecessor_open", period=run.period, predecessor=name)
    whole = settled_by(run.period, periods)
    if whole:
        yield _error("ledger.period_settled", period=run.period, whole=whole)
        return
    inside = overlapping(run.days, run.period, periods)
    grains = {other.grain for other in inside}
    for other in inside:
        if not (run.days.start <= other.days.start and other.days.end <= run.days.end):
            yield _error("ledger.period_overlaps", period=run.period, other=other.name)
    if len(grains) > 1:
        yield _error("ledger.period_overlaps", period=run.period, other=", ".join(sorted(o.name for o in inside)))
    elif grains:
        for name in inner_names(run.days, grains.pop(), run.calendar.start_month):
            if not (name in periods and periods[name].is_closed):
                yield _error("ledger.part_open", period=run.period, part=name)


def check_identity(run: RunToClose, snapshot: Snapshot) -> Iterator[Finding]:
    """The tables, the policy and the facts are those that the manifest names."""
    for name, entry in sorted(run.manifest["tables"].items()):
        path = run.folder / f"{name}.parquet"
        if not path.is_file() or table_digest(pq.read_table(path)) != entry["sha256"]:
            yield _error("ledger.run_edited", Place(file=f"{name}.parquet"))
    if Pack.load(run.folder / "policy").digest != run.manifest["policy"]["sha256"]:
        yield _error("ledger.policy_edited", Place(file="policy"))
    for name, entry in run.manifest["facts"]["tables"].items():
        if snapshot.tables.get(name, {}).get("sha256") != entry["sha256"]:
            yield _error("ledger.facts_edited", Place(file=f"{name}.parquet"), snapshot=snapshot.snapshot_id)
    now = current_snapshot(snapshot.folder.parent.parent)
    if now is not None and now.snapshot_id != snapshot.snapshot_id:
        yield Finding(code="ledger.facts_moved", severity=Severity.WARNING, stage=_STAGE, facts={"period": run.period})


def check_ledger(run: RunToClose, ledger: Ledger, periods: dict[str, LedgerPeriod]) -> Iterator[Finding]:
    """The run stands upon the ledger as it is now; one that saw no ledger is told what it has left out."""
    used = run.manifest.get("ledger")
    if used is None:
        earlier = before(periods, run.calendar.year_start(run.days.start))
        owed = [
            entry for entry in ledger.entries if entry.period in earlier and "instalment" in entry.content["postings"]
        ]
        if owed:
            facts = {"period": run.period, "entry": owed[-1].name}
            yield Finding(code="ledger.not_used", severity=Severity.WARNING, stage=_STAGE, facts=facts)
    elif used["sha256"] != ledger.head.sha256:
        last = ledger.entries[-1].name if ledger.entries else "-"
        yield _error("ledger.run_behind", period=run.period, used=used["number"], now=ledger.head.number, entry=last)


def check_open_matters(
    run: RunToClose, *, allow_open_disputes: str | None, allow_errors: str | None
) -> Iterator[Finding]:
    """Disputes of the period that nobody has decided and errors of the run, unless let pass with a reason."""
    path = run.folder / "dispute.parquet"
    if path.is_file():
        for row in pq.read_table(path).to_pylist():
            if row["state"] in ("open", "overdue") and row["period"] == run.period:
                yield Finding(
                    code="ledger.dispute_open",
                    severity=_unless(allow_open_disputes),
                    stage=_STAGE,
                    facts={"dispute": row["dispute_id"], "rm": row["rm_id"], "due_on": str(row["due_on"])},
                )
    severities = pq.read_table(run.folder / "findings.parquet", columns=["severity"])["severity"].to_pylist()
    errors = severities.count(str(Severity.ERROR))
    if errors:
        yield Finding(
            code="ledger.errors_open", severity=_unless(allow_errors), stage=_STAGE, facts={"count": str(errors)}
        )


def _unless(reason: str | None) -> Severity:
    """An error, or worth knowing where somebody has said why it may stand."""
    return Severity.INFO if reason and reason.strip() else Severity.ERROR


def _error(code: str, place: Place | None = None, **facts: object) -> Finding:
    texts = {name: str(fact) for name, fact in facts.items()}
    return Finding(code=code, severity=Severity.ERROR, place=place or Place(), stage=_STAGE, facts=texts)
