"""Cases of the grade review: scores of some periods and a grade → what is proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from kejing.policy import Case, Pack, Type
from kejing.policy.literals import parse_value
from kejing.stages.earn.grade.judge import Key, judge, read_parts
from kejing.stages.earn.grade.settings import GradeReviewSettings

_OF_ROW = frozenset({"rm_id", "period", "measure"})


def grade_case(pack: Pack, case: Case) -> dict[tuple[str, ...], dict[str, Fraction | str]]:
    """The proposal for each RM of a case, by the rules in force on its day.

    ``rm`` rows have rm_id, grade, line and, if wanted, ``may_rise``; ``score`` rows have rm_id, period, measure (none
    for all together) and figures by name. The latest period of the case is the one reviewed.
    """
    settings = GradeReviewSettings.model_validate(pack.section("grade_review"))
    assert isinstance(case.as_of, dt.date), f"Expected as_of in case {case.name}."
    parts = read_parts(pack.table(settings.rules), case.as_of)
    periods = sorted({str(row["period"]) for row in case.given["score"]})
    got: dict[tuple[str, ...], dict[str, Fraction | str]] = {}
    for rm in case.given["rm"]:
        figures: dict[Key, list[Fraction | None]] = {}
        for row in case.given["score"]:
            if row["rm_id"] == rm["rm_id"]:
                _put(figures, row, periods)
        who = {name: str(rm[name]) for name in ("grade", "line") if name in rm}
        found = judge(settings, parts, who, figures, may_rise=bool(rm.get("may_rise", True)))
        got[(str(rm["rm_id"]),)] = {"verdict": found.verdict, "proposed_grade": found.grade, "rule_id": found.rule}
    return got


def _put(figures: dict[Key, list[Fraction | None]], row: Mapping[str, object], periods: list[str]) -> None:
    place = periods.index(str(row["period"]))
    for name, raw in row.items():
        if name in _OF_ROW:
            continue
        value = parse_value(str(raw), Type.NUMBER)
        assert isinstance(value, Fraction)
        figures.setdefault((name, str(row.get("measure", ""))), [None] * len(periods))[place] = value
