"""``kejing correct``: what late facts make of closed periods is posted into the open one, line by line."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts import open_snapshot
from kejing.facts.snapshot import BrokenSnapshotError
from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.measure.period import LAST_DAY, named_period, parse_day
from kejing.policy import Pack
from kejing.stages.earn.post import BOOKS, PostingRule
from kejing.stages.flow import FLOW
from kejing.verbs.differences import Correction, Difference, PeriodCorrection
from kejing.verbs.fact_changes import Reasons, fact_changes
from kejing.verbs.ledger_periods import CORRECT, LedgerPeriod, baseline, periods_of, settled_by
from kejing.verbs.posting import Posted, draft, known_by
from kejing.verbs.running import run
from kejing.version import __version__
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Ledger
from kejing.warehouse.store import write_parquet

type Progress = Callable[[str, int, int], None]

_STAGE = "correct"
_SHOWN = 20
"""Fact rows named behind one difference at most; the snapshots have them all."""


class NotClosedError(KejingError):
    """The period was never closed, or is open again: its next close posts what differs."""

    code = "ledger.not_closed"


class NotOpenError(KejingError):
    """The period that should carry the differences is closed, or does not lie after the corrected one."""

    code = "ledger.not_open"


class WhichPeriodError(KejingError):
    """Neither one period nor all of them were named, or both."""

    code = "ledger.which_period"


def correct(
    facts: str | Path,
    *,
    into: str | Path,
    posted_in: str,
    period: str | None = None,
    by: str = "",
    reason: str = "",
    dry_run: bool = False,
    since: str | Path | None = None,
    progress: Progress | None = None,
) -> Correction:
    """Run closed periods again on the facts as known now and post what differs into the open period.

    Parameters
    ----------
    facts
        The facts folder; its current snapshot is what is known now.
    into
        The ledger.
    posted_in
        The open period that carries the differences.
    period
        One closed period; all of them if not given.
    by, reason
        Who posts and why; needed where something is posted.
    dry_run
        Show the differences, post nothing.
    since
        Folder of the run that was closed, or of a later one of the same day: only what changed since is reckoned
        anew. The differences are the same without it.

    Returns
    -------
    Correction
        Differences with their reasons. Where nothing differs nothing is posted.

    Raises
    ------
    NotClosedError, NotOpenError
        The periods named are not what they must be.
    RefusedInputError
        Something is to be posted and nobody says who or why.

    Notes
    -----
    Each period runs with the policy, day, seed and stages of its close: the versions in force then. A period that was
    closed upon earlier fiscal years in the ledger runs upon them as they stand now: they are knowledge like the facts,
    and what a late fact made of an instalment must reach the period in which it vested. Postings are
    ``new - sum(posted)`` per full key (pay handbook 2.4 E6), so neither the order of corrections nor how often one is
    run changes what stands in the end.
    """
    said = progress or (lambda _stage, _done, _total: None)
    book = Ledger.open(Path(into))
    names = [period] if period is not None else [name for name, each in periods_of(book).items() if each.is_closed]
    done: list[PeriodCorrection] = []
    findings: list[Finding] = []
    for number, name in enumerate(names):
        said("correct", number, len(names))
        again = _Again(Path(facts), None if since is None else Path(since))
        done.append(_correct_one(again, Path(into), name, posted_in, (by, reason, dry_run), findings))
    said("correct", len(names), len(names))
    return Correction(tuple(done), tuple(findings))


@dataclass(frozen=True, slots=True)
class _Again:
    """What a period is run again on: the facts, and an earlier run whose untouched figures still stand."""

    facts: Path
    since: Path | None


def _correct_one(
    again: _Again, into: Path, name: str, posted_in: str, who: tuple[str, str, bool], findings: list[Finding]
) -> PeriodCorrection:
    facts = again.facts
    ledger = Ledger.open(into)
    periods = periods_of(ledger)
    period = periods.get(name)
    if period is None or not period.is_closed:
        raise NotClosedError(period=name, known=", ".join(n for n, each in periods.items() if each.is_closed))
    _check_open(period, posted_in, periods)
    whole = settled_by(name, periods)
    if whole:
        return PeriodCorrection(name, posted_in, settled_by=whole)
    by, reason, dry_run = who
    with tempfile.TemporaryDirectory(prefix="kejing-") as scratch, DuckEngine() as engine:
        out = Path(scratch) / "out"
        posted, rule = _rerun(engine, again, ledger, period, posted_in, out, findings)
        differences = _differences(posted, facts, period, findings)
        totals = _totals(posted)
        if not posted.rows or dry_run:
            return PeriodCorrection(name, posted_in, differences, totals)
        if not by.strip() or not reason.strip():
            finding = Finding(code="ledger.who_and_why", severity=Severity.ERROR, stage=_STAGE, facts={"period": name})
            raise RefusedInputError([finding], source=name)
        content = _content(period, rule, posted, facts, by, reason)
        entry = ledger.append(content, lambda folder: _fill(folder, posted, differences))
    return PeriodCorrection(name, posted_in, differences, totals, entry)


def _check_open(period: LedgerPeriod, posted_in: str, periods: dict[str, LedgerPeriod]) -> None:
    _, days = named_period(posted_in, int(period.last_close.content["start_month"]))
    carrier = periods.get(posted_in)
    is_closed = (carrier is not None and carrier.is_closed) or bool(settled_by(posted_in, periods))
    if is_closed or days.start < period.days.end:
        raise NotOpenError(period=posted_in, corrected=period.name)


def _rerun(
    engine: DuckEngine,
    again: _Again,
    ledger: Ledger,
    period: LedgerPeriod,
    posted_in: str,
    out: Path,
    findings: list[Finding],
) -> tuple[Posted, PostingRule]:
    """Postings of the period's fresh run against everything posted for it."""
    facts = again.facts
    close = period.last_close
    then = close.content["run"]
    policy = close.folder / "policy"
    for name in close.files:
        if name.startswith("policy/"):
            close.file(name)
    if then["code_version"] != __version__:
        facts_of = {"period": period.name, "then": str(then["code_version"]), "now": __version__}
        findings.append(Finding(code="ledger.other_code", severity=Severity.WARNING, stage=_STAGE, facts=facts_of))
    stages = _stages(then["stages"], Pack.load(policy))
    as_of = parse_day(str(then["as_of"]))
    # Without a word of a ledger in it the close knew none, and the run again knows none.
    past = ledger.folder if "ledger" in then else None
    run(
        facts,
        policy=policy,
        as_of=as_of,
        out=out,
        ledger=past,
        since=again.since,
        stages=stages,
        seed=int(then["seed"]),
    )
    rule = PostingRule(
        entry=ledger.head.number + 1,
        period=period.name,
        posted_in=posted_in,
        known_on=known_by(open_snapshot(facts), at_least=as_of, at_most=LAST_DAY),
    )
    names = baseline(period.name, period.covers)
    return draft(engine, ledger, out, rule, names, str(close.content["currency"])), rule


