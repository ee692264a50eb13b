"""The fact tables an institution brings: customers, people, coverage, business.

Money matters stand in ``money_tables``, the hotline in ``call_tables``.
"""

from __future__ import annotations

from kejing.facts.call_tables import CALL_TABLES
from kejing.facts.columns import (
    ARROW_TYPES,
    BOOKKEEPING,
    CURRENCY,
    CUSTOMER,
    RM,
    VALID,
    Column,
    FactTable,
    Kind,
    ident,
)
from kejing.facts.money_tables import MONEY_TABLES

__all__ = ["ARROW_TYPES", "BOOKKEEPING", "COVERAGE_ROLES", "FACT_TABLES", "RM_LINES", "SHARING_ROLES", "Column", "FactTable", "Kind"]

RM_LINES = frozenset(
    {
        "corporate",
        "retail",
        "key_account",
        "business",
        "community",
        "area",
        "phone",
        "treasury_officer",
        "lending_officer",
        "risk_officer",
    }
)
COVERAGE_ROLES = frozenset({"lead", "assist", "backup", "treasury", "lending", "referral"})
SHARING_ROLES = frozenset({"lead", "assist", "treasury", "lending", "referral"})
"""Roles whose shares carry pay credit; a backup stands by and carries none."""

UNITS = FactTable(
    "units",
    "机构",
    "units",
    (
        ident("unit_id", "机构编号", "unit id", headers=("机构号", "机构代码", "branch", "branch code")),
        Column("name", Kind.TEXT, "名称", "name", headers=("机构名称", "branch name", "unit name")),
        Column("level", Kind.COUNT, "层级", "level", headers=("机构层级", "级别")),
        ident("parent_id", "上级机构", "parent unit", references=("units", "unit_id"), required=False, headers=("上级机构号", "parent")),
        Column("lat", Kind.DEGREE, "纬度", "latitude", required=False, headers=("lat",)),
        Column("lon", Kind.DEGREE, "经度", "longitude", required=False, headers=("lon", "lng")),
        *VALID,
    ),
    key=("unit_id", "valid_from"),
    sort=("unit_id", "valid_from", "known_at"),
    dated=True,
    exclusive=("unit_id",),
)

RMS = FactTable(
    "rms",
    "客户经理",
    "relationship managers",
    (
        ident("rm_id", "客户经理编号", "RM id", headers=("工号", "经理编号", "rm", "employee no")),
        Column("name", Kind.TEXT, "姓名", "name", headers=("客户经理姓名", "full name")),
        Column("line", Kind.TEXT, "条线", "line", codes=RM_LINES, headers=("业务条线", "business line")),
        Column("grade", Kind.TEXT, "等级", "grade", headers=("职级", "级别")),
        ident("unit_id", "机构编号", "unit id", references=("units", "unit_id"), headers=("机构号", "所属机构", "branch")),
        Column("fte", Kind.MICRO, "折合人数", "full-time equivalent", headers=("FTE", "全职当量")),
        Column("skills", Kind.TEXT, "技能", "skills", required=False, headers=("专长",)),
        Column("lat", Kind.DEGREE, "纬度", "latitude", required=False, headers=("lat",)),
        Column("lon", Kind.DEGREE, "经度", "longitude", required=False, headers=("lon", "lng")),
        Column("base_pay", Kind.MONEY, "年基本薪酬", "base pay a year", required=False, currency="pay_currency", headers=("基本薪酬", "基本工资", "base salary")),
        Column("target_bonus", Kind.MONEY, "年目标奖金", "target bonus a year", required=False, currency="pay_currency", headers=("目标奖金",)),
        Column("pay_currency", Kind.TEXT, "薪酬币种", "pay currency", required=False),
        *VALID,
    ),
    key=("rm_id", "valid_from"),
    sort=("rm_id", "valid_from", "known_at"),
    dated=True,
    exclusive=("rm_id",),
)

RM_ABSENCES = FactTable(
    "rm_absences",
    "客户经理缺勤",
    "absences of RMs",
    (
        RM,
        Column("reason", Kind.TEXT, "原因", "reason", headers=("缺勤原因", "请假类型")),
        ident("cover_rm_id", "代管客户经理", "covering RM", references=("rms", "rm_id"), required=False, headers=("代管人",)),
        *VALID,
    ),
    key=("rm_id", "valid_from"),
    sort=("rm_id", "valid_from", "known_at"),
    dated=True,
    exclusive=("rm_id",),
)

