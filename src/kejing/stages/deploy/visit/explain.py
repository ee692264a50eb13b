"""Why a contact is due, on which day and why, or why it is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.deploy.visit.read import minutes_a_day
from kejing.stages.deploy.visit.settings import VisitSettings
from kejing.warehouse.protocol import Engine

_REASONS = {
    "over": Labels("期限已过,未完成", "the window closed before it was done"),
    "on_leave": Labels("期限内客户经理休假", "the RM is on leave for all of the window"),
    "no_day": Labels("期限内没有工作日", "no working day is left in the window"),
    "no_time": Labels("工时不足,让给顺序在前的", "no minutes are left after those that go before"),
}
_STATUS = {
    "done": Labels("已完成", "done"),
    "booked": Labels("已预约", "booked"),
    "planned": Labels("已排入计划", "planned"),
    "left_out": Labels("未排入", "left out"),
}


def explain(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``visit``; its value is what became of it.

    Parameters
    ----------
    engine
        Holds ``visit``, ``visit_summary`` and the facts; the run's day is ``run_days.as_of``.
    """
    day = engine.value("SELECT as_of FROM run_days")
    assert isinstance(day, dt.date)
    status = str(row["status"])
    labels = _REASONS.get(str(row["reason"]), _STATUS[status]) if status == "left_out" else _STATUS[status]
    said = row["done_on"] or row["planned_on"] or status
    children = [*_why_due(engine, pack, row, day), _window(row), *_who(engine, row, day)]
    if row["contact_id"]:
        children += _contact(engine, row)
    elif status == "planned":
        children += [*_day(engine, pack, row, day), *_chain(engine, row)]
    elif row["reason"] == "no_time":
        children += _time(engine, row)
    return Figure(
        "visit",
        labels,
        str(said),
        Type.TEXT,
        rule=f"visit.{row['reason'] or status}",
        grain="visit",
        key=(row["customer_id"], row["rm_id"], row["channel"], row["number"]),
        children=tuple(children),
    )


def _why_due(engine: Engine, pack: Pack, row: Mapping[str, Any], day: dt.date) -> list[Figure]:
    """The row of the standard by the customer's tier, or the event."""
    settings = VisitSettings.model_validate(pack.section("visit"))
    figures = [
        Figure("tier", Labels("层级", "tier"), str(row["tier"]), Type.TEXT, rule=f"segment.{settings.scheme}"),
        _count("minutes", "每次用时(分钟)", "minutes of one contact", row["minutes"], "minute"),
    ]
    for rule in pack.table(settings.standard).rows_on(day):
        if rule.rule_id == row["standard"]:
            value = rule.outputs["contacts_per_year"]
            labels = Labels("每年应联系次数", "contacts a year")
            clause = f"{settings.standard}#{rule.rule_id}"
            figures.insert(0, Figure("contacts_per_year", labels, value, Type.NUMBER, "contact", clause, rule.source))
    if row["standard"] in settings.events:
        figures[:0] = _event(engine, settings, row)
    return figures


def _event(engine: Engine, settings: VisitSettings, row: Mapping[str, Any]) -> list[Figure]:
    event = settings.events[str(row["standard"])]
    labels = Labels(f"事件:{row['standard']}", f"event: {row['standard']}")
    found = Figure("event", labels, str(row["due_from"]), Type.TEXT, rule=f"visit.events.{row['standard']}")
    if event.source != "losses":
        return [found]
    losses = engine.fetch(
        "SELECT service, source_file, source_row FROM losses"
        f" WHERE customer_id = {_quoted(row['customer_id'])} AND suspected_on = CAST('{row['due_from']}' AS DATE)"
        " ORDER BY service"
    ).to_pylist()
    return [
        found,
        *(
            Figure(
                "loss",
                Labels("疑似流失的业务", "suspected loss"),
                str(loss["service"]),
                Type.TEXT,
                source=f"{loss['source_file']} #{loss['source_row']}",
            )
            for loss in losses
        ),
    ]


def _window(row: Mapping[str, Any]) -> Figure:
    labels = Labels("期限(首尾均含)", "window, both days inside")
    rule = "visit_catch_up_days" if row["reason"] == "catch_up" else ""
    return Figure("window", labels, f"{row['due_from']} – {row['due_to']}", Type.TEXT, rule=rule)


def _who(engine: Engine, row: Mapping[str, Any], day: dt.date) -> list[Figure]:
    """The coverage that makes the contact this RM's."""
    held = engine.fetch(
        "SELECT valid_from, valid_to, source_file, source_row FROM coverage"
        f" WHERE customer_id = {_quoted(row['customer_id'])} AND rm_id = {_quoted(row['rm_id'])} AND role = 'lead'"
        f" AND valid_from <= CAST('{day}' AS DATE) AND valid_to > CAST('{day}' AS DATE)"
    ).to_pylist()
    return [
        Figure(
            "coverage",
            Labels("主办自", "lead since"),
            str(one["valid_from"]),
            Type.TEXT,
            source=f"{one['source_file']} #{one['source_row']}",
        )
        for one in held
    ]


