"""Facts about money matters between the institution and its RMs: incidents, disputes, adjustments, funds, pools.

Rows: E2-54 (rewards and penalties), E2-61..63, E5-60, E5-62, E5-73, E5-84; features 31-38, 42, 43, 46, 47, 66 of the
pay handbook. Nothing here changes a figure by itself: the policy says what an incident costs and whether it does.
"""

from __future__ import annotations

from kejing.facts.columns import CURRENCY, RM, Column, FactTable, Kind, ident

_UNIT = ident("unit_id", "机构编号", "unit id", references=("units", "unit_id"), headers=("机构号", "branch"))
_NOTE = Column("note", Kind.TEXT, "说明", "note", required=False, headers=("备注", "remark"))
_PERIOD = Column("period", Kind.TEXT, "期间", "period", headers=("考核期",))
_PERIOD_START = Column("period_start", Kind.DATE, "期初", "period start", headers=("开始日期",))
_PERIOD_END = Column("period_end", Kind.DATE, "期末(不含)", "period end (excluded)", headers=("结束日期",))
_AMOUNT = Column("amount", Kind.MONEY, "金额", "amount", currency="currency")
_REASON = Column("reason", Kind.TEXT, "原因", "reason", headers=("事由",))


def _day(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    return Column(name, Kind.DATE, zh, en, required=required)


def _person(name: str, zh: str, en: str, *, required: bool = True) -> Column:
    """A person who need not be an RM: head, administrator, committee."""
    return Column(name, Kind.TEXT, zh, en, required=required)


INCIDENTS = FactTable(
    "incidents",
    "违规与风险事件",
    "incidents",
    (
        ident("incident_id", "事件编号", "incident id"),
        RM,
        Column("cause", Kind.TEXT, "事由类别", "cause", headers=("事件类型",)),
        _day("happened_on", "发生日", "happened on"),
        _day("confirmed_on", "认定日", "confirmed on", required=False),
        _NOTE,
    ),
    key=("incident_id",),
    sort=("rm_id", "happened_on", "incident_id", "known_at"),
)

DISPUTES = FactTable(
    "disputes",
    "薪酬争议",
    "disputes",
    (
        ident("dispute_id", "争议编号", "dispute id"),
        RM,
        _PERIOD,
        ident("line_id", "明细号", "line id", required=False, references=("income", "line_id")),
        Column("claim", Kind.TEXT, "诉求", "claim", headers=("申诉内容",)),
        _person("owner", "经办人", "owner"),
        _day("filed_on", "提出日", "filed on"),
        _day("due_on", "应答复日", "due on"),
        _day("decided_on", "答复日", "decided on", required=False),
        Column(
            "outcome",
            Kind.TEXT,
            "结果",
            "outcome",
            required=False,
            codes=frozenset({"granted", "partly", "rejected", "withdrawn"}),
        ),
        _NOTE,
    ),
    key=("dispute_id",),
    sort=("rm_id", "filed_on", "dispute_id", "known_at"),
)

ADJUSTMENTS = FactTable(
    "adjustments",
    "手工调整",
    "manual adjustments",
    (
        ident("adjustment_id", "调整编号", "adjustment id"),
        RM,
        _PERIOD,
        _AMOUNT,
        CURRENCY,
        _REASON,
        _person("made_by", "录入人", "made by"),
        _day("made_on", "录入日", "made on"),
        _person("approved_by", "复核人", "approved by", required=False),
        _day("approved_on", "复核日", "approved on", required=False),
    ),
    key=("adjustment_id",),
    sort=("rm_id", "period", "adjustment_id", "known_at"),
)

HOLDS = FactTable(
    "holds",
    "暂缓发放",
    "holds",
    (
        ident("hold_id", "暂缓编号", "hold id"),
        RM,
        ident("line_id", "明细号", "line id", required=False, references=("income", "line_id")),
        Column("component", Kind.TEXT, "薪酬项目", "component", required=False),
        _REASON,
        Column("until_event", Kind.TEXT, "解除条件", "until event", required=False),
        _day("held_from", "起扣日", "held from"),
        _day("release_on", "预定解除日", "release on", required=False),
        _day("released_on", "实际解除日", "released on", required=False),
    ),
    key=("hold_id",),
    sort=("rm_id", "held_from", "hold_id", "known_at"),
)

POOLS = FactTable(
    "pools",
    "奖金包",
    "bonus pools",
    (
        ident("pool_id", "奖金包编号", "pool id"),
        Column("pool", Kind.TEXT, "奖金包", "pool"),
        _UNIT,
        _PERIOD_START,
        _PERIOD_END,
        _AMOUNT,
        CURRENCY,
    ),
    key=("pool_id",),
    sort=("pool", "unit_id", "period_start", "pool_id", "known_at"),
)

FUNDS = FactTable(
    "funds",
    "专项费用与奖励基金",
    "funds",
    (
        ident("fund_id", "基金编号", "fund id"),
        Column("kind", Kind.TEXT, "类别", "kind", codes=frozenset({"bonus", "expense"})),
        _UNIT,
        _PERIOD_START,
        _PERIOD_END,
        _AMOUNT,
        CURRENCY,
    ),
    key=("fund_id",),
    sort=("fund_id", "known_at"),
)

FUND_CLAIMS = FactTable(
    "fund_claims",
    "基金支用申请",
    "claims on funds",
    (
        ident("claim_id", "申请编号", "claim id"),
        ident("fund_id", "基金编号", "fund id", references=("funds", "fund_id")),
        ident("rm_id", "受益客户经理", "RM who benefits", references=("rms", "rm_id"), required=False),
        Column("purpose", Kind.TEXT, "用途", "purpose"),
        _AMOUNT,
        CURRENCY,
        _person("applicant", "申请人", "applicant"),
        _day("applied_on", "申请日", "applied on"),
        _person("approver", "审批人", "approver", required=False),
        _day("approved_on", "审批日", "approved on", required=False),
    ),
    key=("claim_id",),
    sort=("fund_id", "applied_on", "claim_id", "known_at"),
)

APPEALS = FactTable(
    "appeals",
    "申诉",
    "appeals",
    (
        ident("appeal_id", "申诉编号", "appeal id"),
        RM,
        Column("subject", Kind.TEXT, "申诉事项", "subject", codes=frozenset({"grade", "score", "incident", "praise"})),
        _PERIOD,
        _REASON,
        _day("filed_on", "提出日", "filed on"),
        _day("decided_on", "裁定日", "decided on", required=False),
        Column("outcome", Kind.TEXT, "裁定", "outcome", required=False, codes=frozenset({"upheld", "rejected"})),
    ),
    key=("appeal_id",),
    sort=("rm_id", "filed_on", "appeal_id", "known_at"),
)

# ``measure`` is ``all`` where the balance belongs to the RM and not to one measure.
OPENINGS = FactTable(
    "openings",
    "期初余额",
    "opening balances",
    (
        RM,
        Column("item", Kind.TEXT, "项目", "item"),
        Column("measure", Kind.TEXT, "指标", "measure", headers=("考核指标",)),
        _day("day", "余额日", "day"),
        _AMOUNT,
        CURRENCY,
    ),
    key=("rm_id", "item", "measure", "day"),
    sort=("rm_id", "item", "measure", "day", "known_at"),
)

SIGNATURES = FactTable(
    "signatures",
    "责任书签署",
    "signatures",
    (
        RM,
        Column("document", Kind.TEXT, "文件", "document"),
        _PERIOD,
        Column("document_sha256", Kind.TEXT, "文件哈希", "document hash"),
        _person("signed_by", "签署人", "signed by"),
        _day("signed_on", "签署日", "signed on"),
    ),
    key=("rm_id", "document", "period", "signed_by"),
    sort=("rm_id", "document", "period", "signed_by", "known_at"),
)

MONEY_TABLES = (
    INCIDENTS,
    DISPUTES,
    ADJUSTMENTS,
    HOLDS,
    POOLS,
    FUNDS,
    FUND_CLAIMS,
    APPEALS,
    OPENINGS,
    SIGNATURES,
)
"""In an order in which references point backward."""
