"""Is the grade review of a policy sound? Asked when the policy is checked."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack, TableRow, Type
from kejing.stages.earn.grade.judge import COMPARISONS, DOWN, FIGURES, NONE, SAME, UP
from kejing.stages.earn.grade.settings import GradeReviewSettings
from kejing.stages.sound_section import sound_section

_VERDICTS = {"promote": "rise", "demote": "fall", "watch": SAME, "exit": NONE}
"""Verdict → what its ``to_grade`` must do."""
_INPUTS = ("rule", "part", "grade", "line")
_OUTPUTS = ("verdict", "to_grade", "figure", "measure", "comparison", "threshold", "over", "times", "in_a_row")
_COUNTS = frozenset({Type.NUMBER, Type.COUNT, Type.MONEY})


def check_grade(pack: Pack) -> list[Finding]:
    """What is wrong with the ``grade_review`` section of a pack beyond its shape.

    Unknown tables and parameters, grades outside the code list, and rows of the rule table that cannot be read or
    that disagree with the other conditions of their rule.
    """
    settings = sound_section(pack, "grade_review", GradeReviewSettings)
    if settings is None:
        return []
    findings = [*_unknown_names(pack, settings)]
    if findings:
        return findings
    table = pack.table(settings.rules)
    missing = [name for name in ("rule", "part", "grade") if name not in table.inputs]
    missing += [name for name in _OUTPUTS if name not in table.outputs]
    missing += [name for name in table.inputs if name not in _INPUTS]
    if missing:
        return [_finding("grade.wrong_columns", table.place, table=table.name, columns=", ".join(missing))]
    for row in table.rows:
        findings += _bad_row(pack, settings, row)
    if not findings:
        findings += _disagreeing(pack, settings)
    return findings


def _unknown_names(pack: Pack, settings: GradeReviewSettings) -> Iterator[Finding]:
    if settings.rules not in pack.tables:
        yield _finding("grade.unknown_name", _spot("rules", settings.rules))
    for name in ("service_days", "months_in_grade"):
        parameter = getattr(settings, name)
        if parameter is not None and parameter not in pack.parameters:
            yield _finding("grade.unknown_name", _spot(name, parameter))
    for number, board in enumerate(settings.praise.boards if settings.praise else ()):
        if board.at_least is not None and board.at_least not in pack.parameters:
            yield _finding("grade.unknown_name", _spot(f"praise.boards.{number}.at_least", board.at_least))
    for grade in settings.ladder:
        if grade not in pack.code_lists.get("grade", {}):
            yield _finding("grade.unknown_name", _spot("ladder", grade))


def _bad_row(pack: Pack, settings: GradeReviewSettings, row: TableRow) -> Iterator[Finding]:
    out = row.outputs
    if len(getattr(row.cells["rule"], "words", ())) != 1 or len(getattr(row.cells["part"], "intervals", ())) != 1:
        yield _finding("grade.unnamed_rule", row.place("rule"), rule=row.rule_id)
    if out["comparison"] not in COMPARISONS:
        yield _finding("grade.bad_word", row.place("comparison"), rule=row.rule_id, known=", ".join(COMPARISONS))
    if out["verdict"] not in _VERDICTS:
        yield _finding("grade.bad_word", row.place("verdict"), rule=row.rule_id, known=", ".join(_VERDICTS))
    elif not _leads_well(settings, str(out["verdict"]), str(out["to_grade"])):
        yield _finding("grade.bad_word", row.place("to_grade"), rule=row.rule_id, known=_known_grades(settings, row))
    if not _is_figure(pack, str(out["figure"]), str(out["measure"])):
        known = ", ".join(FIGURES)
        yield _finding("grade.bad_word", row.place("figure"), rule=row.rule_id, known=known)
    over, times = out["over"], out["times"]
    assert isinstance(over, Fraction)
    assert isinstance(times, Fraction)
    if not 1 <= times <= over:
        yield _finding("grade.bad_window", row.place("times"), rule=row.rule_id, over=str(over), times=str(times))


def _leads_well(settings: GradeReviewSettings, verdict: str, to_grade: str) -> bool:
    match _VERDICTS[verdict]:
        case "rise":
            return to_grade == UP or to_grade in settings.ladder
        case "fall":
            return to_grade == DOWN or to_grade in settings.ladder
        case word:
            return to_grade == word


def _known_grades(settings: GradeReviewSettings, row: TableRow) -> str:
    match _VERDICTS[str(row.outputs["verdict"])]:
        case "rise":
            return ", ".join((UP, *settings.ladder))
        case "fall":
            return ", ".join((DOWN, *settings.ladder))
        case word:
            return word


def _is_figure(pack: Pack, figure: str, measure: str) -> bool:
    if figure in FIGURES:
        return True
    formula = pack.formulas.get(figure)
    if formula is None or formula.type not in _COUNTS:
        return False
    return formula.over == ("rm" if measure == "all" else "task")


def _disagreeing(pack: Pack, settings: GradeReviewSettings) -> Iterator[Finding]:
    """Conditions of one rule must lead to one verdict, or the conjunction would have none."""
    first: dict[object, TableRow] = {}
    for row in pack.table(settings.rules).rows:
        name = str(row.cells["rule"])
        other = first.setdefault(name, row)
        for column in ("verdict", "to_grade"):
            if row.outputs[column] != other.outputs[column]:
                facts = {"rule": row.rule_id, "other": other.rule_id, "expected": str(other.outputs[column])}
                yield _finding("grade.rule_disagrees", row.place(column), **facts)


def _spot(path: str, value: str) -> Place:
    return Place(file="policy.yaml", column=f"grade_review.{path}", value=value)


def _finding(code: str, place: Place, **facts: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, place=place, stage="policy", facts=facts)
