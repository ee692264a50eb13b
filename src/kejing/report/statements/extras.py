"""Tables beside pay as a statement shows them: what a column is called, how a cell is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kejing.facts.schema import FACT_TABLES
from kejing.report.blocks import CellKind
from kejing.report.clauses import Voice
from kejing.report.read_run import Row
from kejing.report.statements.statement import Extra
from kejing.stages.tables import OUT_TABLES, OutKind

_HIDDEN = frozenset({"rm_id", "unit_id", "taker", "level", "currency", "evidence"})
"""Columns that the head of the statement says already."""

_HIDDEN_OF = {"fund": frozenset({"place", "applicant", "balance", "state", "reason"})}
"""Columns of a table that are the business of whoever runs it."""

_CODES = {
    "component": "component", "pool": "pool", "measure": "measure", "state": "state", "kind": "taking",
    "bound": "bound", "verdict": "verdict", "grade": "grade", "proposed_grade": "grade", "board": "board",
    "cause": "incident_cause", "fund.kind": "fund_kind",
}  # fmt: skip
"""Columns with a code, to what kind of code it is; a table's own column goes before one of that name elsewhere."""

_RATIOS = frozenset({"share"})


@dataclass(frozen=True, slots=True)
class ExtraColumn:
    """One column: its code, its label, how it is written, and where codes come from."""

    name: str
    label: str
    kind: CellKind
    codes: str = ""


@dataclass(frozen=True, slots=True)
class ExtraGrid:
    """A table beside pay: its rows, or the sentence that says why there are none."""

    table: str
    title: str
    empty: str
    columns: Sequence[ExtraColumn]
    rows: Sequence[Row]

    @property
    def total(self) -> Decimal | None:
        """Sum of the amounts, where there are rows."""
        amounts = [amount for row in self.rows if isinstance(amount := row.get("amount"), Decimal)]
        return sum(amounts, Decimal(0)) if amounts else None


def extra_grid(extra: Extra, voice: Voice) -> ExtraGrid:
    """``extra`` in the language of ``voice``."""
    title = voice.word(f"extra.{extra.table}")
    key = "extra.not_kept" if not extra.is_kept else "" if extra.rows else "extra.none"
    shown = [column for column in _columns(extra.table, voice) if not extra.rows or column.name in extra.rows[0]]
    return ExtraGrid(extra.table, title, voice.word(key, what=title) if key else "", shown, extra.rows)


def _columns(table: str, voice: Voice) -> list[ExtraColumn]:
    """Columns of an output table, or of the fact table where the product brings the rows as they are."""
    found = []
    if table in OUT_TABLES:
        kinds = {OutKind.MONEY: CellKind.MONEY, OutKind.DATE: CellKind.DATE, OutKind.COUNT: CellKind.COUNT,
                 OutKind.MICRO: CellKind.NUMBER, OutKind.FLAG: CellKind.FLAG}  # fmt: skip
        for column in OUT_TABLES[table].columns:
            kind = CellKind.PERCENT if column.name in _RATIOS else kinds.get(column.kind, CellKind.TEXT)
            found.append((column.name, column.zh, column.en, kind))
    else:
        for named in FACT_TABLES[table].columns:
            kind = CellKind.MONEY if named.name == "amount" else CellKind.DATE if "_on" in named.name else CellKind.TEXT
            found.append((named.name, named.zh, named.en, kind))
    return [
        ExtraColumn(name, zh if voice.lang == "zh" else en, kind, _CODES.get(f"{table}.{name}", _CODES.get(name, "")))
        for name, zh, en, kind in found
        if name not in _HIDDEN | _HIDDEN_OF.get(table, frozenset())
    ]


def extra_text(row: Row, column: ExtraColumn, voice: Voice) -> str:
    """One cell as text; what is missing is a dash."""
    value = row.get(column.name)
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return voice.word("yes" if value else "no")
    if isinstance(value, Decimal):
        if column.kind is CellKind.MONEY:
            return voice.money(value)
        return voice.percent(value) if column.kind is CellKind.PERCENT else voice.numbers.exact(value)
    if isinstance(value, dt.date | int):
        return str(value)
    return code_label(str(value), column.codes, voice) if column.codes else str(value)


def code_label(code: str, kind: str, voice: Voice) -> str:
    """What a code of ``kind`` is called: in the policy, else in the words of papers, else the code."""
    key = f"code.{kind}.{code}"
    return voice.word(key) if key in voice.words else voice.code(code, kind)
