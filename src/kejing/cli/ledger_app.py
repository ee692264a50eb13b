"""``kejing payroll, close, correct, reopen`` and ``kejing ledger``: from a run to a locked period and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from typer.core import TyperGroup

from kejing.cli import show
from kejing.cli.options import FactsArgument, JsonOption, LangChoice, LangOption, OutArgument, SinceOption
from kejing.cli.words import word
from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.measure.findings import Severity
from kejing.stages.tables import OUT_TABLES, OutColumn, OutTable
from kejing.text.labels import Lang
from kejing.verbs import closing, correcting, ledgers, reopening
from kejing.verbs.differences import Correction, Difference, PeriodCorrection
from kejing.verbs.freezing import freeze_statements
from kejing.verbs.ledger_periods import periods_of
from kejing.verbs.payroll import payroll

_SHOWN = 20


class _ListByDefault(TyperGroup):
    """A group in which ``kejing ledger LEDGER`` is short for ``kejing ledger list LEDGER``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer carries a click of its own
        """Put the default command in front of a folder."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


ledger_app = typer.Typer(
    cls=_ListByDefault,
    help="台账:清单与核验;ledger LEDGER 即 ledger list LEDGER / ledger: list and verify",
    no_args_is_help=True,
)

LedgerArgument = Annotated[Path, typer.Argument(metavar="LEDGER", help="台账文件夹 / ledger folder")]
IntoOption = Annotated[Path, typer.Option("--into", metavar="LEDGER", help="台账文件夹 / ledger folder")]
PeriodOption = Annotated[str, typer.Option("--period", metavar="P", help="期间,如 2025-Q1 / period, such as 2025-Q1")]


def pay_list(
    out: OutArgument,
    period: PeriodOption,
    into: Annotated[Path, typer.Option("--into", metavar="FILE.xlsx", help="发放清单 / payment list to write")],
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="LEDGER", help="台账:计入往期更正 / add what corrections carried over"),
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """发放清单:每人本期应发多少 / payment list: who is due how much for the period."""
    with show.progress(lang.value, quiet=as_json) as progress:
        answer = payroll(out, period=period, into=into, ledger=ledger, lang=lang.value, progress=progress)
    if as_json:
        show.print_json(answer.as_json())
    else:
        facts = {"rows": len(answer.rows), "total": f"{answer.total:,}", "currency": answer.currency, "file": into}
        show.out.print(word("payroll.done", lang.value).format(period=period, **facts))


def close(
    out: OutArgument,
    period: PeriodOption,
    into: IntoOption,
    payments: Annotated[
        Path, typer.Option("--payments", metavar="PAID", help="实发清单 XLSX/CSV / what was paid, XLSX or CSV")
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="关账人 / who closes")],
    facts: Annotated[
        Path | None, typer.Option("--facts", metavar="FACTS", help="事实库已移动时指明 / where the facts lie now")
    ] = None,
    allow_open_disputes: Annotated[
        str | None,
        typer.Option(
            "--allow-open-disputes", metavar="REASON", help="争议未决仍关账的理由 / why open disputes may stand"
        ),
    ] = None,
    allow_errors: Annotated[
        str | None,
        typer.Option("--allow-errors", metavar="REASON", help="有错误仍关账的理由 / why errors of the run may stand"),
    ] = None,
    statements: Annotated[
        bool, typer.Option("--statements/--no-statements", help="冻结每人的结算单 / freeze everybody's statement")
    ] = True,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """关账:核对实发、入账、冻结结算单、锁定期间 / confirm payments, post, freeze statements, lock."""
    with show.progress(lang.value, quiet=as_json) as progress:
        answer = closing.close(
            out,
            period=period,
            into=into,
            payments=payments,
            by=by,
            facts=facts,
            allow_open_disputes=allow_open_disputes,
            allow_errors=allow_errors,
            freeze=freeze_statements if statements else None,
            progress=progress,
        )
    if as_json:
        found = [show.finding_as_json(finding, lang.value) for finding in answer.findings]
        show.print_json({**answer.as_json(), "findings": found})
        return
    show.print_findings(answer.findings, lang.value)
    key = "close.was_closed" if answer.was_closed else "close.done"
    version = answer.entry.content["statement"]["version"]
    facts_of = {"period": period, "entry": answer.entry.name, "version": version, "sha256": answer.entry.sha256}
    show.out.print(word(key, lang.value).format(**facts_of))


def correct(
    facts: FactsArgument,
    into: IntoOption,
    posted_in: Annotated[
        str,
        typer.Option("--posted-in", metavar="Q", help="承接差额的未关期间 / open period that carries the differences"),
    ],
    period: Annotated[
        str | None, typer.Option("--period", metavar="P", help="一个已关期间 / one closed period")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="全部已关期间 / all closed periods")] = False,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="更正人 / who corrects")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由 / why")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只看差额,不入账 / show differences, post nothing")
    ] = False,
    since: SinceOption = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """更正:按当时的办法重算已关期间,差额记入未关期间 / run closed periods again, post what differs."""
    if every == (period is not None):
        raise correcting.WhichPeriodError
    with show.progress(lang.value, quiet=as_json) as progress:
        answer = correcting.correct(
            facts,
            into=into,
            posted_in=posted_in,
            period=period,
            by=by,
            reason=reason,
            dry_run=dry_run,
            since=since,
            progress=progress,
        )
    if as_json:
        found = [show.finding_as_json(finding, lang.value) for finding in answer.findings]
        show.print_json({**answer.as_json(), "findings": found})
    else:
        _print_correction(answer, lang.value)


def reopen(
    ledger: LedgerArgument,
    period: PeriodOption,
    request_by: Annotated[str | None, typer.Option("--request-by", metavar="A", help="申请人 / who asks")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="理由 / why")] = "",
    approve_by: Annotated[str | None, typer.Option("--approve-by", metavar="B", help="批准人 / who agrees")] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """重开最近关账的期间,须两人 / open the latest closed period again; takes two persons."""
    entry = reopening.reopen(ledger, period=period, request_by=request_by, reason=reason, approve_by=approve_by)
    if as_json:
        show.print_json({"entry": entry.name, "sha256": entry.sha256, **entry.content})
    else:
        key = "reopen.asked" if approve_by is None else "reopen.done"
        show.out.print(word(key, lang.value).format(period=period, entry=entry.name, by=entry.content["by"]))


@ledger_app.command("list")
def list_entries(ledger: LedgerArgument, lang: LangOption = LangChoice.ZH, as_json: JsonOption = False) -> None:
    """分录与期间 / entries and periods."""
    book = ledgers.open_ledger(ledger)
    if as_json:
        show.print_json(ledgers.ledger_as_json(book))
        return
    table = _table("number", "kind", "period", "posted_in", "by", "approved_by", "pay", "reason", lang=lang.value)
    for entry in book.entries:
        said = entry.content
        table.add_row(
            str(entry.number),
            word(f"ledger.kind.{entry.kind}", lang.value),
            entry.period,
            str(said["posted_in"]),
            str(said["by"]),
            str(said["approved_by"]),
            _pay_of(said),
            str(said["reason"]),
        )
    show.out.print(table)
    for period in periods_of(book).values():
        state = "closed" if period.is_closed else "open"
        show.out.print(word(f"ledger.{state}", lang.value).format(period=period.name, version=len(period.closes)))
    show.out.print(word("ledger.head", lang.value).format(number=book.head.number, sha256=book.head.sha256))


@ledger_app.command()
def verify(
    ledger: LedgerArgument,
    head: Annotated[
        str | None, typer.Option("--head", metavar="SHA256", help="另行记下的哈希 / a hash noted elsewhere")
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """核验:有无被改、被删、换位、添加的分录或文件 / was anything edited, removed, reordered or added."""
    with show.progress(lang.value, quiet=as_json) as progress:
        findings = ledgers.verify_ledger(ledger, head=head, progress=progress)
    damaged = any(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        found = [show.finding_as_json(finding, lang.value) for finding in findings]
        show.print_json({"is_whole": not damaged, "findings": found})
    else:
        show.print_findings(findings, lang.value)
        show.out.print(word("verify.damaged" if damaged else "verify.whole", lang.value).format(count=len(findings)))
    raise typer.Exit(1 if damaged else 0)


def add_commands(app: typer.Typer) -> None:
    """Put the commands of this page on the command line."""
    app.command("payroll")(pay_list)
    app.command("close")(close)
    app.command("correct")(correct)
    app.command("reopen")(reopen)
    app.add_typer(ledger_app, name="ledger")


def _print_correction(answer: Correction, lang: Lang) -> None:
    show.print_findings(answer.findings, lang)
    for period in answer.periods:
        facts = {"period": period.period, "posted_in": period.posted_in, "whole": period.settled_by}
        facts |= {"entry": period.entry.name if period.entry is not None else "", "rows": str(len(period.differences))}
        if period.differences:
            _print_differences(period, lang)
        key = (
            "settled" if period.settled_by else "posted" if period.entry else "shown" if period.differences else "same"
        )
        show.out.print(word(f"correct.{key}", lang).format(**facts))


def _print_differences(period: PeriodCorrection, lang: Lang) -> None:
    table = _table("book", "rm", "component", "line", "figure", "amount", "because", lang=lang)
    for difference in period.differences[:_SHOWN]:
        row = difference.posting
        book = OUT_TABLES[str(row["book"])]
        table.add_row(
            _label(book, lang),
            str(row["rm_id"]),
            str(row.get("component", row.get("measure", ""))),
            str(row.get("line_id", "")),
            _label(book.column(str(row["figure"])), lang),
            f"{difference.amount:,}",
            _because(difference, lang),
        )
    show.out.print(table)
    if len(period.differences) > _SHOWN:
        show.out.print(word("correct.more", lang).format(count=len(period.differences) - _SHOWN))


def _because(difference: Difference, lang: Lang) -> str:
    """The first fact row behind a difference, and how many more there are."""
    if not difference.because:
        return word("correct.follows", lang)
    first = difference.because[0]
    facts = {**first.as_json(), "table": _label(FACT_TABLES[first.table], lang)}
    told = word(f"correct.{first.change}", lang).format(**facts)
    more = len(difference.because) - 1
    return told + (word("correct.and_more", lang).format(count=more) if more else "")


def _label(thing: OutTable | OutColumn | FactTable, lang: Lang) -> str:
    return thing.zh if lang == "zh" else thing.en


def _pay_of(content: Mapping[str, Any]) -> str:
    """Sum of the pay that an entry posts, as exact decimals."""
    total = content["postings"].get("pay", {}).get("amount")
    return f"{ledgers.decimal_sum(total):,}" if total else ""


def _table(*columns: str, lang: Lang) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in columns:
        right = name in ("number", "pay", "amount")
        table.add_column(word(f"ledger.{name}", lang), overflow="fold", justify="right" if right else "left")
    return table