def _stages(then: Sequence[str], policy: Pack) -> list[str]:
    """Stages of the close that its postings rest on: headcount, books and visits move no closed pay.

    Where targets follow the proposed books, those stages are needed too.
    """
    target = policy.section("target")
    if target.get("book") == "proposed":
        return list(then)
    stages = {stage.name: stage for stage in FLOW if stage.name in then}
    wanted = [name for name, stage in stages.items() if set(stage.writes) & set(BOOKS)]
    while True:
        more = [need for name in wanted for need in stages[name].needs if need not in wanted]
        if not more:
            break
        wanted += list(dict.fromkeys(more))
    apart = {"staff", "assign"} - set(wanted)
    apart |= {name for name, stage in stages.items() if apart & set(stage.needs)}
    return [name for name in then if name in wanted or (name in stages and name not in apart)]


def _differences(posted: Posted, facts: Path, period: LedgerPeriod, findings: list[Finding]) -> tuple[Difference, ...]:
    """Each posting with the fact rows behind it, money first."""
    if not posted.rows:
        return ()
    try:
        reasons = Reasons(fact_changes(facts, str(period.last_close.content["run"]["facts"])))
    except BrokenSnapshotError:
        gone = {"period": period.name, "snapshot": str(period.last_close.content["run"]["facts"])}
        findings.append(Finding(code="ledger.reasons_gone", severity=Severity.WARNING, stage=_STAGE, facts=gone))
        reasons = Reasons([])
    found = []
    for table in dict.fromkeys(("pay_total", "settlement", "pay", *BOOKS)):
        name = BOOKS[table].name
        for row in posted.tables[name].to_pylist() if name in posted.tables else ():
            tie, because = reasons.of(row)
            amount = Decimal(row["amount"]).scaleb(-posted.totals[table, row["figure"]].digits)
            found.append(Difference({"book": table, **row}, amount, tie, tuple(because[:_SHOWN])))
    return tuple(found)


def _totals(posted: Posted) -> dict[str, str]:
    """Sum by table and figure, as exact decimals."""
    return {
        f"{table}.{figure}": str(Decimal(total.amount).scaleb(-total.digits))
        for (table, figure), total in sorted(posted.totals.items())
    }


def _content(
    period: LedgerPeriod, rule: PostingRule, posted: Posted, facts: Path, by: str, reason: str
) -> dict[str, Any]:
    close = period.last_close
    return {
        "kind": CORRECT,
        "period": period.name,
        "posted_in": rule.posted_in,
        "corrects": close.name,
        "known_on": rule.known_on.isoformat(),
        "currency": close.content["currency"],
        "by": by.strip(),
        "approved_by": "",
        "reason": reason.strip(),
        "run": {**close.content["run"], "facts": open_snapshot(facts).snapshot_id, "code_version": __version__},
        **posted.as_content(),
    }


_REASONS = pa.schema(
    [(name, pa.string()) for name in ("posting_id", "tie", "table", "key", "change", "known_at", "source")]
)


def _fill(folder: Path, posted: Posted, differences: Sequence[Difference]) -> None:
    """Postings, and the fact rows behind each: one row for each of them."""
    posted.write(folder)
    nothing: dict[str, str] = dict.fromkeys(_REASONS.names, "")
    rows = [
        {**nothing, "posting_id": difference.posting["posting_id"], "tie": difference.tie, **change}
        for difference in differences
        for change in ([each.as_json() for each in difference.because] or [{}])
    ]
    write_parquet(pa.Table.from_pylist(rows, schema=_REASONS), folder / "reasons.parquet")
