"""The words a policy's formulas may use about results and pay: lines, tasks, RMs."""

from __future__ import annotations

from kejing.policy.vocabulary import Grain, Type, Variable, Vocabulary

_RM = Grain(
    "rm",
    key=("period", "rm_id"),
    date="period_last_day",
    variables=(
        Variable("unit_id", Type.TEXT, "机构", "unit"),
        Variable("line", Type.TEXT, "条线", "line"),
        Variable("grade", Type.TEXT, "等级", "grade", codes="grade"),
        Variable("fte", Type.NUMBER, "折合人数", "full-time equivalent"),
        Variable("base_pay", Type.MONEY, "年基本薪酬", "base pay a year"),
        Variable("target_bonus", Type.MONEY, "年目标奖金", "target bonus a year"),
        Variable("service_days", Type.COUNT, "在岗天数", "service days"),
        Variable("in_force_days", Type.COUNT, "任职天数", "days in post"),
        Variable("period_days", Type.COUNT, "期间天数", "days of the period"),
        Variable("year_days", Type.COUNT, "全年天数", "days of the year"),
    ),
)
_TASK = Grain(
    "task",
    key=("period", "rm_id", "measure"),
    date="period_last_day",
    parent="rm",
    parent_key=("period", "rm_id"),
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

EARN_VOCABULARY = Vocabulary([_RM, _TASK, _LINE])
"""Grains: a credited ``line`` belongs to a ``task`` (RM, measure, period), a task to an ``rm`` (RM, period)."""
