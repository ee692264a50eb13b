"""``kejing close``: confirm the payments, post, freeze the statements, lock the period."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts import Snapshot
from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.measure.money import from_minor
from kejing.measure.period import LAST_DAY, Grain, parse_day
from kejing.verbs.closing_checks import (
    RunToClose,
    check_identity,
    check_ledger,
    check_open_matters,
    check_period,
    facts_of,
    open_run,
)
from kejing.verbs.freezing import Freeze, ToFreeze, freeze_extract, freeze_statements
from kejing.verbs.ledger_periods import CLOSE, LedgerPeriod, periods_of
from kejing.verbs.payments import Payment, compare_payments, read_payments
from kejing.verbs.payroll import Payable, due_rows, rule_of
from kejing.verbs.posting import Posted, draft, known_by
from kejing.verbs.running import MARK
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.ledger import Entry, Ledger
from kejing.warehouse.ledger.durable import file_hash
from kejing.warehouse.store import write_parquet

type Progress = Callable[[str, int, int], None]


class PeriodClosedError(KejingError):
    """The period is closed, by another run; a closed period is never closed again in place."""

    code = "ledger.period_closed"


class NobodyError(KejingError):
    """No name stands for the person who does this."""

    code = "ledger.nobody"


@dataclass(frozen=True, slots=True)
class Closing:
    """A closed period: its entry, what was found, and whether it had been closed by the same run before."""

    entry: Entry
    findings: tuple[Finding, ...]
    was_closed: bool

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "entry": self.entry.name,
            "sha256": self.entry.sha256,
            "was_closed": self.was_closed,
            **self.entry.content,
        }


def close(
    out: str | Path,
    *,
    period: str,
    into: str | Path,
    payments: str | Path,
    by: str,
    facts: str | Path | None = None,
    allow_open_disputes: str | None = None,
    allow_errors: str | None = None,
    freeze: Freeze | None = freeze_statements,
    progress: Progress | None = None,
) -> Closing:
    """Close ``period`` of run ``out`` into the ledger ``into``.

    Parameters
    ----------
    payments
        What was paid by RM: CSV, XLSX or Parquet, such as the list of `payroll` with the amounts paid.
    by
        Who closes.
    facts
        The facts folder; the one the run was made from if not given.
    allow_open_disputes, allow_errors
        Why disputes that nobody decided, or errors of the run, may stand; kept with the entry.
    freeze
        Writes the statements, by default everybody's as HTML and XLSX in both languages; None keeps the period's
        rows alone.

    Returns
    -------
    Closing
        The entry. Where the same run has closed the period before, that entry, and nothing is posted.

    Raises
    ------
    RefusedInputError
        Something stands against it; all findings travel along and nothing was written.
    PeriodClosedError
        Another run has closed the period.
    """
    said = progress or (lambda _stage, _done, _total: None)
    if not by.strip():
        raise NobodyError(role="by")
    run = open_run(Path(out), period)
    ledger = Ledger.open(Path(into))
    periods = periods_of(ledger)
    before = periods.get(period)
    if before is not None and before.is_closed:
        if before.last_close.content["run"]["run_id"] == run.manifest["run_id"]:
            return Closing(before.last_close, (), was_closed=True)
        raise PeriodClosedError(period=period, entry=before.last_close.name)
    said("verify", 0, 1)
    snapshot = facts_of(run, Path(facts) if facts is not None else None)
    findings = [
        *check_period(run, periods),
        *check_identity(run, snapshot),
        *check_ledger(run, ledger, periods),
        *check_open_matters(run, allow_open_disputes=allow_open_disputes, allow_errors=allow_errors),
    ]
    said("verify", 1, 1)
    refuse(findings, period)
    paid, unread = read_payments(Path(payments), run.currency)
    with DuckEngine() as engine:
        said("post", 0, 2)
        posted, due, known_on = _draft(engine, ledger, run, snapshot, periods)
        said("post", 1, 2)
        known = {row.rm_id for row in due}
        owed = {row.rm_id: row.due for row in due}
        findings += [*unread, *compare_payments(owed, paid, known, file=Path(payments).name, currency=run.currency)]
        refuse(findings, period)
        allowed = {"open_disputes": allow_open_disputes, "errors": allow_errors}
        content = _content(run, periods, posted, due, known_on) | {
            "by": by.strip(),
            "allowed": {name: reason for name, reason in allowed.items() if reason},
            "payments": {"file": Path(payments).name, "sha256": file_hash(Path(payments)), "rows": len(paid)},
        }
        of = ToFreeze(
            out=run.folder,
            facts=snapshot.folder.parent.parent,
            ledger=ledger.folder,
            period=period,
            currency=run.currency,
            **content["statement"],
        )
        entry = ledger.append(content, lambda folder: _fill(folder, run, posted, (paid, due), of, freeze))
        said("post", 2, 2)
    return Closing(entry, tuple(findings), was_closed=False)


def refuse(findings: Iterable[Finding], period: str) -> None:
    """Stop where there are errors; all that was found travels along.

    Raises
    ------
    RefusedInputError
        A finding is an error.
    """
    found = list(findings)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise RefusedInputError(found, source=period)


def _draft(
    engine: DuckEngine, ledger: Ledger, run: RunToClose, snapshot: Snapshot, periods: Mapping[str, LedgerPeriod]
) -> tuple[Posted, list[Payable], dt.date]:
    """Postings, the payment list they make, and the day of the knowledge they rest on."""
    rule, names = rule_of(run, ledger, periods)
    last = run.manifest["known_on"]
    known_on = known_by(snapshot, at_least=rule.known_on, at_most=parse_day(last) if last else LAST_DAY)
    posted = draft(engine, ledger, run.folder, replace(rule, known_on=known_on), names, run.currency)
    return posted, due_rows(engine, ledger, run, posted), known_on


def _content(
    run: RunToClose, periods: Mapping[str, LedgerPeriod], posted: Posted, due: list[Payable], known_on: dt.date
) -> dict[str, Any]:
    """What ``entry.json`` says of a close."""
    before = periods.get(run.period)
    covers = [
        other.name for other in periods.values() if other.name != run.period and run.days.overlap_days(other.days)
    ]
    return {
        "kind": CLOSE,
        "period": run.period,
        "posted_in": run.period,
        "start": run.days.start.isoformat(),
        "end": run.days.end.isoformat(),
        "grain": str(run.grain),
        "start_month": run.calendar.start_month,
        "covers": sorted(covers, key=lambda name: periods[name].days),
        "known_on": known_on.isoformat(),
        "currency": run.currency,
        "reason": "",
        "approved_by": "",
        "run": run_facts(run.manifest),
        "statement": {
            "version": len(before.closes) + 1 if before is not None else 1,
            "is_provisional": run.grain is not Grain.YEAR,
        },
        "paid": str(from_minor(sum(row.due for row in due), run.currency)),
        **posted.as_content(),
    }


def run_facts(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run an entry must know to run it again."""
    return {
        "run_id": manifest["run_id"],
        "as_of": manifest["as_of"],
        "known_on": manifest["known_on"],
        "seed": manifest["seed"],
        "stages": manifest["stages"],
        "code_version": manifest["code_version"],
        "facts": manifest["facts"]["snapshot"],
        "policy": {name: manifest["policy"][name] for name in ("pack", "version", "sha256")},
        **({"ledger": manifest["ledger"]} if "ledger" in manifest else {}),
    }


