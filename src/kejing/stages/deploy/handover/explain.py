"""Why this customer changes hands, in this wave, on this day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.warehouse.protocol import Engine

_REASONS = {
    "leaver": Labels("客户经理即将离任", "the RM leaves soon"),
    "vacant": Labels("客户经理已离任,管户空缺", "the RM has left, nobody has the customer"),
    "new": Labels("从未配客户经理", "nobody ever had the customer"),
    "moved": Labels("管户方案换人", "the books give the customer to somebody else"),
    "pinned": Labels("指定的客户经理", "the RM is pinned"),
}
_STANDARD = (
    ("days", Type.COUNT, "day", Labels("交接天数", "days of handover")),
    ("joint_visits", Type.COUNT, "visit", Labels("共同走访次数", "joint visits")),
    ("hours", Type.NUMBER, "hour", Labels("双方各用工时", "hours of each side")),
)
_HOURS = Labels("本批移交工时", "hours in the wave")
_PARAMETERS = ("handover_notice_days", "handover_wave_months", "handover_wave_customers", "handover_wave_hours")


def explain(engine: Engine, pack: Pack, row: Mapping[str, Any]) -> Figure:
    """The tree behind one row of ``handover``; its value is the day on which the new RM leads.

    Parameters
    ----------
    engine
        Holds ``handover``, ``handover_wave`` and the facts; the run's day is ``run_days.as_of``.
    """
    day = engine.value("SELECT as_of FROM run_days")
    assert isinstance(day, dt.date)
    reason = str(row["reason"])
    people = Labels("移交人 → 接收人", "from RM to RM")
    children = [
        Figure("why", _REASONS[reason], reason, Type.TEXT, rule=f"handover.{reason}"),
        Figure("rms", people, f"{row['from_rm_id'] or '—'} → {row['to_rm_id']}", Type.TEXT, rule="assign"),
        *_last_day(engine, row),
        *_standard(pack, row, day),
        _window(row),
        _wave(engine, pack, row, day),
        *_together(engine, row),
    ]
    return Figure(
        "effective_on",
        Labels("生效日", "new RM leads from"),
        str(row["effective_on"]),
        Type.TEXT,
        rule="handover.over_budget" if row["is_over_budget"] else "handover",
        grain="handover",
        key=(row["customer_id"],),
        children=tuple(children),
    )


def _last_day(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    """The row of ``rms`` that ends, where the old RM leaves."""
    if row["last_day"] is None:
        return []
    found = engine.fetch(
        f"SELECT source_file, source_row FROM rms WHERE rm_id = {_quoted(row['from_rm_id'])}"
        f" AND valid_to = CAST('{row['last_day']}' AS DATE) ORDER BY source_file, source_row"
    ).to_pylist()
    source = f"{found[0]['source_file']} #{found[0]['source_row']}" if found else ""
    labels = Labels("原客户经理离任日", "old RM leaves on")
    return [Figure("last_day", labels, str(row["last_day"]), Type.TEXT, source=source)]


def _standard(pack: Pack, row: Mapping[str, Any], day: dt.date) -> list[Figure]:
    """What a handover of the tier takes, with the row of the policy that says so."""
    table = pack.table("handover_standard")
    inputs = {"tier": str(row["tier"])}
    rules = [rule for rule in table.rows_on(day) if rule.holds(inputs)]
    return [
        Figure(name, labels, rule.outputs[name], kind, unit, f"handover_standard#{rule.rule_id}", rule.source)
        for rule in rules
        for name, kind, unit, labels in _STANDARD
    ]


def _window(row: Mapping[str, Any]) -> Figure:
    labels = Labels("交接期(止日不含)", "handover, last day excluded")
    return Figure("window", labels, f"{row['starts_on']} – {row['effective_on']}", Type.TEXT)


def _wave(engine: Engine, pack: Pack, row: Mapping[str, Any], day: dt.date) -> Figure:
    """The wave: what both RMs are asked for in it, and the parameters that bound it."""
    ids = ", ".join(_quoted(row[name]) for name in ("from_rm_id", "to_rm_id") if row[name])
    used = engine.fetch(
        f"SELECT rm_id, given + received AS customers, hours FROM handover_wave"
        f" WHERE wave = {row['wave']} AND rm_id IN ({ids}) ORDER BY rm_id"
    ).to_pylist()
    children = [
        Figure(
            "customers",
            Labels(f"{one['rm_id']} 本批移交户数", f"customers of {one['rm_id']} in the wave"),
            Fraction(one["customers"]),
            Type.COUNT,
            "customer",
            children=(
                Figure(
                    "hours", Labels("本批移交工时", "hours in the wave"), Fraction(one["hours"]), Type.NUMBER, "hour"
                ),
            ),
        )
        for one in used
    ]
    for name in _PARAMETERS:
        parameter = pack.parameters[name]
        dated = parameter.on(day)
        children.append(Figure(name, parameter.labels, dated.value, Type.NUMBER, rule=name, source=dated.source))
    return Figure("wave", Labels("批次", "wave"), Fraction(row["wave"]), Type.COUNT, children=tuple(children))


def _together(engine: Engine, row: Mapping[str, Any]) -> list[Figure]:
    """The other customers of the same group, which change hands with this one."""
    others = engine.fetch(
        f"SELECT customer_id FROM handover WHERE decision_id = {_quoted(row['decision_id'])}"
        f" AND customer_id <> {_quoted(row['customer_id'])} ORDER BY customer_id"
    ).to_pylist()
    labels = Labels("同一集团,同批移交", "of the same group, in the same wave")
    return [Figure("together", labels, one["customer_id"], Type.TEXT) for one in others]


def _quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
