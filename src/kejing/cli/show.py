"""What the command line shows: progress, findings, errors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from kejing.cli.words import word
from kejing.facts import ImportReport
from kejing.facts.schema import FACT_TABLES
from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.text import finding_sentence, sentence
from kejing.text.labels import Lang
from kejing.verbs.running import RunResult

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_SHOWN = 20
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


class StageProgress:
    """One bar per stage on standard error, with rows done and time left."""

    def __init__(self, bars: Progress, lang: Lang) -> None:
        self._bars = bars
        self._lang = lang
        self._tasks: dict[str, int] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of ``stage``."""
        if stage not in self._tasks:
            self._tasks[stage] = int(self._bars.add_task(word(f"stage.{stage}", self._lang), total=total))
        self._bars.update(self._tasks[stage], completed=done, total=total or 1)  # type: ignore[arg-type]  # TaskID is an int


@contextmanager
def progress(lang: Lang, *, quiet: bool) -> Iterator[StageProgress]:
    """Bars while the block runs; nothing when ``quiet``."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=quiet, transient=False) as bars:
        yield StageProgress(bars, lang)


def language_of(arguments: Sequence[str]) -> Lang:
    """The language asked for on the command line or by ``KEJING_LANG``; Chinese if neither.

    Examples
    --------
    >>> language_of(["kejing", "run", "--lang", "en"])
    'en'
    """
    asked = os.environ.get("KEJING_LANG", "zh")
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            asked = arguments[place + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return "en" if asked == "en" else "zh"


def print_json(answer: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2, default=str) + "\n")


def finding_as_json(finding: Finding, lang: Lang) -> dict[str, object]:
    """A finding with its sentences, for programs."""
    message = finding_sentence(finding, lang)
    return {**finding.as_row(), "facts": dict(finding.facts), "reason": message.reason, "remedy": message.remedy}


def print_findings(findings: Sequence[Finding], lang: Lang) -> None:
    """The gravest findings first, as a table with reason and remedy."""
    if not findings:
        return
    grave = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    ordered = sorted(findings, key=lambda finding: (grave[finding.severity], finding.sort_key()))
    table = Table(show_lines=False, box=None, pad_edge=False)
    for heading in ("finding.severity", "finding.place", "finding.reason", "finding.remedy"):
        table.add_column(word(heading, lang), overflow="fold")
    for finding in ordered[:_SHOWN]:
        message = finding_sentence(finding, lang)
        style = _STYLES[finding.severity]
        table.add_row(
            f"[{style}]{word(f'severity.{finding.severity}', lang)}[/]",
            place_text(finding),
            message.reason,
            message.remedy,
        )
    out.print(table)
    if len(ordered) > _SHOWN:
        out.print(word("finding.more", lang).format(count=len(ordered) - _SHOWN))


def print_counts(report: ImportReport, lang: Lang) -> None:
    """Rows of each table: read, new, changed, unchanged, collapsed, left out, rejected."""
    table = Table(box=None, pad_edge=False)
    table.add_column(word("import.table", lang))
    names = ("read", "new", "changed", "unchanged", "collapsed", "left_out", "rejected")
    for name in names:
        table.add_column(word(f"import.{name}", lang), justify="right")
    for name, counts in report.tables.items():
        labels = FACT_TABLES[name]
        table.add_row(labels.zh if lang == "zh" else labels.en, *(f"{counts.as_dict()[column]:,}" for column in names))
    out.print(table)


def place_text(finding: Finding) -> str:
    """File, sheet, row and column in one short text."""
    place = finding.place
    parts = [place.file, place.sheet, f"#{place.row}" if place.row else "", place.column]
    return " ".join(part for part in parts if part) or finding.stage


def print_island(result: RunResult, lang: Lang) -> None:
    """What a run upon an earlier one reckoned anew, or why that was everything."""
    if result.island is not None:
        out.print(word("run.island", lang).format(customers=result.island.customers, rms=result.island.rms))
    if result.whole is not None:
        out.print(sentence(result.whole.code, result.whole.facts, lang).reason)


def print_error(error: KejingError, lang: Lang, *, as_json: bool) -> None:
    """Why the work stopped and what to do."""
    message = sentence(error.code, error.facts, lang)
    findings = error.findings if isinstance(error, RefusedInputError) else []
    if as_json:
        answer = {"error": error.code, "facts": error.facts, "reason": message.reason, "remedy": message.remedy}
        print_json({**answer, "findings": [finding_as_json(finding, lang) for finding in findings]})
        return
    print_findings(findings, lang)
    err.print(f"[red]{word('error', lang)}[/] {message.reason}\n{message.remedy}")
