"""The tables a run writes: columns, kinds, keys and both languages' labels.

Inside the engine money is BIGINT minor units of the policy's currency and every other number with a
fraction is BIGINT millionths; the files in ``OUT/`` carry the same digits as exact decimals.
"""

from __future__ import annotations

from kejing.stages.handover_tables import HANDOVER_TABLES
from kejing.stages.out_columns import D, F, M, N, OutColumn, OutKind, OutTable, T, U
from kejing.stages.out_columns import table as _table
from kejing.stages.staffing_tables import STAFFING_TABLES

__all__ = ["OUT_TABLES", "OutColumn", "OutKind", "OutTable"]

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
        *STAFFING_TABLES,
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
            "assign_curve", "管户方案取舍", "trade-offs of the books", "step",
            ("step", N, "序号", "step"),
            ("steered", T, "调节项", "steered"),  # moves: the budget of moves; bands: the price of the bands
            ("allowed", N, "允许量", "allowed"),  # customers that may move, or percent of the policy's price of the bands
            ("objective", N, "目标值", "objective"),
            ("lower_bound", N, "下界", "lower bound"),
            ("gap", U, "差距", "gap"),
            ("moved_customers", N, "调整客户数", "moved customers"),
            ("moved_value", M, "调整客户价值", "moved value"),
            ("fairness", U, "公平度(基尼)", "fairness (Gini)"),
            ("load_spread", U, "负荷离散(变异系数)", "load spread (coefficient of variation)"),
            ("mean_distance_km", U, "平均距离(公里)", "mean distance, km"),
            ("pooled_customers", N, "未配客户数", "customers in the pool"),
            ("overloaded_rms", N, "超负荷人数", "RMs over capacity"),
        ),
        _table(
            "assign_price", "约束的影子价格", "prices of the constraints", "resource rm_id",
            ("resource", T, "约束", "constraint"),  # minutes, span, value, load; moved_customers, moved_points
            ("rm_id", T, "客户经理编号", "RM id"),  # '' = over all RMs
            ("unit_id", T, "机构编号", "unit id"),
            ("used", N, "已用", "used"),
            ("allowed", N, "上限", "allowed"),  # the lower one where the price is negative
            ("price", U, "单位价格", "price of one unit"),  # points for an hour, a full-time count, a percent of a book, a move
            ("rm_worth", U, "增配一人价值", "worth of one more RM"),  # points, at most
        ),
        *HANDOVER_TABLES,
        _table(
            "visit", "走访联系计划", "visits and calls", "customer_id rm_id channel number",
            ("customer_id", T, "客户编号", "customer id"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("channel", T, "渠道", "channel"),
            ("number", N, "序号", "number"),  # of the contacts that the RM owes the customer by the channel
            ("quarter", T, "季度", "quarter"),
            ("tier", T, "层级", "tier"),
            ("standard", T, "标准或事件", "standard or event"),  # row of the service standard, or the event that asks for it
            ("due_from", D, "起始日", "due from"),
            ("due_to", D, "最迟日", "due by"),  # itself in time
            ("minutes", N, "用时(分钟)", "minutes"),
            ("done_on", D, "完成日", "done on"),
            ("planned_on", D, "计划日", "planned on"),  # or booked
            ("status", T, "状态", "status"),  # done, booked, planned, left_out
            ("reason", T, "理由", "reason"),  # catch_up; why left out: over, on_leave, no_day, no_time
            ("breach", T, "未满足", "breach"),  # minutes, spacing, both: what the day planned does not hold to
            ("contact_id", T, "联系记录编号", "contact id"),  # the contact that fills it
        ),
        _table(
            "visit_summary", "走访联系进度", "visits and calls by RM", "quarter rm_id channel",
            ("quarter", T, "季度", "quarter"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("unit_id", T, "机构编号", "unit id"),
            ("line", T, "条线", "line"),
            ("channel", T, "渠道", "channel"),  # '' = all channels together
            ("standard", N, "标准次数", "standard"),
            ("done", N, "已完成", "done"),
            ("done_by_all", N, "全员联系次数", "contacts by anybody"),  # a colleague's contact never fills the standard
            ("booked", N, "已预约", "booked"),
            ("planned", N, "已排", "planned"),
            ("left_out", N, "排不下", "left out"),
            ("no_time", N, "工时不足", "left out for want of time"),
            ("breaches", N, "勉强排入", "planned with a breach"),
            ("remaining", N, "剩余", "left to do"),
            ("days_left", N, "剩余工作日", "working days left"),
            ("need_per_day", U, "每日需完成", "needed a day"),
            ("expected", N, "按进度应完成", "expected by now"),
            ("ahead", N, "超前", "ahead of pace"),  # negative = behind
            ("required_hours", U, "所需工时", "required hours"),
            ("available_hours", U, "可用工时", "available hours"),  # of the whole quarter, leave taken off; all channels together
            ("load", U, "负荷率", "load"),
            ("travel_km", U, "计划路程(公里)", "way by the plan, km"),
        ),
        _table(
            "visit_lever", "走访缺口与对策", "what would help where visits do not fit", "quarter unit_id lever tier channel",
            ("quarter", T, "季度", "quarter"),
            ("unit_id", T, "机构编号", "unit id"),
            ("lever", T, "对策", "lever"),  # one_more_rm, one_contact_less
            ("tier", T, "层级", "tier"),
            ("channel", T, "渠道", "channel"),
            ("contacts", N, "减少次数", "contacts saved"),
            ("hours", U, "可腾出工时", "hours gained"),
            ("short_contacts", N, "缺口次数", "contacts short"),
            ("short_hours", U, "缺口工时", "hours short"),
            ("heads", N, "补足需增配人数", "RMs more that would take it"),
            ("cost", M, "增配年人工成本", "their cost a year"),
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
            ("is_carried", F, "往年结转", "carried from earlier years"),  # the ledger's, of no period of this run
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
            ("reimbursed", M, "费用报销", "expenses repaid"),  # by funds, beside pay; never set against a balance
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
            ("state", T, "状态", "state"),  # open, overdue, granted, partly, rejected, withdrawn
            ("days_late", N, "逾期天数", "days late"),
            ("amount", M, "争议金额", "amount in dispute"),  # pay that rests on the line today
            ("expected", M, "更正前金额", "amount before corrections"),  # before what was booked for the dispute
            ("booked", M, "更正入账", "booked for the RM"),  # null while undecided, or without a ledger
        ),
        _table(
            "dispute_posting", "争议更正", "corrections for disputes", "dispute_id posting_id",
            ("dispute_id", T, "争议编号", "dispute id"),
            ("posting_id", T, "分录号", "posting id"),
            ("entry", N, "入账批次", "entry"),
            ("period", T, "期间", "period"),
            ("posted_in", T, "入账期间", "posted in"),
            ("known_on", D, "获知日", "known on"),
            ("rm_id", T, "客户经理编号", "RM id"),
            ("component", T, "薪酬项目", "component"),
            ("measure", T, "指标", "measure"),
            ("line_id", T, "明细号", "line id"),
            ("amount", M, "金额", "amount"),
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