def _fill(
    folder: Path,
    run: RunToClose,
    posted: Posted,
    money: tuple[list[Payment], list[Payable]],
    of: ToFreeze,
    freeze: Freeze | None,
) -> None:
    """The files of a close: postings, payments, policy, manifest, statements."""
    paid, due = money
    posted.write(folder)
    shutil.copytree(run.folder / "policy", folder / "policy")
    shutil.copyfile(run.folder / MARK, folder / MARK)
    rows = [{"rm_id": p.rm_id, "amount": p.amount, "reference": p.reference, "row": p.row} for p in paid]
    write_parquet(pa.Table.from_pylist(rows, schema=_PAID), folder / "payments.parquet")
    owed = [{"rm_id": row.rm_id, "of_period": row.of_period, "carried": row.carried} for row in due]
    write_parquet(pa.Table.from_pylist(owed, schema=_DUE), folder / "due.parquet")
    statements = folder / "statements"
    statements.mkdir()
    freeze_extract(run.folder, run.period, statements)
    if freeze is not None:
        freeze(of, statements)


_PAID = pa.schema([("rm_id", pa.string()), ("amount", pa.int64()), ("reference", pa.string()), ("row", pa.int64())])
_DUE = pa.schema([("rm_id", pa.string()), ("of_period", pa.int64()), ("carried", pa.int64())])