def _contact(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    rows = engine.fetch(
        "SELECT contact_id, outcome, happened_at, source_file, source_row FROM contacts"
        f" WHERE contact_id = {_quoted(row['contact_id'])}"
    ).to_pylist()
    return [
        Figure(
            "contact",
            Labels(
                f"联系记录 {one['contact_id']}({one['outcome']})", f"contact {one['contact_id']} ({one['outcome']})"
            ),
            str(one["happened_at"]),
            Type.TEXT,
            source=f"{one['source_file']} #{one['source_row']}",
        )
        for one in rows
    ]


def _day(engine: Engine, pack: Pack, row: Mapping[str, Any], day: dt.date) -> list[Figure]:
    """Minutes of the day, and the others on it."""
    others = engine.fetch(
        "SELECT customer_id, channel, minutes FROM visit"
        f" WHERE rm_id = {_quoted(row['rm_id'])} AND planned_on = CAST('{row['planned_on']}' AS DATE)"
        " ORDER BY channel, customer_id, number"
    ).to_pylist()
    parts = tuple(
        _count(
            "minutes",
            f"{one['customer_id']} {one['channel']}",
            f"{one['customer_id']} {one['channel']}",
            one["minutes"],
        )
        for one in others
    )
    total = sum(int(one["minutes"]) for one in others)
    labels = Labels("当日合计分钟", "minutes of the day")
    fte = engine.value(
        f"SELECT MAX(fte) FROM rms WHERE rm_id = {_quoted(row['rm_id'])}"
        f" AND valid_from <= CAST('{day}' AS DATE) AND valid_to > CAST('{day}' AS DATE)"
    )
    share = Fraction(int(str(fte)), 1_000_000) if fte is not None else Fraction(1)
    average = int(minutes_a_day(pack, day) * share)
    figures = [
        Figure("day", labels, Fraction(total), Type.COUNT, "minute", children=parts),
        _count("daily_minutes", "日均可用分钟", "minutes a day there are", average, "minute"),
    ]
    if row["breach"]:
        said = Labels("未满足:单日工时或间隔", "does not hold: minutes of the day or distance")
        figures.append(
            Figure("breach", said, str(row["breach"]), Type.TEXT, rule="visit_day_peak, visit_spacing_share")
        )
    return figures


def _chain(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    """Days of the other contacts with this customer by the channel."""
    rows = engine.fetch(
        "SELECT number, COALESCE(done_on, planned_on) AS day, status FROM visit"
        f" WHERE customer_id = {_quoted(row['customer_id'])} AND rm_id = {_quoted(row['rm_id'])}"
        f" AND channel = {_quoted(row['channel'])} AND number <> {int(row['number'])} AND status <> 'left_out'"
        " ORDER BY number"
    ).to_pylist()
    return [
        Figure(
            "other",
            Labels(f"第 {one['number']} 次:{_STATUS[one['status']].zh}", f"contact {one['number']}: {one['status']}"),
            str(one["day"]),
            Type.TEXT,
        )
        for one in rows
    ]


def _time(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    """The RM's hours of the quarter, asked for and there; what one more RM would bring."""
    where = f"quarter = {_quoted(row['quarter'])}"
    rows = engine.fetch(
        "SELECT unit_id, required_hours, available_hours, planned, no_time FROM visit_summary"
        f" WHERE rm_id = {_quoted(row['rm_id'])} AND channel = '' AND {where}"
    ).to_pylist()
    figures = []
    for one in rows:
        figures += [
            Figure(
                "required_hours",
                Labels("本季所需工时", "hours required"),
                Fraction(one["required_hours"]),
                Type.NUMBER,
                "h",
            ),
            Figure(
                "available_hours",
                Labels("本季可用工时", "hours there are"),
                Fraction(one["available_hours"]),
                Type.NUMBER,
                "h",
            ),
            _count("planned", "已排次数", "contacts planned", one["planned"], "contact"),
            _count("no_time", "排不下的次数", "contacts without time", one["no_time"], "contact"),
        ]
        levers = engine.fetch(
            f"SELECT hours FROM visit_lever WHERE {where} AND lever = 'one_more_rm'"
            f" AND unit_id = {_quoted(one['unit_id'])}"
        ).to_pylist()
        labels = Labels("增配一人可多出工时", "hours that one more RM brings")
        figures += [Figure("one_more_rm", labels, Fraction(lever["hours"]), Type.NUMBER, "h") for lever in levers]
    return figures


def _count(name: str, zh: str, en: str, value: object, unit: str = "") -> Figure:
    return Figure(name, Labels(zh, en), Fraction(int(str(value))), Type.COUNT, unit)


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
