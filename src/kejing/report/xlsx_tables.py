"""Which columns the sheet of a table has: every code, and its label or name beside it."""

from __future__ import annotations

from collections.abc import Callable

from kejing.report.blocks import CellKind
from kejing.report.read_run import Run
from kejing.report.speech import Speech, kind_of
from kejing.report.xlsx_cells import SheetColumn
from kejing.stages.tables import OUT_TABLES, OutKind

CODE_COLUMNS = {
    "tier": "tier", "shadow_tier": "tier", "scheme": "scheme", "line": "line", "method": "method", "role": "role",
    "view": "view", "measure": "measure", "component": "component", "reason": "reason", "plan": "plan",
    "stage": "stage", "pool": "pool", "level": "level", "bound": "bound", "state": "state",
}  # fmt: skip
"""Columns with a code to what kind of code it is."""

CUSTOMER_COLUMNS = ("customer_id", "decided_by")
RM_COLUMNS = ("rm_id", "previous_rm_id")
UNIT_COLUMNS = ("unit_id",)

_KINDS = {
    CellKind.TEXT: ("text", 18),
    CellKind.DATE: ("date", 12),
    CellKind.COUNT: ("count", 12),
    CellKind.MONEY: ("money", 20),
    CellKind.NUMBER: ("number", 16),
    CellKind.PERCENT: ("percent", 12),
    CellKind.FLAG: ("flag", 10),
}
_LABEL_WIDTH = 26


def table_columns(speech: Speech, table: str) -> list[SheetColumn]:
    """The columns of the sheet of ``table``, labels right after their codes."""
    columns = []
    for column in OUT_TABLES[table].columns:
        head = speech.label_of(table, column.name)
        kind, width = _KINDS[kind_of(table, column.name)]
        columns.append(SheetColumn(column.name, head, kind, width))
        if column.kind is OutKind.TEXT:
            label = _label_column(speech, column.name, head)
            if label is not None:
                columns.append(label)
    return columns


def _label_column(speech: Speech, name: str, head: str) -> SheetColumn | None:
    title = speech.text("sheet.label", column=head)
    code = f"{name}_label"
    if name in CUSTOMER_COLUMNS:
        return SheetColumn(code, title, "text", _LABEL_WIDTH) if speech.run.has("directory") else None
    say = _saying(speech, name)
    return None if say is None else SheetColumn(code, title, "text", _LABEL_WIDTH, source=name, say=say)


def _saying(speech: Speech, name: str) -> Callable[[object], str] | None:
    if name in CODE_COLUMNS:
        kind = CODE_COLUMNS[name]
        return _remembered(lambda code: speech.of_code(code, kind))
    named = {**dict.fromkeys(RM_COLUMNS, speech.rm), **dict.fromkeys(UNIT_COLUMNS, speech.unit)}
    if name in named:
        name_of = named[name]
        return _remembered(lambda key: "" if key is None else name_of(key))
    return None


def _remembered(say: Callable[[object], str]) -> Callable[[object], str]:
    """A million rows carry a handful of codes: each is looked up once."""
    known: dict[object, str] = {}

    def saying(code: object) -> str:
        if code not in known:
            known[code] = say(code)
        return known[code]

    return saying


def table_query(run: Run, table: str, *, limit: int) -> str:
    """SELECT of the first ``limit`` rows by key, with the names of customers where a directory has them."""
    described = OUT_TABLES[table]
    columns = [f't."{column.name}"' for column in described.columns]
    joins = []
    if run.has("directory"):
        for column in described.columns:
            if column.name in CUSTOMER_COLUMNS:
                alias = f"d_{column.name}"
                columns.append(f"{alias}.name AS {column.name}_label")
                joins.append(
                    f"LEFT JOIN directory AS {alias} ON {alias}.kind = 'customer' AND {alias}.id = t.{column.name}"
                )
    order = ", ".join(f"t.{name}" for name in described.key)
    return f"SELECT {', '.join(columns)} FROM {table} AS t {' '.join(joins)} ORDER BY {order} LIMIT {limit}"
