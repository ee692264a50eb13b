"""The stage: a proposal for every RM and closed period, with the figures it rests on; and the boards of praise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa

from kejing.measure.findings import Severity
from kejing.policy.literals import show_value
from kejing.stages.context import StageContext
from kejing.stages.earn.grade.attach import Scales, attach_formulas, attach_parts, attach_periods
from kejing.stages.earn.grade.judge import Part
from kejing.stages.earn.grade.praise import attach_praise
from kejing.stages.earn.grade.settings import AppealSettings, GradeReviewSettings
from kejing.stages.rule_file import run_rules

_PACKAGE = "kejing.stages.earn.grade"
SUSPENDED = ("demote", "exit")
"""Verdicts that an open appeal holds up, and an upheld one takes away."""
REVIEW = pa.schema(
    [
        ("period", pa.string()),
        ("rm_id", pa.string()),
        ("unit_id", pa.string()),
        ("grade", pa.string()),
        ("proposed_grade", pa.string()),
        ("verdict", pa.string()),
        ("rule_id", pa.string()),
        ("effective_on", pa.date32()),
        ("evidence", pa.string()),
        ("appeal", pa.string()),
    ]
)
HISTORY = pa.schema(
    [
        ("period", pa.string()),
        ("rm_id", pa.string()),
        ("unit_id", pa.string()),
        ("measure", pa.string()),
        ("actual", pa.int64()),
        ("target", pa.int64()),
        ("completion", pa.int64()),
        ("points", pa.int64()),
        ("rank", pa.int64()),
    ]
)
"""Scores of earlier fiscal years, in the columns and units of relation ``score``."""


def run(context: StageContext) -> None:
    """Create relations ``grade_review`` and ``praise``.

    Notes
    -----
    A period is reviewed once it is over. The shadow-run on history is this same table: it has the proposal of every
    closed period, made with the figures up to that period alone.
    """
    settings = GradeReviewSettings.model_validate(context.policy.section("grade_review"))
    engine = context.engine
    context.progress("grade", 0, 2)
    if "score_history" not in engine.relations():
        engine.attach_arrow("score_history", HISTORY.empty_table())
    attach_periods(context, settings)
    parts = attach_parts(context, settings)
    peers = context.policy.section("score").get("rank_within") or ["line"]
    assert isinstance(peers, list)
    attach_formulas(context, parts)
    run_rules(engine, _PACKAGE, "review.sql", {"PEER": " || '|' || ".join(f"g.{name}" for name in peers)})
    context.progress("grade", 1, 2)
    rows = list(_reviews(context, settings, parts))
    engine.attach_arrow("grade_review", pa.Table.from_pylist(rows, schema=REVIEW))
    _report(context, rows)
    attach_praise(context, settings.praise)
    context.progress("grade", 2, 2)
    context.step("grade_review", "等级评定与表扬", "grade review and praise", is_present=True)


def _reviews(
    context: StageContext, settings: GradeReviewSettings, parts: Mapping[str, list[Part]]
) -> Iterator[dict[str, object]]:
    seen = _evidence(context)
    appeals = _appeals(context, settings.appeals)
    ends = {name: period.end for name, period in context.periods}
    scales = Scales(context.policy)
    for row in context.engine.fetch("SELECT * FROM grade_verdict ORDER BY period, rm_id").to_pylist():
        period, rm_id, verdict = row["period"], row["rm_id"], row["verdict"]
        appeal = appeals.get((rm_id, period), "")
        effective = ends[period] if settings.effective == "next_day" else context.year.end
        proposed, effective_on = row["proposed_grade"], effective if verdict in {*SUSPENDED, "promote"} else None
        if verdict in SUSPENDED and appeal == "upheld":
            verdict, proposed, effective_on = "keep", row["grade"], None
        elif verdict in SUSPENDED and appeal == "open" and settings.appeals.suspend:
            effective_on = None
        yield {
            "period": period,
            "rm_id": rm_id,
            "unit_id": row["unit_id"],
            "grade": row["grade"],
            "proposed_grade": proposed,
            "verdict": verdict,
            "rule_id": row["rule"],
            "effective_on": effective_on,
            "evidence": _told(row, parts[period], seen.get((period, rm_id), {}), scales),
            "appeal": appeal,
        }


def _evidence(context: StageContext) -> dict[tuple[str, str], dict[int, dict[str, int]]]:
    """(period, RM) → part → figure by period, for the rules that decided."""
    found: dict[tuple[str, str], dict[int, dict[str, int]]] = {}
    rows = context.engine.fetch("SELECT * FROM grade_evidence ORDER BY period, rm_id, part, seen_in").to_pylist()
    for row in rows:
        by_part = found.setdefault((row["period"], row["rm_id"]), {})
        by_part.setdefault(int(row["part"]), {})[row["seen_in"]] = int(row["value"])
    return found


def _told(row: Mapping[str, Any], parts: list[Part], seen: Mapping[int, Mapping[str, int]], scales: Scales) -> str:
    """The evidence as codes and numbers; a report puts it into words."""
    if row["verdict"] == "not_reviewed":
        return _json({"service_days": int(row["service_days"]), "needed": int(row["needed_days"])})
    if not row["rule"]:
        return ""
    told = []
    for number in sorted(seen):
        part = next(one for one in parts if one.rule == row["rule"] and one.part == number)
        scale = scales.of(part.figure)
        values = {period: _shown(Fraction(value, scale)) for period, value in seen[number].items()}
        told.append(
            {
                "part": number,
                "figure": part.figure,
                "measure": part.measure,
                "comparison": part.comparison,
                "threshold": show_value(part.threshold),
                "times": part.times,
                "over": part.over,
                "in_a_row": part.in_a_row,
                "values": values,
            }
        )
    return _json({"rule": row["rule"], "parts": told})


def _shown(value: Fraction) -> str:
    """A stored figure as a decimal, without zeros at its end; scales are powers of ten."""
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _appeals(context: StageContext, settings: AppealSettings) -> dict[tuple[str, str], str]:
    """State of the latest appeal of each RM and period, as it stands on the run's day."""
    rows = context.engine.fetch(
        "SELECT rm_id, period, subject, filed_on, decided_on, outcome FROM appeals ORDER BY filed_on, appeal_id"
    ).to_pylist()
    found = {}
    for row in rows:
        if row["subject"] not in settings.subjects or row["filed_on"] > context.as_of:
            continue
        is_decided = row["decided_on"] is not None and row["decided_on"] <= context.as_of
        found[row["rm_id"], row["period"]] = str(row["outcome"] or "open") if is_decided else "open"
    return found


def _report(context: StageContext, rows: list[dict[str, object]]) -> None:
    """Which proposals of the latest closed period a person has to act on."""
    if not rows:
        context.note("grade.no_closed_period", "grade", severity=Severity.INFO, as_of=context.as_of)
        return
    latest = max(str(row["period"]) for row in rows)
    current = [row for row in rows if row["period"] == latest]
    counts = Counter(str(row["verdict"]) for row in current)
    context.note(
        "grade.proposals",
        "grade",
        severity=Severity.INFO,
        period=latest,
        promote=counts["promote"],
        watch=counts["watch"],
        demote=counts["demote"],
        exit=counts["exit"],
        not_reviewed=counts["not_reviewed"],
    )
    suspended = [row for row in rows if row["appeal"] == "open" and row["verdict"] in SUSPENDED]
    if suspended:
        first = suspended[0]
        context.note("grade.suspended", "grade", count=len(suspended), example=first["rm_id"], period=first["period"])
