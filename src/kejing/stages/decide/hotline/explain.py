"""Why so many seats in an interval, so many heads for a centre."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.warehouse.protocol import Engine

_SERVICE = ("hotline_service_level", "hotline_answer_seconds", "hotline_abandonment", "hotline_occupancy")
_TIME = ("staff_working_days", "staff_hours_per_day", "hotline_shrinkage")


def explain_interval(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``hotline``; its value is the seats.

    ``engine`` holds the run's ``hotline_centre``, ``hotline_check`` and its day in ``run_days.as_of``.
    """
    day = _day(engine)
    (centre,) = engine.fetch(
        f"SELECT patience_seconds FROM hotline_centre WHERE unit_id = {_quoted(row['unit_id'])}"
    ).to_pylist()
    load = Figure(
        "load",
        Labels("话务量 = 呼入 × 平均通话秒数 ÷ 时段秒数", "load = calls × seconds a call ÷ seconds of the interval"),
        _exact(row["load"]),
        Type.NUMBER,
        "erlang",
        children=(
            Figure(
                "expected_calls",
                Labels("预计呼入", "calls to be expected"),
                _exact(row["expected_calls"]),
                Type.NUMBER,
                "call",
                "hotline.forecast",
                children=tuple(_check(engine, row)),
            ),
            _number("handle_seconds", "平均通话秒数", "mean seconds of a call", row["handle_seconds"], "second"),
            _number("minutes", "时段分钟数", "minutes of the interval", row["minutes"], "minute"),
        ),
    )
    met = [
        _number("in_time", "按时接通率", "answered in time", row["in_time"], "share"),
        _number("abandoned", "放弃率", "abandoned", row["abandoned"], "share"),
        _number("occupancy", "坐席利用率", "occupancy", row["occupancy"], "share"),
    ]
    patience = _number("patience", "平均耐心秒数", "mean patience, seconds", centre["patience_seconds"], "second")
    beside = _number("seats_erlang_c", "不计放弃时的坐席数", "seats if nobody hangs up", row["seats_erlang_c"], "seat")
    return Figure(
        "seats",
        Labels("坐席数:达到服务水平的最少人数", "seats: the fewest that keep the service level"),
        Fraction(row["seats"]),
        Type.COUNT,
        "seat",
        "hotline.erlang_a",
        grain="hotline",
        key=(row["unit_id"], str(row["day"]), row["starts"]),
        children=(load, patience, *met, *_parameters(pack, _SERVICE, day), beside),
    )


def explain_centre(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``hotline_centre``; its value is the heads the centre needs.

    ``engine`` holds the run's ``hotline_day`` and its day in ``run_days.as_of``.
    """
    day = _day(engine)
    days = engine.fetch(
        f"SELECT day, rostered_hours FROM hotline_day WHERE unit_id = {_quoted(row['unit_id'])} ORDER BY day"
    ).to_pylist()
    hours = Figure(
        "rostered_hours",
        Labels("排班小时 = 坐席小时 ÷ (1 − 非坐席占比)", "rostered hours = seat hours ÷ (1 − shrinkage)"),
        _exact(row["rostered_hours"]),
        Type.NUMBER,
        "hour",
        children=tuple(_number("day", str(one["day"]), str(one["day"]), one["rostered_hours"], "hour") for one in days),
    )
    return Figure(
        "required_heads",
        Labels(
            "应配人数 = 排班小时 ÷ 每人同期工时", "heads = rostered hours ÷ hours of one person in the days planned"
        ),
        Fraction(row["required_heads"]),
        Type.COUNT,
        "head",
        "hotline.centre",
        grain="hotline_centre",
        key=(row["unit_id"],),
        children=(
            hours,
            _number("days", "计划天数", "days planned", row["days"], "day"),
            *_parameters(pack, _TIME, day),
            _number("available_heads", "现有人数(折合)", "available heads", row["available_heads"], "head"),
        ),
    )


def _check(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    """How far each method was off in the later half of the past."""
    found = engine.fetch(
        f"SELECT method, interval_error FROM hotline_check WHERE unit_id = {_quoted(row['unit_id'])}"
        " ORDER BY interval_error, method"
    ).to_pylist()
    return [
        _number(
            "error", f"时段误差:{one['method']}", f"error by interval: {one['method']}", one["interval_error"], "share"
        )
        for one in found
    ]


def _parameters(pack: Pack, names: Sequence[str], day: dt.date) -> list[Figure]:
    figures = []
    for name in names:
        declared = pack.parameters[name]
        dated = declared.on(day)
        figures.append(Figure(name, declared.labels, dated.value, declared.type, declared.unit, name, dated.source))
    return figures


def _number(name: str, zh: str, en: str, value: object, unit: str) -> Figure:
    return Figure(name, Labels(zh, en), _exact(value), Type.NUMBER, unit)


def _day(engine: Engine) -> dt.date:
    day = engine.value("SELECT as_of FROM run_days")
    assert isinstance(day, dt.date)
    return day


def _exact(value: object) -> Fraction:
    assert isinstance(value, int | Decimal | Fraction)
    return Fraction(value)


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
