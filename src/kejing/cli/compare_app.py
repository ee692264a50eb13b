"""``kejing compare``: two plans of books beside one another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from kejing.cli import show
from kejing.cli.options import JsonOption, LangChoice, LangOption
from kejing.cli.words import word
from kejing.report.compared_books import COLUMNS, write_compared
from kejing.text.labels import Lang
from kejing.verbs import comparing
from kejing.verbs.comparing import REASONS, BooksComparison

_SHOWN = 20


def add_commands(app: typer.Typer) -> None:
    """The command ``compare``."""
    app.command()(compare)


def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="对照的运行 / the run compared with")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="要看的运行 / the run looked at")],
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help="写成工作簿,含全部客户 / write a workbook of all customers"),
    ] = None,
    lang: LangOption = LangChoice.ZH,
    as_json: JsonOption = False,
) -> None:
    """两个管户方案逐户对照:谁换了人、为什么 / two plans of books, customer by customer: who changes RM, and why."""
    found = comparing.compare(before, after)
    totals = _totals(found, lang.value)
    if xlsx is not None:
        write_compared(xlsx, totals, found.customers, _words(lang.value))
    if as_json:
        show.print_json(found.as_json())
        return
    _print(found, totals, lang.value)
    if xlsx is not None:
        show.out.print(str(xlsx))


def _words(lang: Lang) -> dict[str, str]:
    codes = ["summary", "customers", "before", "after", *(code for code, _, _ in COLUMNS)]
    return {code: word(f"compare.{code}", lang) for code in (*codes, *(f"reason.{one}" for one in REASONS))}


def _totals(found: BooksComparison, lang: Lang) -> list[tuple[str, object, object]]:
    one, other = found.before, found.after
    rows: list[tuple[str, object, object]] = [
        (word("compare.total.customers", lang), one.customers, other.customers),
        (word("compare.total.pooled", lang), one.pooled, other.pooled),
        (word("compare.total.hours", lang), f"{one.hours:,.0f}", f"{other.hours:,.0f}"),
        (word("compare.total.mean_km", lang), one.mean_km, other.mean_km),
        (word("compare.total.same", lang), None, found.same),
    ]
    for reason, (customers, value) in found.reasons.items():
        rows.append((word(f"compare.reason.{reason}", lang), None, customers))
        rows.append((word("compare.total.value", lang), None, f"{value:,.2f}"))
    return rows


def _print(found: BooksComparison, totals: list[tuple[str, object, object]], lang: Lang) -> None:
    summary = Table(title=word("compare.summary", lang), box=None)
    summary.add_column("")
    for side in ("compare.before", "compare.after"):
        summary.add_column(word(side, lang), justify="right")
    for label, before, after in totals:
        summary.add_row(label, *("" if one is None else str(one) for one in (before, after)))
    show.out.print(summary)
    if not found.customers:
        show.out.print(word("compare.none", lang))
        return
    listed = Table(title=word("compare.customers", lang), box=None)
    for code, _, _ in COLUMNS:
        listed.add_column(word(f"compare.{code}", lang), overflow="fold")
    for row in found.customers[:_SHOWN]:
        cells = {**row, "reason": word(f"compare.reason.{row['reason']}", lang)}
        listed.add_row(*("" if cells[code] is None else str(cells[code]) for code, _, _ in COLUMNS))
    show.out.print(listed)
    if len(found.customers) > _SHOWN:
        show.out.print(word("compare.more", lang).format(count=len(found.customers) - _SHOWN))
