"""``薪酬管理.xlsx``: what happens around pay, from incidents and disputes to pools, funds and signatures.

Some of it is late, open, contested or refused on purpose: a claim that overspends its fund, an adjustment that its
maker approved, a dispute past its day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import Cell, write_workbook
from kejing.facts.sample.ledger import DisputedLine
from kejing.facts.sample.organisation import Rm
from kejing.facts.sample.parameters import Plan, months_later
from kejing.facts.sample.teams import NOBODY

FILE = "薪酬管理.xlsx"
_HEADERS = {
    "违规事件": "事件编号 工号 事件类型 发生日 认定日 备注",
    "薪酬争议": "争议编号 工号 考核期 明细号 申诉内容 经办人 提出日 应答复日 答复日 结果",
    "手工调整": "调整编号 工号 考核期 金额 币种 事由 录入人 录入日 复核人 复核日",
    "暂缓发放": "暂缓编号 工号 事由 解除条件 起扣日 预定解除日 实际解除日",
    "奖金包": "奖金包编号 奖金包 机构号 开始日期 结束日期 金额 币种",
    "专项基金": "基金编号 类别 机构号 开始日期 结束日期 金额 币种",
    "基金申请": "申请编号 基金编号 受益客户经理 用途 金额 币种 申请人 申请日 审批人 审批日",
    "申诉": "申诉编号 工号 申诉事项 考核期 事由 提出日 裁定日 裁定",
    "期初余额": "工号 项目 考核指标 余额日 金额 币种",
    "责任书签署": "工号 文件 考核期 文件哈希 签署人 签署日",
}
_HEAD, _ADMINISTRATOR, _AUDITOR = "head_of_sales", "pay_administrator", "internal_audit"
"""Persons who decide are named by their post: the sample has no people but its RMs."""


@dataclass
class _Register:
    """Rows by sheet, numbered as they come, from one stream of chance."""

    plan: Plan
    chance: np.random.Generator
    rms: Sequence[Rm]
    rows: dict[str, list[tuple[Cell, ...]]]

    def add(self, sheet: str, prefix: str, *cells: Cell) -> str:
        """Add a row with the next number of the sheet; returns its id."""
        name = f"{prefix}{self.plan.year}{len(self.rows[sheet]) + 1:03d}"
        self.rows[sheet].append((name, *cells))
        return name

    def pick(self, count: int) -> Iterator[Rm]:
        """``count`` different RMs, as far as there are so many."""
        places = self.chance.permutation(len(self.rms))[: self.plan.scaled(count)]
        return (self.rms[int(place)] for place in places)

    def day(self, first: str, last: str) -> np.datetime64:
        """A day between two days, both included."""
        start, end = self.plan.day(first), self.plan.day(last)
        return start + np.timedelta64(int(self.chance.integers(0, int((end - start).astype(int)) + 1)), "D")

    def quarter(self) -> str:
        """A quarter of the year."""
        return f"{self.plan.year}-Q{int(self.chance.integers(1, 5))}"


def write_pay_matters(delivery: Delivery, disputed: Sequence[DisputedLine]) -> None:
    """Write the workbook; ``disputed`` are the lines that the ledger marks as contested."""
    plan = delivery.plan
    lines = {"corporate", "retail"}
    rms = [rm for rm in delivery.organisation.rms if rm.line in lines and not rm.is_joiner]
    register = _Register(plan, plan.chance("pay matters"), rms, {sheet: [] for sheet in _HEADERS})
    _incidents(register)
    _disputes(register, delivery, disputed)
    _adjustments(register)
    _holds(register)
    _pools(register, delivery)
    _funds(register, delivery)
    _appeals(register)
    _openings(register)
    _signatures(register)
    sheets = {
        sheet: {header: [row[place] for row in rows] for place, header in enumerate(_HEADERS[sheet].split())}
        for sheet, rows in register.rows.items()
    }
    write_workbook(delivery.folder, FILE, sheets, delivery.log)


def _after(day: np.datetime64, days: int) -> np.datetime64:
    return day + np.timedelta64(days, "D")


def _cell(day: np.datetime64 | None) -> Cell:
    return None if day is None else day.astype("datetime64[D]").item()


def _incidents(register: _Register) -> None:
    matters = register.plan.institution.pay_matters
    for rm in register.pick(matters.incidents):
        cause = str(register.chance.choice(matters.causes))
        happened = register.day("-1:02-01", "10-31")
        # An investigation takes weeks; some are still open at the year's end.
        confirmed = _after(happened, int(register.chance.integers(20, 150))) if register.chance.random() < 0.8 else None
        register.add("违规事件", "W", rm.rm_id, cause, _cell(happened), _cell(confirmed), None)
    _on_record(register)


def _on_record(register: _Register) -> None:
    """Incidents that were decided within the year, of people who had none by chance, evenly over their line."""
    matters = register.plan.institution.pay_matters
    concerned = {row[1] for row in register.rows["违规事件"]}
    for place, matter in enumerate(matters.on_record, start=1):
        people = [rm for rm in register.rms if rm.line == matter.line and rm.rm_id not in concerned]
        if people:
            rm = people[len(people) * place // (len(matters.on_record) + 1)]
            days = (_cell(register.plan.day(day)) for day in (matter.happened, matter.confirmed))
            register.add("违规事件", "W", rm.rm_id, matter.cause, *days, None)


def _disputes(register: _Register, delivery: Delivery, disputed: Sequence[DisputedLine]) -> None:
    matters = register.plan.institution.pay_matters
    start, end = register.plan.day("01-01"), register.plan.day("12-31")
    leads = _leads(delivery, disputed)
    of_year = [(line, rm) for line, rm in zip(disputed, leads, strict=True) if rm and start <= line.day <= end]
    for line, rm_id in of_year[: register.plan.scaled(matters.disputes)]:
        quarter = f"{register.plan.year}-Q{(int(str(line.day)[5:7]) + 2) // 3}"
        filed = _after(line.day, int(register.chance.integers(10, 60)))
        due = _after(filed, 30)
        decided, outcome = None, None
        if register.chance.random() < 0.6:
            decided = _after(filed, int(register.chance.integers(5, 50)))
            outcome = str(register.chance.choice(["支持", "驳回", "撤回"], p=[0.4, 0.45, 0.15]))
        days = (_cell(filed), _cell(due), _cell(decided))
        claim = str(register.chance.choice(matters.claims))
        register.add("薪酬争议", "Z", rm_id, quarter, line.line_id, claim, _ADMINISTRATOR, *days, outcome)


def _leads(delivery: Delivery, disputed: Sequence[DisputedLine]) -> list[str]:
    """The lead RM of each line on its day; '' where nobody covers the customer."""
    found = {
        str(customer): (teams, row)
        for clients, teams in delivery.served
        for row, customer in enumerate(clients.customer_id)
    }
    leads = []
    for line in disputed:
        rm = NOBODY
        if line.customer_id in found:
            teams, row = found[line.customer_id]
            rm = int(teams.lead_on(np.array([row]), np.array([line.day]))[0])
        leads.append("" if rm == NOBODY else delivery.organisation.rms[rm].rm_id)
    return leads


def _adjustments(register: _Register) -> None:
    matters = register.plan.institution.pay_matters
    for place, rm in enumerate(register.pick(matters.adjustments)):
        made = register.day("04-10", "12-10")
        amount = int(register.chance.integers(-8, 16)) * 250 or 500
        approver, approved = _HEAD, _after(made, int(register.chance.integers(1, 12)))
        if place == 0:
            approver = _ADMINISTRATOR  # made and approved by one person: refused
        cells = (register.quarter(), amount, "CNY", str(register.chance.choice(matters.adjustment_reasons)))
        signed = (None, None) if place == 1 else (approver, _cell(approved))
        register.add("手工调整", "T", rm.rm_id, *cells, _ADMINISTRATOR, _cell(made), *signed)


def _holds(register: _Register) -> None:
    matters = register.plan.institution.pay_matters
    for rm in register.pick(matters.holds):
        start = register.day("02-01", "11-30")
        due = _after(start, 90)
        released = _after(start, int(register.chance.integers(30, 80))) if register.chance.random() < 0.5 else None
        reason, event = str(register.chance.choice(matters.hold_reasons)), matters.hold_event
        register.add("暂缓发放", "H", rm.rm_id, reason, event, _cell(start), _cell(due), _cell(released))


def _pools(register: _Register, delivery: Delivery) -> None:
    matters = register.plan.institution.pay_matters
    for department in delivery.organisation.departments:
        heads = sum(rm.unit_id == department.unit_id for rm in register.rms)
        for quarter in range(4):
            start = months_later(register.plan.day("01-01"), 3 * quarter)
            span = (_cell(start), _cell(months_later(start, 3)))
            amount = round(heads * matters.pool_a_head * register.chance.uniform(0.7, 1.3), 2)
            register.add("奖金包", "P", "团队奖金", department.unit_id, *span, amount, "CNY")


def _funds(register: _Register, delivery: Delivery) -> None:
    matters = register.plan.institution.pay_matters
    span = (_cell(register.plan.day("01-01")), _cell(register.plan.day("+1:01-01")))
    by_unit: dict[str, list[str]] = {}
    for rm in register.rms:
        by_unit.setdefault(rm.unit_id, []).append(rm.rm_id)
    for department in delivery.organisation.departments:
        people = by_unit.get(department.unit_id, [])
        for kind, grant in matters.fund_grants.items():
            fund = register.add("专项基金", "J", kind, department.unit_id, *span, grant, "CNY")
            _claims(register, fund, people, grant, kind)


def _claims(register: _Register, fund: str, people: Sequence[str], grant: int, kind: str) -> None:
    """Claims that together ask for more than the fund holds, one of them approved by its applicant."""
    matters = register.plan.institution.pay_matters
    if not people:
        return
    for place in range(matters.claims_a_fund):
        applicant = str(register.chance.choice(people))
        amount = round(grant * register.chance.uniform(0.08, 0.34), 2)
        applied = register.day("01-15", "12-15")
        approver = applicant if place == 0 and register.chance.random() < 0.2 else _HEAD
        approved = _after(applied, int(register.chance.integers(0, 14))) if register.chance.random() < 0.9 else None
        beneficiary = str(register.chance.choice(people)) if kind == "奖励" else applicant
        purpose = str(register.chance.choice(matters.purposes[kind]))
        signed = (None, None) if approved is None else (approver, _cell(approved))
        asked = (fund, beneficiary, purpose, amount, "CNY", applicant, _cell(applied))
        register.add("基金申请", "S", *asked, *signed)


def _appeals(register: _Register) -> None:
    matters = register.plan.institution.pay_matters
    subjects = ["等级", "得分", "处分", "表扬"]
    for rm in register.pick(matters.appeals):
        filed = register.day("04-15", "12-20")
        decided, outcome = None, None
        if register.chance.random() < 0.5:
            decided = _after(filed, int(register.chance.integers(10, 40)))
            outcome = str(register.chance.choice(["成立", "不成立"]))
        subject = str(register.chance.choice(subjects))
        reason = str(register.chance.choice(matters.appeal_reasons))
        days = (_cell(filed), _cell(decided), outcome)
        register.add("申诉", "A", rm.rm_id, subject, register.quarter(), reason, *days)


def _openings(register: _Register) -> None:
    """Withheld balances carried over from the year before."""
    matters = register.plan.institution.pay_matters
    for rm in register.pick(matters.openings):
        amount = int(register.chance.integers(4, 40)) * 500
        day = _cell(register.plan.day("01-01"))
        register.rows["期初余额"].append((rm.rm_id, matters.opening_item, "all", day, amount, "CNY"))


def _signatures(register: _Register) -> None:
    """Contracts of the year before were signed by nearly all; their hashes are of documents this sample has not."""
    matters = register.plan.institution.pay_matters
    year = register.plan.year - 1
    for rm in register.rms:
        if register.chance.random() < matters.unsigned_share:
            continue
        digest = register.chance.bytes(32).hex()
        for signer, days in ((rm.rm_id, 0), (_HEAD, int(register.chance.integers(0, 9)))):
            day = _cell(_after(register.day("-1:01-08", "-1:02-20"), days))
            register.rows["责任书签署"].append((rm.rm_id, "performance_contract", str(year), digest, signer, day))
