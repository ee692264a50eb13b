"""Whether facts and policy speak of the same things: codes, measures, tables."""

from __future__ import annotations

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.warehouse.protocol import Engine

_NEEDED = (
    ("customers", "segment"),
    ("rms", "staff"),
    ("coverage", "credit"),
    ("income", "credit"),
    ("goals", "target"),
)


def check_fit(engine: Engine, pack: Pack) -> list[Finding]:
    """Findings where the attached facts and ``pack`` do not meet."""
    findings = [
        _finding("check.empty_table", Severity.WARNING, Place(file=table, value=table), needed_by=stage)
        for table, stage in _NEEDED
        if not engine.value(f"SELECT COUNT(*) FROM {table}")
    ]
    measures = pack.section("target").get("measures")
    if isinstance(measures, dict):
        rows = engine.fetch(
            "SELECT measure, COUNT(*) AS goals FROM goals GROUP BY measure ORDER BY measure"
        ).to_pylist()
        findings += [
            _finding(
                "check.unknown_measure",
                Severity.WARNING,
                Place(file="goals", column="measure", value=row["measure"]),
                count=row["goals"],
            )
            for row in rows
            if row["measure"] not in measures
        ]
    pay = pack.section("pay")
    findings += _codes(engine, pack, "customers", "industry", str(pay.get("industry_list", "")))
    findings += _codes(engine, pack, "products", "business_type", str(pay.get("business_list", "")))
    findings += _codes(engine, pack, "rms", "grade", "grade")
    return findings


def _codes(engine: Engine, pack: Pack, table: str, column: str, code_list: str) -> list[Finding]:
    known = pack.code_lists.get(code_list)
    if known is None:
        return []
    scope = " WHERE kind IN ('" + "', '".join(pack.population.customer_kinds) + "')" if table == "customers" else ""
    rows = engine.fetch(
        f"SELECT {column} AS code, COUNT(*) AS count FROM {table}{scope} GROUP BY {column} ORDER BY {column}"
    ).to_pylist()
    return [
        _finding(
            "check.unknown_code",
            Severity.WARNING,
            Place(file=table, column=column, value=row["code"]),
            list=code_list,
            count=row["count"],
        )
        for row in rows
        if row["code"] is not None and row["code"] not in known
    ]


def _finding(code: str, severity: Severity, place: Place, **facts: object) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        place=place,
        stage="check",
        facts={name: str(fact) for name, fact in facts.items()},
    )
