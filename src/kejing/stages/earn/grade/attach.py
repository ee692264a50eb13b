"""What the rules of grades read, brought to the engine: periods, conditions, and figures that are formulas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

import pyarrow as pa

from kejing.measure.period import LAST_DAY, Grain, Period, add_months, named_period
from kejing.policy import Pack, Type
from kejing.stages.context import StageContext
from kejing.stages.earn.grade.judge import FIGURES, Part, proposed, read_parts
from kejing.stages.earn.grade.settings import GradeReviewSettings
from kejing.stages.output import MICRO_DIGITS

_PERIOD = pa.schema(
    [
        ("place", pa.int64()),
        ("period", pa.string()),
        ("is_past", pa.int64()),
        ("service_days", pa.int64()),
        ("risen_by", pa.date32()),
    ]
)
_PART = pa.schema(
    [
        ("period", pa.string()),
        ("grade", pa.string()),
        ("line", pa.string()),
        ("rule", pa.string()),
        ("part", pa.int64()),
        ("rule_order", pa.int64()),
        ("verdict", pa.string()),
        ("verdict_order", pa.int64()),
        ("proposed_grade", pa.string()),
        ("figure", pa.string()),
        ("measure", pa.string()),
        ("comparison", pa.string()),
        ("threshold", pa.int64()),
        ("over_periods", pa.int64()),
        ("times", pa.int64()),
        ("in_a_row", pa.int64()),
    ]
)
_FORMULA = pa.schema(
    [*((name, pa.string()) for name in ("period", "rm_id", "figure", "measure")), ("value", pa.int64())]
)
_MONEY_FIGURES = frozenset({"actual", "target"})


class Scales:
    """By how much a figure is multiplied where it is stored as a whole number."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def of(self, figure: str) -> int:
        """Scale of ``figure``: minor units of money, millionths of ratios and points, 1 of ranks."""
        if figure in _MONEY_FIGURES:
            return int(10**self.pack.minor_digits)
        if figure == "rank":
            return 1
        if figure in FIGURES:
            return int(10**MICRO_DIGITS)
        return int(10 ** self.pack.formulas[figure].decimals)


def closed_periods(context: StageContext) -> list[tuple[str, Period]]:
    """Periods of the run that are over on its day."""
    return [(name, period) for name, period in context.periods if period.last_day <= context.as_of]


def attach_periods(context: StageContext, settings: GradeReviewSettings) -> None:
    """Create ``grade_period``: periods of earlier years that have scores, then those of the run that are over.

    ``place`` counts periods of the calendar, so that a period without any score still stands between its neighbours.
    """
    closed = closed_periods(context)
    names = {name for name, _ in context.periods}
    past = context.engine.fetch("SELECT period FROM score_history GROUP BY period ORDER BY period").to_pylist()
    first = min(names)
    # Names of one grain have one length and sort by time.
    earlier = [row["period"] for row in past if len(row["period"]) == len(first) and row["period"] < first]
    rows: list[dict[str, object]] = [
        {"place": _place(context, name), "period": name, "is_past": 1, "service_days": 0, "risen_by": LAST_DAY}
        for name in earlier
    ]
    for name, period in closed:
        needed = _whole(context, settings.service_days, period.last_day)
        months = _whole(context, settings.months_in_grade, period.last_day) if settings.months_in_grade else 0
        risen_by = add_months(period.end, -months)
        place = _place(context, name)
        row = {"place": place, "period": name, "is_past": 0, "service_days": needed, "risen_by": risen_by}
        rows.append(row)
    context.engine.attach_arrow("grade_period", pa.Table.from_pylist(rows, schema=_PERIOD))


def _place(context: StageContext, name: str) -> int:
    """How many periods of its length lie between the year 0 and the period."""
    grain, period = named_period(name, context.calendar.start_month)
    months = period.start.year * 12 + period.start.month - context.calendar.start_month
    return months // {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain]


def _whole(context: StageContext, parameter: str, day: dt.date) -> int:
    value = context.policy.parameter(parameter, day)
    assert isinstance(value, Fraction)
    return int(value)


def attach_parts(context: StageContext, settings: GradeReviewSettings) -> dict[str, list[Part]]:
    """Create ``grade_part``: conditions by period, grade and line; returns those in force by period."""
    table = context.policy.table(settings.rules)
    scales = Scales(context.policy)
    kinds = context.engine.fetch("SELECT period, grade, line FROM rm_period GROUP BY period, grade, line").to_pylist()
    by_period: dict[str, list[Part]] = {}
    rows = []
    for name, period in closed_periods(context):
        by_period[name] = read_parts(table, period.last_day)
        for kind in kinds:
            if kind["period"] == name:
                rows += [
                    _row(name, kind, part, grade, settings, scales)
                    for part in by_period[name]
                    if _concerns(part, kind)
                    and part.verdict in settings.precedence
                    and (grade := proposed(settings.ladder, kind["grade"], part.to_grade)) is not None
                ]
    context.engine.attach_arrow("grade_part", pa.Table.from_pylist(rows, schema=_PART))
    return by_period


def _concerns(part: Part, kind: Mapping[str, str]) -> bool:
    return all(cell.holds(kind[name]) for name, cell in part.row.cells.items() if name in {"grade", "line"})


def _row(
    period: str,
    kind: Mapping[str, str],
    part: Part,
    grade: str,
    settings: GradeReviewSettings,
    scales: Scales,
) -> dict[str, object]:
    return {
        "period": period,
        "grade": kind["grade"],
        "line": kind["line"],
        "rule": part.rule,
        "part": part.part,
        "rule_order": part.order,
        "verdict": part.verdict,
        "verdict_order": settings.precedence.index(part.verdict),
        "proposed_grade": grade,
        "figure": part.figure,
        "measure": part.measure,
        "comparison": part.comparison,
        "threshold": stored_threshold(part, scales.of(part.figure)),
        "over_periods": part.over,
        "times": part.times,
        "in_a_row": int(part.in_a_row),
    }


def stored_threshold(part: Part, scale: int) -> int:
    """The whole number that separates stored figures as the threshold separates exact ones.

    Notes
    -----
    A threshold finer than the scale lies between two stored values: the next one up for ``>=`` and ``<``, the next
    one down for ``>`` and ``<=``.
    """
    exact = part.threshold * scale
    down = exact.numerator // exact.denominator
    return down if exact.denominator == 1 or part.comparison in {">", "<="} else down + 1


def attach_formulas(context: StageContext, parts: Mapping[str, list[Part]]) -> None:
    """Create ``grade_formula``: figures that are formulas of the policy, of every period of the run."""
    named = {part.figure for of_period in parts.values() for part in of_period if part.figure not in FIGURES}
    selects = []
    for name in sorted(named):
        formula = context.policy.formulas[name]
        assert formula.type in {Type.MONEY, Type.NUMBER, Type.COUNT}, f"Expected a number of formula {name}."
        measure = "''" if formula.over == "rm" else "f.measure"
        selects.append(
            f"SELECT f.period, f.rm_id, '{name}' AS figure, {measure} AS measure, CAST(f.{name} AS $BIGINT) AS value"
            f" FROM {formula.over}_sheet AS f"
        )
    if selects:
        context.engine.create("grade_formula", " UNION ALL ".join(selects))
    else:
        context.engine.attach_arrow("grade_formula", _FORMULA.empty_table())
