"""Do the totals hold from step to step, and where is everything?"""

from __future__ import annotations

from kejing.report.blocks import Cell, CellKind, Grid, Section
from kejing.report.limits import CHART_ROWS
from kejing.report.read_run import Run, some, whole
from kejing.report.speech import Speech
from kejing.stages.tables import OUT_TABLES

_CONTROL = f"SELECT stage, name, period, rows, amount FROM control ORDER BY stage, name, period LIMIT {CHART_ROWS}"


def build(run: Run, speech: Speech) -> Section:
    """Control totals of the run and the list of its tables."""
    title, question = speech.text("section.control"), speech.text("control.question")
    written = {name: run.rows(name) for name in (*OUT_TABLES, "findings") if run.rows(name)}
    answer = speech.say(
        "control.answer", tables=speech.numbers.count(len(written)), rows=speech.numbers.count(sum(written.values()))
    )
    grids = [_files(run, speech, written)]
    notes = []
    if run.has("control"):
        grids.insert(0, _totals(run, speech))
    else:
        notes.append(speech.say("control.empty"))
    return Section("control", title, question, answer=[answer], grids=grids, notes=notes)


def _totals(run: Run, speech: Speech) -> Grid:
    columns = [speech.column("control", name) for name in ("stage", "name", "period", "rows", "amount")]
    cells: list[tuple[Cell, ...]] = [
        (
            speech.of_code(row["stage"], "stage"), _name(speech, str(row["name"])), str(row["period"] or ""),
            None if row["rows"] is None else whole(row["rows"]), some(row["amount"]),
        )
        for row in run.fetch(_CONTROL)
    ]  # fmt: skip
    return Grid(speech.text("control.totals"), columns, cells, total_rows=run.rows("control"), source="control")


def _name(speech: Speech, name: str) -> str:
    """A total's label; ``goal.deposit`` is the goal of one measure."""
    kind, _, measure = name.partition(".")
    label = speech.of_code(kind, "control")
    return f"{label} · {speech.of_code(measure, 'measure')}" if measure else label


def _files(run: Run, speech: Speech, written: dict[str, int]) -> Grid:
    columns = [
        speech.heading("control.table"),
        speech.heading("control.file", CellKind.CODE),
        speech.heading("control.rows", CellKind.COUNT),
        speech.heading("control.hash", CellKind.CODE),
    ]
    cells: list[tuple[Cell, ...]] = []
    for name, rows in written.items():
        table = OUT_TABLES.get(name)
        label = speech.text("section.findings") if table is None else (table.zh if speech.lang == "zh" else table.en)
        listed = run.manifest.tables.get(name)
        cells.append((label, f"{name}.parquet", rows, listed.sha256[:16] if listed else ""))
    return Grid(speech.text("control.files"), columns, cells)