CUSTOMERS = FactTable(
    "customers",
    "客户",
    "customers",
    (
        ident("customer_id", "客户编号", "customer id", headers=("客户号", "客户代码", "customer no")),
        Column("name", Kind.TEXT, "客户名称", "name", headers=("名称", "customer name")),
        Column("kind", Kind.TEXT, "客户类别", "kind", codes=frozenset({"corporate", "retail", "telecom"}), headers=("客户性质", "客户类型")),
        ident("group_id", "集团编号", "group id", required=False, headers=("集团号", "所属集团")),
        Column("industry", Kind.TEXT, "行业", "industry", required=False, headers=("行业类型", "行业代码")),
        ident("unit_id", "管理机构", "unit id", references=("units", "unit_id"), headers=("机构号", "开户机构", "branch")),
        ident("account_home_id", "账户归属", "account home", references=("units", "unit_id"), required=False, headers=("账户归属机构",)),
        Column("required_skill", Kind.TEXT, "所需技能", "required skill", required=False),
        Column("lat", Kind.DEGREE, "纬度", "latitude", required=False, headers=("lat",)),
        Column("lon", Kind.DEGREE, "经度", "longitude", required=False, headers=("lon", "lng")),
        Column("opened_on", Kind.DATE, "开户日期", "opened on", required=False, headers=("开户日",)),
        Column("closed_on", Kind.DATE, "销户日期", "closed on", required=False, headers=("销户日",)),
        *VALID,
    ),
    key=("customer_id", "valid_from"),
    sort=("customer_id", "valid_from", "known_at"),
    dated=True,
    exclusive=("customer_id",),
)

MEASURES = FactTable(
    "measures",
    "客户指标",
    "measures of customers",
    (
        CUSTOMER,
        Column("measure", Kind.TEXT, "指标", "measure", headers=("指标名称",)),
        Column("period_start", Kind.DATE, "期初", "period start", headers=("开始日期", "起始日期")),
        Column("period_end", Kind.DATE, "期末(不含)", "period end (excluded)", headers=("结束日期",)),
        Column("value", Kind.QUANTITY, "数值", "value", currency="unit", headers=("指标值", "金额")),
        Column("unit", Kind.TEXT, "单位", "unit", headers=("计量单位", "币种")),
    ),
    key=("customer_id", "measure", "period_start", "period_end"),
    sort=("customer_id", "measure", "period_start", "period_end", "known_at"),
)

COVERAGE = FactTable(
    "coverage",
    "管户关系",
    "coverage",
    (
        CUSTOMER,
        RM,
        Column("role", Kind.TEXT, "角色", "role", codes=COVERAGE_ROLES, headers=("管户角色", "主协办")),
        Column("share", Kind.WEIGHT, "分成比例", "share", required=False, headers=("占比", "分成", "比例")),
        *VALID,
    ),
    key=("customer_id", "rm_id", "role", "valid_from"),
    sort=("customer_id", "valid_from", "role", "rm_id", "known_at"),
    dated=True,
    exclusive=("customer_id", "rm_id", "role"),
)

INCOME = FactTable(
    "income",
    "收入明细",
    "income lines",
    (
        ident("line_id", "流水号", "line id", headers=("明细号", "交易流水号", "transaction id")),
        CUSTOMER,
        Column("product", Kind.TEXT, "产品", "product", references=("products", "product"), headers=("产品代码",)),
        Column("business_type", Kind.TEXT, "业务类型", "business type", required=False, headers=("业务种类",)),
        Column("amount", Kind.MONEY, "金额", "amount", currency="currency", headers=("收入金额", "发生额")),
        CURRENCY,
        Column("booked_on", Kind.DATE, "入账日期", "booked on", headers=("记账日期", "交易日期", "date")),
        ident("booking_unit_id", "入账机构", "booking unit", references=("units", "unit_id"), required=False, headers=("记账机构",)),
        ident("responsible_unit_id", "经营责任机构", "responsible unit", references=("units", "unit_id"), required=False, headers=("责任机构",)),
        Column("disputed", Kind.FLAG, "有争议", "disputed", required=False, headers=("争议",)),
    ),
    key=("line_id",),
    sort=("customer_id", "booked_on", "line_id", "known_at"),
)

BALANCES = FactTable(
    "balances",
    "余额",
    "balances",
    (
        CUSTOMER,
        Column("product", Kind.TEXT, "产品", "product", references=("products", "product"), headers=("产品代码",)),
        Column("month", Kind.DATE, "月份", "month", headers=("统计月份",)),
        Column("average_balance", Kind.MONEY, "月日均余额", "average balance", currency="currency", headers=("日均余额", "日均")),
        CURRENCY,
    ),
    key=("customer_id", "product", "month"),
    sort=("customer_id", "product", "month", "known_at"),
)

DAILY_BALANCES = FactTable(
    "daily_balances",
    "日终余额",
    "balances at the end of the day",
    (
        CUSTOMER,
        Column("product", Kind.TEXT, "产品", "product", references=("products", "product"), headers=("产品代码",)),
        Column("day", Kind.DATE, "日期", "day", headers=("余额日期", "date")),
        Column("balance", Kind.MONEY, "日终余额", "balance", currency="currency", headers=("余额",)),
        CURRENCY,
    ),
    key=("customer_id", "product", "day"),
    sort=("customer_id", "product", "day", "known_at"),
)

