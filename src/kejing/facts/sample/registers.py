"""The small files: units, RMs, absences, products, rates, goals, losses, pins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import Cell, write_csv, write_workbook
from kejing.facts.sample.organisation import NEVER, Floats, Rm
from kejing.facts.sample.parameters import Goals, Plan, months_later
from kejing.facts.sample.teams import NOBODY
from kejing.measure.findings import Place


def day_cell(day: np.datetime64) -> dt.date | None:
    """A day as a spreadsheet cell; nothing for `NEVER`."""
    return None if np.isnat(day) else day.astype(dt.date)


def _write(
    delivery: Delivery, name: str, headers: str, rows: Sequence[tuple[Cell, ...]], *, encoding: str = "utf-8"
) -> None:
    """Write rows as a delimited file; None and '' stay empty."""
    columns = {
        header: pa.array([None if cell is None or cell == "" else str(cell) for cell in cells], pa.string())
        for header, cells in _columns(headers, rows).items()
    }
    write_csv(delivery.folder, name, pa.table(columns), delivery.log, encoding=encoding)


def _columns(headers: str, rows: Sequence[tuple[Cell, ...]]) -> dict[str, list[Cell]]:
    names = headers.split()
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def write_units(delivery: Delivery) -> None:
    """``机构.csv``."""
    rows: list[tuple[Cell, ...]] = [
        (unit.unit_id, unit.name, unit.level, unit.parent_id, unit.lat, unit.lon)
        for unit in delivery.organisation.units
    ]
    _write(delivery, "机构.csv", "机构编号 机构名称 层级 上级机构号 纬度 经度", rows)


def write_rms(delivery: Delivery) -> None:
    """``客户经理.xlsx``: a row per RM and grade, and a sheet of absences."""
    plan, organisation, defects = delivery.plan, delivery.organisation, delivery.defects
    rows: list[tuple[Cell, ...]] = []
    for rm in organisation.rms:
        if rm.earlier_grade:
            rows.append(_rm_row(plan, rm, rm.earlier_grade, rm.hired, rm.promoted))
        rows.append(_rm_row(plan, rm, rm.grade, rm.promoted if rm.earlier_grade else rm.hired, rm.left))
        if rm.is_leaver:
            row, left = len(rows) + 1, str(rm.left)
            defects.note(
                "leaver", Place(file="客户经理.xlsx", sheet="客户经理", row=row, column="终止日期", value=left)
            )
    away: list[tuple[Cell, ...]] = []
    for absence in organisation.absences:
        cover = organisation.rms[absence.cover].rm_id if absence.cover >= 0 else None
        rm_id, start, end = organisation.rms[absence.rm].rm_id, day_cell(absence.start), day_cell(absence.end)
        away.append((rm_id, absence.reason, cover, start, end))
        row = len(away) + 1
        defects.note("leave", Place(file="客户经理.xlsx", sheet="缺勤", row=row, column="起始日期", value=str(start)))
    headers = "工号 姓名 条线 职级 机构号 全职当量 专长 纬度 经度 年基本薪酬 年目标奖金 起始日期 终止日期"
    sheets = {"客户经理": _columns(headers, rows), "缺勤": _columns("工号 缺勤原因 代管人 起始日期 终止日期", away)}
    write_workbook(delivery.folder, "客户经理.xlsx", sheets, delivery.log)


def _rm_row(plan: Plan, rm: Rm, grade: str, start: np.datetime64, end: np.datetime64) -> tuple[Cell, ...]:
    parameters = plan.institution.rms
    pay = parameters.grades[grade]
    return (
        rm.rm_id, rm.name, parameters.lines[rm.line], grade, rm.unit_id, rm.fte, rm.skill, rm.lat, rm.lon,
        pay.base_pay, pay.target_bonus, day_cell(start), day_cell(end),
    )  # fmt: skip


def write_products(delivery: Delivery) -> None:
    """``产品目录.csv``."""
    institution = delivery.plan.institution
    rows: list[tuple[Cell, ...]] = [
        (item.product, item.name, institution.business_types[item.business_type], item.measure)
        for item in institution.products
    ]
    _write(delivery, "产品目录.csv", "产品代码 产品名称 业务种类 考核指标", rows, encoding="gb18030")


def write_rates(delivery: Delivery) -> None:
    """``汇率.csv``: a rate a quarter for three years; the last one stays in force."""
    first = delivery.plan.day("-2:01-01")
    rows: list[tuple[Cell, ...]] = []
    for currency, rates in delivery.plan.institution.fx.items():
        for index, rate in enumerate(rates):
            start, end = months_later(first, 3 * index), months_later(first, 3 * index + 3)
            rows.append((currency, "CNY", rate, str(start), str(end) if index + 1 < len(rates) else None))
    _write(delivery, "汇率.csv", "原币 本币 汇率 起始日期 终止日期", rows, encoding="gb18030")


def write_goals(delivery: Delivery, totals: Mapping[str, Floats]) -> None:
    """``机构目标_YYYY.csv``: goals by department, measure and quarter.

    ``totals`` holds the monthly sums of each measure, shape ``[n_departments, 24]`` [yuan].
    """
    plan, goals = delivery.plan, delivery.plan.institution.goals
    rows: list[tuple[Cell, ...]] = []
    for place, department in enumerate(delivery.organisation.departments):
        for quarter in range(4):
            start = months_later(plan.day("01-01"), 3 * quarter)
            span = (str(start), str(months_later(start, 3)))
            for measure, shares in goals.increments.items():
                amount = totals[measure][place, 11] * shares[quarter]
                rows.append((department.unit_id, measure, *span, _rounded(goals, amount), "CNY"))
            before = totals["fee_income"][place, 3 * quarter : 3 * quarter + 3].sum()
            rows.append((department.unit_id, "fee_income", *span, _rounded(goals, before * goals.fee_income), "CNY"))
    _write(delivery, f"机构目标_{plan.year}.csv", "机构号 考核指标 开始日期 结束日期 任务额 币种", rows)


def _rounded(goals: Goals, amount: float) -> int:
    return max(goals.at_least, round(amount / goals.round_to) * goals.round_to)


def write_losses(delivery: Delivery) -> None:
    """``流失记录.csv``: corporate customers whose business went elsewhere, some of it confirmed."""
    plan, clients = delivery.plan, delivery.corporate
    chance, losses = plan.chance("losses"), plan.institution.losses
    waning = np.flatnonzero(~np.isnat(clients.decay_on))
    chosen = np.sort(waning[: max(3, round(len(clients) * losses.per_corporate))])
    rows: list[tuple[Cell, ...]] = []
    for row in chosen:
        suspected = clients.decay_on[row] + np.timedelta64(int(chance.integers(20, 60)), "D")
        confirmed = suspected + np.timedelta64(int(chance.integers(5, 45)), "D") if chance.random() < 0.7 else NEVER
        reason = str(chance.choice(losses.reasons))
        rival = str(chance.choice(losses.competitors)) if reason.startswith("同业") else None
        amount = int(np.ceil(clients.size[row] * chance.uniform(0.002, 0.03) / 1000)) * 1000
        service = str(chance.choice(losses.services))
        days = (str(suspected), None if np.isnat(confirmed) else str(confirmed))
        rows.append((clients.customer_id[row], service, amount, "CNY", reason, rival, *days))
    headers = "客户号 业务 流失额度 币种 流失原因 竞争对手 疑似流失日 确认流失日"
    _write(delivery, "流失记录.csv", headers, rows, encoding="utf-8-sig")


def write_pins(delivery: Delivery) -> None:
    """``指定与回避.csv``: customers who asked for their RM, and RMs who must stay away from a relative's company."""
    plan, organisation, (clients, teams) = delivery.plan, delivery.organisation, delivery.served[0]
    chance = plan.chance("pins")
    present = np.where(np.isnat(teams.switched_on), teams.lead, teams.successor)
    settled = np.flatnonzero((present != NOBODY) & np.isnat(clients.moved_on) & np.isnat(clients.closed))
    rows: list[tuple[Cell, ...]] = []
    for rule, count in plan.institution.pins.items():
        for row in chance.choice(settled, plan.scaled(count), replace=False):
            rm = int(present[row])
            if rule == "forbid":
                colleagues = [
                    other for other in organisation.stable_members(int(clients.department[row])) if other != rm
                ]
                rm = colleagues[0] if colleagues else rm
                if not colleagues:
                    continue
            start = plan.day("01-01") if rule == "pin" else plan.day("-1:01-01")
            reason = plan.institution.pin_reasons[rule]
            rows.append((clients.customer_id[row], organisation.rms[rm].rm_id, rule, reason, str(start), None))
    headers = "客户号 工号 规则 原因 起始日期 终止日期"
    _write(delivery, "指定与回避.csv", headers, rows)
