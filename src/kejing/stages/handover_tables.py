"""Output tables of the handover: who goes to whom on which day, wave by wave, and the coverage that says so."""

from __future__ import annotations

from kejing.stages.out_columns import D, F, M, N, T, U, table

HANDOVER_TABLES = (
    table(
        "handover",
        "移交安排",
        "handovers",
        "customer_id",
        ("customer_id", T, "客户编号", "customer id"),
        ("wave", N, "批次", "wave"),  # 1 is the first
        ("reason", T, "理由", "reason"),  # leaver, vacant, new, moved, pinned
        ("decision_id", T, "同批单位", "moved together with"),  # customers with the same one move in the same wave
        ("tier", T, "层级", "tier"),
        ("unit_id", T, "机构编号", "unit id"),
        ("account_home_id", T, "账户归属机构", "account home"),  # no handover changes it (E5-27)
        ("from_rm_id", T, "移交人", "from RM"),  # null where nobody had the customer
        ("to_rm_id", T, "接收人", "to RM"),
        ("starts_on", D, "交接开始日", "handover starts"),
        ("effective_on", D, "生效日", "new RM leads from"),
        ("last_day", D, "原客户经理离任日", "old RM leaves on"),  # the first day without him; null where he stays
        ("joint_visits", N, "共同走访次数", "joint visits"),
        ("hours", U, "移交工时(双方各)", "hours of handover, of each side"),
        ("old_share", U, "交接期内原客户经理占主办份额", "part of the lead's share the old RM keeps meanwhile"),
        ("value", M, "客户价值", "value of the customer"),
        ("is_over_budget", F, "超出批次限额", "beyond the budget of the wave"),  # forced only: the old RM leaves before
    ),
    table(
        "handover_wave",
        "移交批次",
        "waves of handover",
        "wave rm_id",
        ("wave", N, "批次", "wave"),
        ("rm_id", T, "客户经理编号", "RM id"),  # '' = all RMs together
        ("starts_on", D, "批次开始日", "wave starts"),
        ("ends_on", D, "最后生效日", "last day on which a handover takes effect"),
        ("given", N, "移出客户数", "customers given"),
        ("received", N, "移入客户数", "customers received"),
        ("hours", U, "移交工时", "hours of handover"),
        ("most_customers", N, "客户数限额", "most customers"),
        ("most_hours", U, "工时限额", "most hours"),
        ("value", M, "移交客户价值", "value handed over"),
        ("is_over_budget", F, "超出批次限额", "beyond the budget of the wave"),
    ),
    table(
        "handover_coverage",
        "移交后的管户关系",
        "coverage after the handovers",
        "customer_id rm_id role valid_from",
        ("customer_id", T, "客户编号", "customer id"),
        ("rm_id", T, "客户经理编号", "RM id"),
        ("role", T, "角色", "role"),
        ("share", N, "分成(基点)", "share, basis points"),  # null as in the files: the policy's weight of the role
        ("valid_from", D, "生效日", "valid from"),
        ("valid_to", D, "失效日", "valid to"),
    ),
    table(
        "vacant_book",
        "空缺管户",
        "customers without an RM",
        "customer_id",
        ("customer_id", T, "客户编号", "customer id"),
        ("unit_id", T, "机构编号", "unit id"),
        ("tier", T, "层级", "tier"),
        ("last_rm_id", T, "最后一任客户经理", "last RM"),
        ("vacant_since", D, "空缺起日", "vacant since"),  # null: never had an RM, nor an opening day
        ("days", N, "空缺天数", "days vacant"),
        ("is_long", F, "长期空缺", "long vacant"),
        ("to_rm_id", T, "拟接收人", "RM to be"),
        ("effective_on", D, "生效日", "from"),
    ),
    table(
        "leave_cover",
        "休假代管",
        "cover of absences",
        "rm_id valid_from",
        ("rm_id", T, "客户经理编号", "RM id"),
        ("reason", T, "原因", "reason"),
        ("valid_from", D, "休假起日", "away from"),
        ("valid_to", D, "返岗日", "back on"),
        ("customers", N, "主办客户数", "customers led"),
        ("cover_rm_id", T, "代管人", "covering RM"),
        ("status", T, "状态", "status"),  # covered, nobody, cover_away, cover_left, no_end
        ("proposed_rm_id", T, "建议代管人", "RM proposed to cover"),
    ),
    table(
        "unit_move",
        "人随事走",
        "people follow their customers",
        "rm_id to_unit_id moves_on",
        ("rm_id", T, "客户经理编号", "RM id"),
        ("from_unit_id", T, "原机构", "from unit"),
        ("to_unit_id", T, "新机构", "to unit"),
        ("moves_on", D, "客户迁移日", "customers move on"),
        ("customers", N, "迁移客户数", "customers that move"),
        ("rm_moves_on", D, "客户经理迁移日", "RM moves on"),  # null: stays where he is
        ("gap_days", N, "相差天数", "days between"),
        ("status", T, "状态", "status"),  # follows, apart, stays
    ),
)
