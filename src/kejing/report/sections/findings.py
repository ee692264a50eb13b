"""What should a person look at?"""

from __future__ import annotations

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Series, bars
from kejing.report.limits import FINDING_ROWS
from kejing.report.read_run import Row, Run, whole
from kejing.report.speech import Speech
from kejing.report.told import tell

_COUNTS = """
SELECT code, severity, COUNT(*) AS findings FROM findings GROUP BY code, severity
ORDER BY CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, COUNT(*) DESC, code
"""

_FIRST = f"""
SELECT stage, code, severity, file, sheet, row, "column", value, facts FROM findings
ORDER BY CASE WHEN severity = 'error' THEN 0 WHEN severity = 'warning' THEN 1 ELSE 2 END,
  stage, file, sheet, row, "column", code, facts
LIMIT {FINDING_ROWS}
"""

SEVERITIES = ("error", "warning", "info")


def build(run: Run, speech: Speech) -> Section:
    """Findings by code and severity, and the first of them in words."""
    title, question = speech.text("section.findings"), speech.text("findings.question")
    if not run.has("findings"):
        key = "findings.none" if (run.folder / "findings.parquet").is_file() else "findings.empty"
        return Section("findings", title, question, empty=speech.say(key))
    counts = run.fetch(_COUNTS)
    by_severity = dict.fromkeys(SEVERITIES, 0)
    for row in counts:
        by_severity[str(row["severity"])] += whole(row["findings"])
    answer = speech.say(
        "findings.answer",
        total=speech.numbers.count(sum(by_severity.values())),
        **{severity: speech.numbers.count(found) for severity, found in by_severity.items()},
    )
    return Section(
        "findings", title, question, answer=[answer], charts=[_chart(speech, counts)], grids=[_first(run, speech)]
    )


def _chart(speech: Speech, counts: list[Row]) -> Chart:
    codes = list(dict.fromkeys(str(row["code"]) for row in counts))
    found = {(str(row["severity"]), str(row["code"])): whole(row["findings"]) for row in counts}
    series = [
        Series(speech.of_code(severity, "severity"), [found.get((severity, code), 0) for code in codes], colour=colour)
        for severity, colour in zip(SEVERITIES, (6, 4, 5), strict=True)
        if any((severity, code) in found for code in codes)
    ]
    columns = [
        speech.heading("findings.severity", CellKind.SEVERITY),
        speech.heading("findings.code", CellKind.CODE),
        speech.heading("findings.count", CellKind.COUNT),
    ]
    cells: list[tuple[Cell, ...]] = [(str(row["severity"]), str(row["code"]), whole(row["findings"])) for row in counts]
    title = speech.text("findings.chart")
    spec = bars(codes, series, unit="count", stacked=True, across=True)
    return Chart("findings-codes", title, spec, Grid(title, columns, cells), height=100 + 26 * len(codes))


def _first(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.heading("findings.severity", CellKind.SEVERITY),
        speech.heading("findings.place", CellKind.BRIEF),
        speech.heading("findings.column"),
        speech.heading("findings.value", CellKind.BRIEF),
        speech.heading("findings.reason", CellKind.PROSE),
        speech.heading("findings.remedy", CellKind.PROSE),
    ]
    cells: list[tuple[Cell, ...]] = []
    for row in run.fetch(_FIRST):
        told = tell(row, speech.lang)
        cells.append(
            (str(row["severity"]), place(speech, row), str(row["column"]), str(row["value"]), told.reason, told.remedy)
        )
    total = run.rows("findings")
    return Grid(speech.text("findings.rows"), columns, cells, total_rows=total, source="findings")


def place(speech: Speech, row: Row) -> str:
    """File, sheet and row in one line; findings about results name their stage."""
    parts = [str(row["file"]), str(row["sheet"])]
    if whole(row["row"]):
        parts.append(speech.text("findings.row", n=whole(row["row"])))
    said = " · ".join(part for part in parts if part)
    return said or speech.of_code(row["stage"], "stage")