CONTACTS = FactTable(
    "contacts",
    "联系记录",
    "contacts",
    (
        ident("contact_id", "记录编号", "contact id"),
        CUSTOMER,
        RM,
        Column("channel", Kind.TEXT, "渠道", "channel", codes=frozenset({"visit", "phone", "video", "counter", "other"}), headers=("联系方式",)),
        Column("direction", Kind.TEXT, "方向", "direction", codes=frozenset({"outbound", "inbound"})),
        Column("outcome", Kind.TEXT, "结果", "outcome", headers=("联系结果",)),
        Column("happened_at", Kind.INSTANT, "发生时间", "happened at", headers=("时间", "联系时间")),
    ),
    key=("contact_id",),
    sort=("customer_id", "happened_at", "contact_id", "known_at"),
)

LOSSES = FactTable(
    "losses",
    "流失记录",
    "losses",
    (
        CUSTOMER,
        Column("service", Kind.TEXT, "业务", "service"),
        Column("amount", Kind.MONEY, "流失额度", "amount", currency="currency", headers=("流失金额",)),
        CURRENCY,
        Column("reason", Kind.TEXT, "流失原因", "reason"),
        Column("competitor", Kind.TEXT, "竞争对手", "competitor", required=False),
        Column("suspected_on", Kind.DATE, "疑似流失日", "suspected on"),
        Column("confirmed_on", Kind.DATE, "确认流失日", "confirmed on", required=False),
    ),
    key=("customer_id", "service", "suspected_on"),
    sort=("customer_id", "suspected_on", "service", "known_at"),
)

PRODUCTS = FactTable(
    "products",
    "产品",
    "products",
    (
        Column("product", Kind.TEXT, "产品", "product", headers=("产品代码", "product code")),
        Column("name", Kind.TEXT, "产品名称", "name", headers=("名称",)),
        Column("business_type", Kind.TEXT, "业务类型", "business type", headers=("业务种类",)),
        Column("measure", Kind.TEXT, "考核指标", "performance measure", required=False),
    ),
    key=("product",),
    sort=("product", "known_at"),
)

FX_RATES = FactTable(
    "fx_rates",
    "汇率",
    "exchange rates",
    (
        Column("currency", Kind.TEXT, "币种", "currency", headers=("原币",)),
        Column("quote_currency", Kind.TEXT, "折算币种", "quote currency", headers=("本币",)),
        Column("rate", Kind.RATE, "汇率", "rate"),
        *VALID,
    ),
    key=("currency", "quote_currency", "valid_from"),
    sort=("currency", "quote_currency", "valid_from", "known_at"),
    dated=True,
    exclusive=("currency", "quote_currency"),
)

GOALS = FactTable(
    "goals",
    "机构目标",
    "goals of units",
    (
        ident("unit_id", "机构编号", "unit id", references=("units", "unit_id"), headers=("机构号",)),
        Column("measure", Kind.TEXT, "指标", "measure", headers=("考核指标",)),
        Column("period_start", Kind.DATE, "期初", "period start", headers=("开始日期",)),
        Column("period_end", Kind.DATE, "期末(不含)", "period end (excluded)", headers=("结束日期",)),
        Column("amount", Kind.MONEY, "目标额", "goal", currency="currency", headers=("目标", "任务额")),
        CURRENCY,
    ),
    key=("unit_id", "measure", "period_start", "period_end"),
    sort=("unit_id", "measure", "period_start", "known_at"),
)

PINS = FactTable(
    "pins",
    "指定与回避",
    "pinned and forbidden pairs",
    (
        CUSTOMER,
        RM,
        Column("rule", Kind.TEXT, "规则", "rule", codes=frozenset({"pin", "forbid"})),
        Column("reason", Kind.TEXT, "原因", "reason"),
        *VALID,
    ),
    key=("customer_id", "rm_id", "valid_from"),
    sort=("customer_id", "rm_id", "valid_from", "known_at"),
    dated=True,
    exclusive=("customer_id", "rm_id"),
)

FACT_TABLES: dict[str, FactTable] = {
    table.name: table
    for table in (
        UNITS,
        PRODUCTS,
        FX_RATES,
        RMS,
        RM_ABSENCES,
        CUSTOMERS,
        MEASURES,
        COVERAGE,
        INCOME,
        BALANCES,
        DAILY_BALANCES,
        CONTACTS,
        LOSSES,
        GOALS,
        PINS,
        *CALL_TABLES,
        *MONEY_TABLES,
    )
}
"""Every fact table by name, in an order in which references point backward except units to units."""
