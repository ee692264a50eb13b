"""The words a policy's formulas may use about results and pay: lines, tasks, RMs."""

from __future__ import annotations

from kejing.policy.vocabulary import Grain, Type, Variable, Vocabulary

_RM = Grain(
    "rm",
    key=("period", "rm_id"),
    date="period_last_day",
    sequence="period",
    peers=("line",),
    variables=(
        Variable("unit_id", Type.TEXT, "机构", "unit"),
        Variable("line", Type.TEXT, "条线", "line"),
        Variable("grade", Type.TEXT, "等级", "grade", codes="grade"),
        Variable("fte", Type.NUMBER, "折合人数", "full-time equivalent"),
        Variable("base_pay", Type.MONEY, "年基本薪酬", "base pay a year"),
        Variable("target_bonus", Type.MONEY, "年目标奖金", "target bonus a year"),
        Variable("average_base_pay", Type.MONEY, "按日平均年基本薪酬", "base pay a year, average by day"),
        Variable("average_target_bonus", Type.MONEY, "按日平均年目标奖金", "target bonus a year, average by day"),
        Variable("first_day", Type.DATE, "首次任职日", "first day in post"),
        Variable("months_in_post", Type.COUNT, "任职整月数", "whole months in post"),
        Variable("first_year_days", Type.COUNT, "任职首年天数", "days of the first year in post"),
        Variable("service_days", Type.COUNT, "在岗天数", "service days"),
        Variable("in_force_days", Type.COUNT, "任职天数", "days in post"),
        Variable("period_days", Type.COUNT, "期间天数", "days of the period"),
        Variable("year_days", Type.COUNT, "全年天数", "days of the year"),
        Variable("profit", Type.MONEY, "管户模拟利润", "simulated profit of the book"),
        Variable("eva", Type.MONEY, "管户经济增加值", "economic value added of the book"),
        Variable("capital", Type.MONEY, "管户占用资本", "capital held by the book"),
    ),
)
_TASK = Grain(
    "task",
    key=("period", "rm_id", "measure"),
    date="period_last_day",
    parent="rm",
    parent_key=("period", "rm_id"),
    sequence="period",
    peers=("measure",),
    variables=(
        Variable("measure", Type.TEXT, "指标", "measure", codes="measure"),
        Variable("stock", Type.MONEY, "存量", "stock"),
        Variable("contribution", Type.NUMBER, "任务贡献度", "task contribution", nullable=True),
        Variable("increment_target", Type.MONEY, "目标增量", "increment target"),
        Variable("total_target", Type.MONEY, "目标任务量", "total target"),
        Variable("actual", Type.MONEY, "实绩", "actual"),
    ),
)
_LINE = Grain(
    "line",
    key=("period", "rm_id", "measure", "line_id"),
    date="booked_on",
    parent="task",
    parent_key=("period", "rm_id", "measure"),
    variables=(
        Variable("customer_id", Type.TEXT, "客户", "customer"),
        Variable("product", Type.TEXT, "产品", "product"),
        Variable("industry", Type.TEXT, "行业类型", "industry type", codes="industry"),
        Variable("customer_tier", Type.TEXT, "客户类型", "customer type", codes="tier"),
        Variable("business_type", Type.TEXT, "业务类型", "business type", codes="business_type"),
        Variable("amount", Type.MONEY, "金额", "amount"),
    ),
)
_INCIDENT = Grain(
    "incident",
    key=("period", "rm_id", "incident_id"),
    date="confirmed_on",
    parent="rm",
    parent_key=("period", "rm_id"),
    variables=(
        Variable("cause", Type.TEXT, "事由类别", "cause", codes="incident_cause"),
        Variable("happened_on", Type.DATE, "发生日", "happened on"),
    ),
)

ACCOUNT = "account"
"""The grain of stage value: it is reckoned apart from the others, which belong to one another."""
_ACCOUNT = Grain(
    ACCOUNT,
    key=("period", "customer_id", "product"),
    date="period_last_day",
    variables=(
        Variable("unit_id", Type.TEXT, "机构", "unit"),
        Variable("business_type", Type.TEXT, "业务类型", "business type"),
        Variable("product_measure", Type.TEXT, "产品考核指标", "measure of the product"),
        Variable("industry", Type.TEXT, "行业类型", "industry type", codes="industry"),
        Variable("customer_tier", Type.TEXT, "客户类型", "customer type", codes="tier"),
        Variable("credit_class", Type.TEXT, "信用类别", "credit class", codes="credit_class"),
        Variable("average_balance", Type.MONEY, "日均余额", "daily average balance"),
        Variable("income", Type.MONEY, "入账收入", "booked income"),
        Variable("balance_days", Type.COUNT, "余额天数", "days of the balances"),
        Variable("year_days", Type.COUNT, "全年天数", "days of the year"),
    ),
)

EARN_VOCABULARY = Vocabulary([_RM, _TASK, _LINE, _INCIDENT, _ACCOUNT])
"""Grains: a credited ``line`` belongs to a ``task`` (RM, measure, period), a task to an ``rm`` (RM, period).

An ``incident`` belongs to the rm of the period in which it was confirmed. An ``account`` is a customer's product in a
period and stands by itself.
"""
