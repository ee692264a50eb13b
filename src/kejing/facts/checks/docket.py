"""The docket: findings of one import, kept in the engine until they are shown.

A mass defect may have as many findings as rows; they stay columns, and only the first ones of each
kind become `Finding` objects. The rows they reject are all in quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kejing.facts.convert.problems import CODES, Problem
from kejing.facts.convert.sql import literal
from kejing.facts.feeds import Feed
from kejing.measure.findings import Finding, Place, Severity
from kejing.warehouse.engine import DuckEngine

SHOWN_PER_KIND = 1000
"""Findings of one code in one column of one sheet that are shown in full."""

AGGREGATED = frozenset(
    {
        CODES[Problem.ID_PADDED],
        "facts.reference_table_absent",
        "facts.team_put_aside",
        "facts.team_shares_absent",
        "facts.units_without_parent",
    }
)
"""Codes said once for a column, with the number of rows; the place is the first of them."""

_COLUMNS = "code, severity, rejects, shown, tbl, fn, rn, col, val, facts"


@dataclass(slots=True)
class Docket:
    """Findings about rows. ``feeds`` by number tell file, sheet and header of each."""

    engine: DuckEngine
    feeds: Mapping[int, Feed] = field(default_factory=dict)
    _settled: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine.run_script(
            "CREATE OR REPLACE TABLE found (code VARCHAR, severity VARCHAR, rejects BOOLEAN, shown BOOLEAN, "
            "tbl VARCHAR, fn INTEGER, rn BIGINT, col VARCHAR, val VARCHAR, facts VARCHAR[])"
        )

    def add(self, code: str, severity: Severity, table: str, select: str) -> None:
        """Note the rows of ``select``: columns ``fn, rn, col, val, facts, shown``.

        ``facts`` is a list of names and values in turn. An error rejects its row. A row that is
        rejected together with another one whose finding is shown has ``shown`` false.
        """
        rejects = "true" if severity is Severity.ERROR else "false"
        self.engine.run_script(
            f"INSERT INTO found ({_COLUMNS}) SELECT {literal(code)}, {literal(str(severity))}, {rejects}, "
            f"shown, {literal(table)}, fn, rn, col, val, facts FROM ({select})"
        )

    def settle(self, table: str) -> None:
        """Make ``ok_<table>``: the rows that nothing has rejected so far and that are not gone."""
        engine = self.engine
        here = f"tbl = {literal(table)} AND rejects"
        (counts,) = engine.fetch(
            f"SELECT (SELECT COUNT(*) FROM found WHERE {here}) AS bad, (SELECT COUNT(*) FROM gone_{table}) AS gone"
        ).to_pylist()
        so_far = (counts["bad"], counts["gone"])
        if self._settled.get(table) == so_far:
            return
        self._settled[table] = so_far
        engine.create(f"bad_{table}", f"SELECT DISTINCT fn, rn FROM found WHERE {here}")
        conditions = [
            f"NOT EXISTS (SELECT 1 FROM {name}_{table} AS x WHERE x.fn = i.fn AND x.rn = i.rn)"
            for name, count in counts.items()
            if count
        ]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        engine.create_view(f"ok_{table}", f"SELECT i.* FROM in_{table} AS i{where}")

    def count(self, relation: str, where: str = "TRUE") -> int:
        """Rows of ``relation`` that meet ``where``."""
        return int(self.engine.fetch(f"SELECT COUNT(*) AS n FROM {relation} WHERE {where}")["n"][0].as_py())

    def findings(self) -> list[Finding]:
        """The findings as objects, mass defects cut short, with the values found in the files."""
        kinds = self.engine.fetch(
            "SELECT code, severity, tbl, fn, COALESCE(col, '') AS column_name, COUNT(*) AS n "
            "FROM found WHERE shown GROUP BY code, severity, tbl, fn, COALESCE(col, '') "
            "ORDER BY code, fn, column_name, tbl"
        ).to_pylist()
        found: list[Finding] = []
        for kind in kinds:
            found += self._of_kind(kind)
        return found

    def _of_kind(self, kind: Mapping[str, object]) -> Iterable[Finding]:
        code, name, number = str(kind["code"]), str(kind["column_name"]), int(str(kind["fn"]))
        count = int(str(kind["n"]))
        is_aggregated = code in AGGREGATED
        limit = 1 if is_aggregated else SHOWN_PER_KIND
        feed = self.feeds[number]
        severity = Severity(str(kind["severity"]))
        where = (
            f"shown AND code = {literal(code)} AND tbl = {literal(str(kind['tbl']))} AND fn = {number} "
            f"AND COALESCE(col, '') = {literal(name)}"
        )
        rows = self.engine.fetch(
            f"SELECT rn, val, facts FROM found WHERE {where} ORDER BY rn, val, facts LIMIT {limit}"
        ).to_pylist()
        values = self._values(feed, name, [int(row["rn"]) for row in rows if row["val"] is None])
        for row in rows:
            facts = dict(zip(row["facts"][::2], row["facts"][1::2], strict=True))
            if is_aggregated:
                facts["count"] = f"{count:,}"
            value = row["val"] if row["val"] is not None else values.get(int(row["rn"]), "")
            place = Place(
                file=feed.sheet.file, sheet=feed.sheet.sheet, row=int(row["rn"]), column=feed.header(name), value=value
            )
            yield Finding(code=code, severity=severity, place=place, stage="facts", facts=facts)
        if count > len(rows) and not is_aggregated:
            place = Place(file=feed.sheet.file, sheet=feed.sheet.sheet, column=feed.header(name))
            yield Finding(
                code="facts.more_of_the_same",
                severity=severity,
                place=place,
                stage="facts",
                facts={"code": code, "count": f"{count - len(rows):,}", "shown": f"{len(rows):,}"},
            )

    def _values(self, feed: Feed, name: str, rows: list[int]) -> dict[int, str]:
        """What stands in the file in the cell of each row."""
        index = feed.source_column(name)
        if index is None or not rows:
            return {}
        numbers = ", ".join(str(row) for row in rows)
        cells = self.engine.fetch(
            f"SELECT row, COALESCE(c{index}, '') AS cell FROM {feed.sheet.relation} WHERE row IN ({numbers})"
        )
        return dict(zip(cells["row"].to_pylist(), cells["cell"].to_pylist(), strict=True))


def noted(column: str | None, *, val: str = "CAST(NULL AS VARCHAR)", shown: str = "true", **facts: str) -> str:
    """The columns ``col, val, facts, shown`` of a row finding.

    ``val`` and ``facts`` are SQL; without ``val`` the finding shows what stands in the cell.
    """
    pairs = ", ".join(f"{literal(name)}, CAST({sql} AS VARCHAR)" for name, sql in facts.items())
    col = "CAST(NULL AS VARCHAR)" if column is None else literal(column)
    return f"{col} AS col, {val} AS val, CAST([{pairs}] AS VARCHAR[]) AS facts, {shown} AS shown"
