"""Why an instalment, a settlement or something taken back is what it is: down to pay, table row and clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, TableRow, Type
from kejing.policy.exact import Figure
from kejing.stages.earn.settle.set_off import with_set_off
from kejing.stages.earn.settle.settings import SettleSettings
from kejing.warehouse.protocol import Engine

type Row = Mapping[str, Any]

_OUTPUTS = {
    "share": Labels("比例", "share"),
    "years": Labels("延期年限", "years of deferral"),
    "vesting": Labels("归属方式", "how it vests"),
    "first_after_months": Labels("首期在几个月后归属", "months until the first instalment vests"),
    "every_months": Labels("其后每隔几个月", "months between instalments"),
    "months": Labels("追溯月数", "months back"),
    "counts_from": Labels("追溯起点(发生日或认定日)", "counted from (happened or confirmed)"),
    "scope": Labels("范围(未归属、已付或两者)", "scope (unvested, paid or both)"),
    "duty": Labels("应当或可以", "must or may"),
}
"""What the outputs of the tables of deferral and malus are called."""


def explain_instalment(engine: Engine, pack: Pack, row: Row) -> Figure:
    """An instalment: the deferred pay it is a part of, the row that makes the calendar, what was cancelled."""
    clause = _clause(pack, str(row["policy_clause"]))
    siblings = _rows(
        engine,
        f"SELECT number, vests_on, amount FROM instalment WHERE {_own(row)} ORDER BY number",
    )
    total = sum((Fraction(part["amount"]) for part in siblings), Fraction(0))
    parts = tuple(
        _money(
            pack,
            "instalment",
            f"第 {part['number']} 期({part['vests_on']} 归属)",
            f"instalment {part['number']} (vests {part['vests_on']})",
            part["amount"],
        )
        for part in siblings
    )
    deferred = replace(
        _money(pack, "deferred", "延期支付,各期之和", "deferred pay, the sum of its instalments", total),
        rule=_deferral_rule(pack),
        children=(*parts, *_performance(engine, pack, row)),
    )
    cancelled = tuple(
        _taking(pack, taking)
        for taking in _rows(
            engine,
            f"SELECT * FROM malus WHERE {_own(row)} AND number = {int(row['number'])} ORDER BY incident_id",
        )
    )
    zh, en = f"第 {row['number']} 期,{row['vests_on']} 归属", f"instalment {row['number']}, vests {row['vests_on']}"
    figure = _money(pack, "instalment", zh, en, row["amount"])
    return replace(figure, rule=str(row["policy_clause"]), key=_key(row), children=(deferred, *clause, *cancelled))


def explain_settlement(engine: Engine, pack: Pack, row: Row) -> Figure:
    """What is payable as the sum of its parts, each down to the rows it is a sum of, and what is set against it."""
    gross = replace(_money(pack, "gross", "应发合计", "gross pay", row["gross"]), children=_pay(engine, pack, row))
    parts = [
        gross,
        _minus(pack, "deferred", "减:延期支付", "less deferred", row["deferred"], _instalments(engine, pack, row)),
        _minus(pack, "held", "减:暂缓发放", "less held", row["held"], _held(engine, pack, row, "period")),
        replace(
            _money(pack, "released", "加:解除暂缓", "plus released", row["released"]),
            children=_held(engine, pack, row, "released_in"),
        ),
        replace(
            _money(pack, "vested", "加:往期归属", "plus vested", row["vested"]), children=_vested(engine, pack, row)
        ),
        _minus(pack, "recovered", "减:追索扣回", "less recovered", row["recovered"], _recovered(engine, pack, row)),
    ]
    zh = "本期应付 = 应发 − 延期 − 暂缓 + 解除 + 归属 − 扣回"
    en = "payable = gross − deferred − held + released + vested − recovered"
    payable = replace(_money(pack, "payable", zh, en, row["payable"]), key=_key(row), children=tuple(parts))
    return with_set_off(engine, pack, row, payable)


def explain_malus(engine: Engine, pack: Pack, row: Row) -> Figure:
    """What an incident took from one instalment or paid amount: what it asked for, and the incident itself."""
    incident = str(row["incident_id"]).replace("'", "''")
    mine = _rows(engine, f"SELECT * FROM malus WHERE incident_id = '{incident}' ORDER BY period, number")
    total = sum((Fraction(part["amount"]) for part in mine), Fraction(0))
    parts = tuple(_taking(pack, part) for part in mine)
    whole = replace(_money(pack, "taken", "该事件追索扣回合计", "taken for the incident", total), children=parts)
    facts = _rows(
        engine,
        "SELECT cause, happened_on, confirmed_on, source_file, source_row FROM incidents"
        f" WHERE incident_id = '{incident}'",
    )
    sources = tuple(
        Figure(
            "incident",
            Labels(
                f"事件 {row['incident_id']}:{fact['happened_on']} 发生,{fact['confirmed_on']} 认定",
                f"incident {row['incident_id']}: happened {fact['happened_on']}, confirmed {fact['confirmed_on']}",
            ),
            str(fact["cause"]),
            Type.TEXT,
            source=f"{fact['source_file']} #{fact['source_row']}",
        )
        for fact in facts
    )
    children = (
        _money(pack, "basis", "基数", "basis", row["basis"]),
        Figure("share", Labels("比例", "share"), Fraction(row["share"]), Type.NUMBER),
        whole,
        *sources,
        *_clause(pack, str(row["policy_clause"])),
    )
    return replace(_taking(pack, row), children=children)


def _pay(engine: Engine, pack: Pack, row: Row) -> tuple[Figure, ...]:
    """Pay lines by component, performance pay marked; empty for a period of an earlier year."""
    section = pack.section("settle")
    performance = SettleSettings.model_validate(section).deferral.performance if section else ()
    return tuple(
        replace(
            _money(
                pack, str(line["component"]), _labelled(pack, line, "zh"), _labelled(pack, line, "en"), line["amount"]
            ),
            rule="performance" if line["component"] in performance else "",
        )
        for line in _rows(
            engine,
            f"SELECT component, SUM(amount) AS amount FROM pay WHERE {_own(row)} GROUP BY component ORDER BY component",
        )
    )


def _performance(engine: Engine, pack: Pack, row: Row) -> tuple[Figure, ...]:
    """Performance pay of the period, which the deferred amount is a share of; none for a period of an earlier year."""
    parts = tuple(part for part in _pay(engine, pack, row) if part.rule)
    if not parts:
        return ()
    total = sum((part.value for part in parts if isinstance(part.value, Fraction)), Fraction(0))
    whole = _money(
        pack, "performance", "其中延期一部分的绩效薪酬", "performance pay, a share of which is deferred", total
    )
    return (replace(whole, children=parts),)


def _deferral_rule(pack: Pack) -> str:
    """What says the amount: the formula of the pay section, or the share of the deferral table."""
    section = pack.section("settle")
    if section and SettleSettings.model_validate(section).deferral.source == "table":
        return ""
    return f"pay.deferred: {pack.section('pay').get('deferred')}"


def _labelled(pack: Pack, line: Row, lang: str) -> str:
    components = pack.section("pay").get("components")
    for component in components if isinstance(components, list) else []:
        if component["component"] == line["component"]:
            return str(component["labels"][lang])
    return str(line["component"])


def _instalments(engine: Engine, pack: Pack, row: Row) -> tuple[Figure, ...]:
    return tuple(
        replace(
            _money(pack, "instalment", f"{part['vests_on']} 归属", f"vests {part['vests_on']}", part["amount"]),
            rule=str(part["policy_clause"]),
        )
        for part in _rows(engine, f"SELECT * FROM instalment WHERE {_own(row)} ORDER BY number")
    )


def _held(engine: Engine, pack: Pack, row: Row, column: str) -> tuple[Figure, ...]:
    rm, period = _quoted(row["rm_id"]), _quoted(row["period"])
    rows = _rows(
        engine,
        "SELECT h.period, h.component, h.hold_id, SUM(h.amount) AS amount, MIN(f.reason) AS reason,"
        " MIN(f.source_file) AS source_file, MIN(f.source_row) AS source_row FROM held AS h"
        " LEFT JOIN holds AS f ON f.hold_id = h.hold_id"
        f" WHERE h.rm_id = {rm} AND h.{column} = {period}"
        " GROUP BY h.period, h.component, h.hold_id ORDER BY h.period, h.component, h.hold_id",
    )
    return tuple(
        replace(
            _money(
                pack,
                "held",
                f"{part['period']} {_labelled(pack, part, 'zh')}:{part['reason']}",
                f"{part['period']} {_labelled(pack, part, 'en')}: {part['reason']}",
                part["amount"],
            ),
            rule=str(part["hold_id"]),
            source=f"{part['source_file']} #{part['source_row']}",
        )
        for part in rows
    )


def _vested(engine: Engine, pack: Pack, row: Row) -> tuple[Figure, ...]:
    rows = _rows(
        engine,
        "SELECT i.period, i.number, i.vests_on, i.amount - i.cancelled AS amount FROM instalment AS i"
        " JOIN run_periods AS p ON i.vests_on >= p.period_start AND i.vests_on < p.period_end"
        f" WHERE i.rm_id = {_quoted(row['rm_id'])} AND p.period = {_quoted(row['period'])} AND i.state <> 'unvested'"
        " ORDER BY i.vests_on, i.period, i.number",
    )
    return tuple(
        _money(
            pack,
            "vested",
            f"{part['period']} 第 {part['number']} 期,{part['vests_on']} 归属",
            f"{part['period']} instalment {part['number']}, vested {part['vests_on']}",
            part["amount"],
        )
        for part in rows
    )


def _recovered(engine: Engine, pack: Pack, row: Row) -> tuple[Figure, ...]:
    rows = _rows(
        engine,
        f"SELECT * FROM malus WHERE rm_id = {_quoted(row['rm_id'])} AND decided_in = {_quoted(row['period'])}"
        " AND kind = 'recover' ORDER BY incident_id, period, number",
    )
    return tuple(_taking(pack, part) for part in rows)


def _taking(pack: Pack, part: Row) -> Figure:
    what = ("已付", "pay of") if not part["number"] else (f"第 {part['number']} 期", f"instalment {part['number']} of")
    zh, en = (
        f"事件 {part['incident_id']}:{part['period']} {what[0]}",
        f"incident {part['incident_id']}: {what[1]} {part['period']}",
    )
    return replace(_money(pack, str(part["kind"]), zh, en, part["amount"]), rule=str(part["policy_clause"]))


def _clause(pack: Pack, clause: str) -> tuple[Figure, ...]:
    """The outputs of the table row that a clause ``table#row@day`` names; none for a clause of the ledger."""
    table, mark, rest = clause.partition("#")
    rule_id, _, since = rest.partition("@")
    if not mark or table not in pack.tables:
        return ()
    found = [one for one in pack.tables[table].rows if one.rule_id == rule_id and str(one.valid_from) == since]
    return tuple(_output(pack, table, row, name) for row in found for name in row.outputs)


def _output(pack: Pack, table: str, row: TableRow, name: str) -> Figure:
    column = pack.tables[table].outputs[name]
    labels = _OUTPUTS.get(name, column.labels)
    return Figure(
        name, labels, row.outputs[name], column.type, rule=f"{table}#{row.rule_id}@{row.valid_from}", source=row.source
    )


def _minus(pack: Pack, name: str, zh: str, en: str, value: object, children: tuple[Figure, ...]) -> Figure:
    return replace(_money(pack, name, zh, en, -Fraction(str(value))), children=children)


def _money(pack: Pack, name: str, zh: str, en: str, value: object) -> Figure:
    return Figure(name, Labels(zh, en), Fraction(str(value)), Type.MONEY, unit=pack.currency)


def _rows(engine: Engine, text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(text).to_pylist()
    return rows


def _own(row: Row) -> str:
    return f"rm_id = {_quoted(row['rm_id'])} AND period = {_quoted(row['period'])}"


def _key(row: Row) -> tuple[object, ...]:
    return (row["period"], row["rm_id"])


def _quoted(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
