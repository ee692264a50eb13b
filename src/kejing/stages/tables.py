"""The tables a run writes: columns, kinds, keys and both languages' labels.

Inside the engine money is BIGINT minor units of the policy's currency and every other number with a
fraction is BIGINT millionths; the files in ``OUT/`` carry the same digits as exact decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutKind(StrEnum):
    """What an output column holds: ``(in the engine) -> (in the file)``."""

    TEXT = "text"  # VARCHAR -> string
    DATE = "date"  # DATE -> date32
    COUNT = "count"  # BIGINT -> int64
    MONEY = "money"  # BIGINT minor units -> decimal128(18, minor digits of the currency)
    MICRO = "micro"  # BIGINT millionths -> decimal128(18, 6)
    FLAG = "flag"  # BOOLEAN -> bool


@dataclass(frozen=True, slots=True)
class OutColumn:
    """One column of an output table."""

    name: str
    kind: OutKind
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OutTable:
    """One output table; rows are unique by ``key`` and stored in its order."""

    name: str
    zh: str
    en: str
    columns: tuple[OutColumn, ...]
    key: tuple[str, ...]

    def column(self, name: str) -> OutColumn:
        """The column called ``name``."""
        return next(column for column in self.columns if column.name == name)


T, D, N, M, U, F = OutKind.TEXT, OutKind.DATE, OutKind.COUNT, OutKind.MONEY, OutKind.MICRO, OutKind.FLAG


def _table(name: str, zh: str, en: str, key: str, *columns: tuple[str, OutKind, str, str]) -> OutTable:
    return OutTable(name, zh, en, tuple(OutColumn(*column) for column in columns), tuple(key.split()))


OUT_TABLES: dict[str, OutTable] = {
    table.name: table
    for table in (
        _table(
            "segment", "客户分层", "tiers of customers", "scheme customer_id valid_from",
            ("customer_id", T, "客户编号", "customer id"),
            ("scheme", T, "分层方案", "scheme"),
            ("tier", T, "层级", "tier"),  # 'unclassified' where the measure is missing
            ("valid_from", D, "生效日", "valid from"),
            ("valid_to", D, "失效日", "valid to"),
            ("value", U, "依据值", "value"),  # in whole units of value_unit; null for grades and missing measures
            ("value_text", T, "依据等级", "grade used"),
            ("value_unit", T, "单位", "unit"),
            ("measured_from", D, "指标期初", "measured from"),
            ("measured_to", D, "指标期末", "measured to"),
            ("decided_by", T, "认定主体", "decided by"),  # the customer or group head whose measure decides
            ("boundary_distance", U, "距界线(相对)", "distance to the nearest tier line, relative"),
            ("is_on_watch", F, "边界关注", "boundary watch"),
            ("shadow_tier", T, "影子层级", "shadow tier"),  # what a frozen list would say today; null where nothing is frozen
            ("reason", T, "认定理由", "reason"),  # code: rule_id of the deciding table row, 'missing', 'frozen', 'held'
        ),
        _table(
            "staff", "人员配备", "headcount", "method unit_id line tier",
            ("unit_id", T, "机构编号", "unit id"),
            ("line", T, "条线", "line"),
            ("tier", T, "层级", "tier"),  # '' = all tiers of the line together
            ("method", T, "方法", "method"),  # workload, span, ratio
            ("customers", N, "客户数", "customers"),
            ("required_hours", U, "所需工时", "required hours a year"),
            ("required_heads", N, "应配人数", "required heads"),
            ("exact_heads", U, "应配人数(未取整)", "required heads before rounding"),
            ("required_heads_lo", N, "应配人数下限", "required heads, low"),
            ("required_heads_hi", N, "应配人数上限", "required heads, high"),
            ("required_heads_p90", N, "应配人数P90", "required heads, P90"),  # null until demand is a distribution
            ("available_heads", U, "现有人数(折合)", "available heads, full-time equivalent"),
            ("gap", U, "缺口", "gap"),
            ("reason", T, "依据", "reason"),
        ),
        _table(
            "roster", "客户经理名册(模拟)", "simulated roster", "rm_id",
            ("rm_id", T, "客户经理编号", "RM id"),
            ("line", T, "条线", "line"),
            ("tier", T, "服务层级", "tier served"),
            ("unit_id", T, "机构编号", "unit id"),
            ("lat", U, "纬度", "latitude"),
            ("lon", U, "经度", "longitude"),
        ),
        _table(
            "assign", "管户方案", "books", "customer_id role rm_id valid_from",
            ("customer_id", T, "客户编号", "customer id"),
            ("rm_id", T, "客户经理编号", "RM id"),  # '' = the pool: remote channel, no RM
            ("role", T, "角色", "role"),
            ("share", U, "分成", "share"),
            ("valid_from", D, "生效日", "valid from"),
            ("valid_to", D, "失效日", "valid to"),
            ("previous_rm_id", T, "原客户经理", "previous RM"),
            ("unit_id", T, "机构编号", "unit id"),
            ("tier", T, "层级", "tier"),
            ("required_hours", U, "所需工时", "required hours a year"),
            ("distance_km", U, "距离(公里)", "distance, km"),
            ("value", M, "客户价值", "value of the customer"),
            ("cost", N, "代价", "cost"),  # integer cost of the chosen pair, see docs/algorithms/assign.md
            ("reason", T, "理由", "reason"),  # kept, moved, new, pinned, pool
        ),
        _table(
            "assign_summary", "管户方案摘要", "summary of the books", "part plan",
            ("part", T, "范围", "part"),  # line/tier/island solved on its own, '' = all
            ("plan", T, "方案", "plan"),  # 'proposed', 'today', or a baseline such as 'by_unit', 'alphabetical'
            ("customers", N, "客户数", "customers"),
            ("rms", N, "客户经理数", "RMs"),
            ("objective", N, "目标值", "objective"),
            ("lower_bound", N, "下界", "lower bound"),
            ("gap", U, "差距", "gap"),
            ("moved_customers", N, "调整客户数", "moved customers"),
            ("moved_value", M, "调整客户价值", "moved value"),
            ("fairness_before", U, "调整前公平度(基尼)", "fairness before (Gini)"),
            ("fairness_after", U, "调整后公平度(基尼)", "fairness after (Gini)"),
            ("load_spread", U, "负荷离散(变异系数)", "load spread (coefficient of variation)"),
            ("mean_distance_km", U, "平均距离(公里)", "mean distance, km"),
            ("pooled_customers", N, "未配客户数", "customers in the pool"),
            ("overloaded_rms", N, "超负荷人数", "RMs over capacity"),
            ("method", T, "求解方法", "method"),
        ),
        _table(
            "target", "目标任务", "targets", "period measure unit_id rm_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("measure", T, "指标", "measure"),
            ("goal_unit_id", T, "目标所属机构", "unit of the goal"),  # the goal that this target is a part of
            ("stock", M, "存量", "stock"),
            ("contribution", U, "任务贡献度", "task contribution"),  # null where the stock step is absent
            ("weight", U, "折算权重", "grade × FTE × service days weight"),
            ("increment_target", M, "目标增量", "increment target"),
            ("total_target", M, "目标任务量", "total target"),
            ("growth", U, "要求增长率", "growth asked of the book"),  # null where stock is zero or absent
            ("is_capped", F, "触及上限", "capped"),
            ("method", T, "分配方法", "method"),
        ),
        _table(
            "credit", "业绩归属", "credit", "view measure line_id rm_id",
            ("line_id", T, "明细号", "line id"),
            ("measure", T, "指标", "measure"),  # 'income' = the ledger; other names = balance increments
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),  # '' = unassigned; '~elimination' in the shadow view
            ("unit_id", T, "机构编号", "unit id"),
            ("customer_id", T, "客户编号", "customer id"),
            ("view", T, "口径", "view"),  # ledger, shadow
            ("role", T, "角色", "role"),
            ("share", U, "分成", "share"),
            ("amount", M, "金额", "amount"),
        ),
        _table(
            "score", "考核得分", "scores", "period measure rm_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("measure", T, "指标", "measure"),  # '' = all measures together
            ("actual", M, "实绩", "actual"),
            ("target", M, "目标", "target"),
            ("completion", U, "完成率", "completion"),
            ("points", U, "得分", "points"),
            ("rank", N, "排名", "rank"),  # null where the RM is outside the ranking
        ),
        _table(
            "pay", "薪酬明细", "pay lines", "period component rm_id measure line_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("component", T, "薪酬项目", "component"),
            ("measure", T, "指标", "measure"),
            ("line_id", T, "明细号", "line id"),
            ("customer_id", T, "客户编号", "customer id"),
            ("basis", M, "计酬基数", "basis"),  # the credited amount the line was paid on; null where there is none
            ("amount", M, "金额", "amount"),
            ("policy_clause", T, "办法条款", "policy clause"),
        ),
        _table(
            "pay_total", "薪酬合计", "pay totals", "period rm_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("gross", M, "应发合计", "gross"),
            ("paid_now", M, "本期发放", "paid now"),
            ("deferred", M, "延期支付", "deferred"),
        ),
        _table(
            "pool", "奖金包分配", "distribution of pools", "period pool level giver taker",
            ("period", T, "期间", "period"),
            ("pool", T, "奖金包", "pool"),
            ("level", T, "分配层次", "level"),  # unit: between units; rm: within a unit
            ("giver", T, "分出方", "giver"),  # the unit whose pool it is
            ("taker", T, "分得方", "taker"),  # unit or RM; '' = kept back, undistributed
            ("weight", U, "分配权重", "weight"),
            ("floor", M, "保底", "floor"),  # null where there is none
            ("cap", M, "封顶", "cap"),
            ("amount", M, "分得金额", "amount"),
            ("bound", T, "触及", "bound"),  # '', floor, cap, late (joined after the cut-off)
        ),
        _table(
            "fund", "基金支用", "funds and claims", "fund_id place",
            ("fund_id", T, "基金编号", "fund id"),
            ("place", N, "序号", "place"),  # 0 = the grant; claims in the order in which they bind
            ("claim_id", T, "申请编号", "claim id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("kind", T, "类别", "kind"),
            ("rm_id", T, "受益客户经理", "RM who benefits"),
            ("applicant", T, "申请人", "applicant"),
            ("approver", T, "审批人", "approver"),
            ("day", D, "日期", "day"),
            ("amount", M, "金额", "amount"),
            ("balance", M, "余额", "balance"),  # after the row; never below zero
            ("state", T, "状态", "state"),  # grant, paid, open, refused
            ("reason", T, "理由", "reason"),  # why refused: overspent, self_approved, beneficiary_approved, outside_period …
        ),
        _table(
            "held", "暂缓发放", "held pay", "period rm_id component measure line_id hold_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("component", T, "薪酬项目", "component"),
            ("measure", T, "指标", "measure"),
            ("line_id", T, "明细号", "line id"),
            ("hold_id", T, "暂缓编号", "hold id"),
            ("amount", M, "金额", "amount"),
            ("until_event", T, "解除条件", "until event"),
            ("release_on", D, "预定解除日", "release on"),
            ("released_in", T, "解除期间", "released in"),  # the period that pays it; null while it is held
        ),
        _table(
            "instalment", "延期支付分期", "deferred instalments", "period rm_id number",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("number", N, "期次", "number"),
            ("vests_on", D, "归属日", "vests on"),
            ("amount", M, "金额", "amount"),
            ("cancelled", M, "扣减", "cancelled"),  # malus decided by the run's day
            ("state", T, "状态", "state"),  # unvested, vested, cancelled
            ("is_carried", F, "往年结转", "carried from earlier years"),  # the ledger's, of no period of this run
            ("policy_clause", T, "办法条款", "policy clause"),
        ),
        _table(
            "malus", "追索扣回", "malus and clawback", "incident_id period number",
            ("incident_id", T, "事件编号", "incident id"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("cause", T, "事由类别", "cause"),
            ("period", T, "期间", "period"),  # whose pay is touched
            ("number", N, "期次", "number"),  # instalment; 0 = pay already paid out
            ("decided_in", T, "认定期间", "decided in"),  # the period whose settlement takes what is recovered
            ("basis", M, "基数", "basis"),
            ("share", U, "比例", "share"),
            ("amount", M, "金额", "amount"),
            ("kind", T, "方式", "kind"),  # malus (unvested), recover (paid)
            ("policy_clause", T, "办法条款", "policy clause"),
        ),
        _table(
            "settlement", "结算单", "settlement", "period rm_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("gross", M, "应发合计", "gross"),
            ("deferred", M, "延期支付", "deferred"),
            ("held", M, "暂缓发放", "held"),
            ("released", M, "解除暂缓", "released"),
            ("vested", M, "往期延期归属", "vested from earlier periods"),
            ("recovered", M, "追索扣回", "recovered"),
            ("payable", M, "本期应付", "payable"),  # gross - deferred - held + released + vested - recovered
            ("paid_out", M, "实际发放", "paid out"),  # payable less what is set against a balance owed; never negative
            ("receivable", M, "应收余额", "receivable"),  # what the RM owes after the period
        ),
        _table(
            "grade_review", "等级评定", "grade review", "period rm_id",
            ("period", T, "期间", "period"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("grade", T, "现等级", "grade"),
            ("proposed_grade", T, "拟评等级", "proposed grade"),
            ("verdict", T, "结论", "verdict"),  # promote, keep, watch, demote, exit, not_reviewed
            ("rule_id", T, "条款", "rule"),
            ("effective_on", D, "生效日", "effective on"),
            ("evidence", T, "依据", "evidence"),  # JSON: rule parts, limits and figures by period
            ("appeal", T, "申诉状态", "appeal"),  # '', open, upheld, rejected
        ),
        _table(
            "praise", "表扬通报", "praise bulletin", "period board peers place rm_id",
            ("period", T, "期间", "period"),
            ("board", T, "榜单", "board"),
            ("peers", T, "评比范围", "peers"),  # line or unit; '' for all
            ("place", N, "名次", "place"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("value", U, "依据值", "value"),
            ("cut_off", D, "截止日", "cut-off"),
        ),
        _table(
            "value", "客户价值", "value of customers", "period customer_id product",
            ("period", T, "期间", "period"),
            ("customer_id", T, "客户编号", "customer id"),
            ("product", T, "产品", "product"),
            ("unit_id", T, "机构编号", "unit id"),
            ("average_balance", M, "日均余额", "daily average balance"),
            ("margin", M, "内部资金转移定价净收入", "margin after transfer price"),
            ("fee", M, "手续费收入", "fees"),
            ("expected_loss", M, "预期损失", "expected loss"),
            ("cost", M, "运营成本", "operating cost"),
            ("tax", M, "税", "tax"),
            ("profit", M, "模拟利润", "simulated profit"),
            ("capital", M, "占用资本", "capital"),
            ("capital_charge", M, "资本成本", "capital charge"),
            ("eva", M, "经济增加值", "economic value added"),
        ),
        _table(
            "profit", "模拟利润归属", "simulated profit by holder", "period level id",
            ("period", T, "期间", "period"),
            ("level", T, "层次", "level"),  # total, unit, rm, customer; id '' = unassigned
            ("id", T, "编号", "id"),
            ("profit", M, "模拟利润", "simulated profit"),
            ("eva", M, "经济增加值", "economic value added"),
            ("capital", M, "占用资本", "capital"),
            ("raroc", U, "风险调整后资本回报率", "RAROC"),  # null where no capital is held
        ),
        _table(
            "dispute", "争议处理", "disputes", "dispute_id",
            ("dispute_id", T, "争议编号", "dispute id"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("period", T, "期间", "period"),
            ("line_id", T, "明细号", "line id"),
            ("claim", T, "诉求", "claim"),
            ("owner", T, "经办人", "owner"),
            ("filed_on", D, "提出日", "filed on"),
            ("due_on", D, "应答复日", "due on"),
            ("decided_on", D, "答复日", "decided on"),
            ("state", T, "状态", "state"),  # open, overdue, granted, rejected, withdrawn
            ("days_late", N, "逾期天数", "days late"),
            ("amount", M, "争议金额", "amount in dispute"),  # pay that rests on the line today
        ),
        _table(
            "directory", "名录", "directory", "kind id",
            ("kind", T, "类别", "kind"),  # customer, rm, unit
            ("id", T, "编号", "id"),
            ("name", T, "名称", "name"),
            ("line", T, "条线", "line"),  # of an RM
            ("unit_id", T, "机构编号", "unit id"),
            ("lat", U, "纬度", "latitude"),
            ("lon", U, "经度", "longitude"),
        ),
        _table(
            "control", "控制总数", "control totals", "stage name period",
            ("stage", T, "环节", "stage"),
            ("name", T, "项目", "name"),
            ("period", T, "期间", "period"),
            ("rows", N, "行数", "rows"),
            ("amount", M, "金额", "amount"),
        ),
    )
}
"""Every output table by name."""
