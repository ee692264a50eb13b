"""Output tables of headcount and hotline: people needed, why, when to hire; seats by interval."""

from __future__ import annotations

from kejing.stages.out_columns import D, F, M, N, T, U, table

STAFFING_TABLES = (
    table(
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
        ("expected_heads", U, "预期应配人数(均值)", "required heads to be expected, mean"),  # at the end of the months ahead
        ("required_heads_p90", N, "应配人数P90", "required heads, P90"),  # null where the policy has no outlook
        ("available_heads", U, "现有人数(折合)", "available heads, full-time equivalent"),
        ("gap", U, "缺口", "gap"),
        ("reason", T, "依据", "reason"),
    ),
    table(
        "staff_gap", "缺口拆分", "gap split", "unit_id line standard",
        ("unit_id", T, "机构编号", "unit id"),
        ("line", T, "条线", "line"),
        ("standard", T, "配备标准", "staffing standard"),  # a method: span, span_<name>; workload where none is issued
        ("required_heads", N, "按工时应配", "required by workload"),
        ("allotted_heads", N, "按标准核定", "allotted by the standard"),
        ("available_heads", U, "现有人数(折合)", "available heads, full-time equivalent"),
        ("not_filled", U, "核定而未到岗", "not filled"),
        ("standard_too_low", U, "标准偏低", "standard too low"),
        ("gap", U, "缺口合计", "gap"),  # not_filled + standard_too_low
    ),
    table(
        "staff_lever", "各因素对人数的影响", "sensitivity of headcount", "unit_id line lever",
        ("unit_id", T, "机构编号", "unit id"),
        ("line", T, "条线", "line"),
        ("lever", T, "因素", "lever"),
        ("low", U, "低值", "low value"),
        ("base", U, "基准值", "base value"),
        ("high", U, "高值", "high value"),
        ("exact_heads_low", U, "低值时人数(未取整)", "heads before rounding at low"),
        ("exact_heads_base", U, "基准人数(未取整)", "heads before rounding at base"),
        ("exact_heads_high", U, "高值时人数(未取整)", "heads before rounding at high"),
        ("required_heads_low", N, "低值时人数", "required heads at low"),
        ("required_heads_base", N, "基准人数", "required heads at base"),
        ("required_heads_high", N, "高值时人数", "required heads at high"),
        ("reason", T, "依据", "reason"),
    ),
    table(
        "staff_path", "招聘路径", "hiring path", "unit_id line month",
        ("unit_id", T, "机构编号", "unit id"),
        ("line", T, "条线", "line"),
        ("month", D, "月份", "month"),
        ("expected_heads", U, "预期应配人数(均值)", "required heads to be expected, mean"),
        ("required_heads_p90", N, "应配人数P90", "required heads, P90"),
        ("required_heads", N, "拟满足人数", "heads to be met"),  # the mean rounded up, or the P90, as the policy says
        ("staying_heads", U, "留任人数(不招聘)", "heads that stay, without hiring"),
        ("hires", N, "新入职", "hires"),
        ("available_heads", U, "可用人数(新人折算)", "available heads, new ones at their ramp-up"),
        ("gap_without_hiring", U, "不招聘时缺口", "gap without hiring"),
        ("gap", U, "缺口", "gap"),
    ),
    table(
        "staff_benefit", "增人效益", "benefit of more RMs", "unit_id line added",
        ("unit_id", T, "机构编号", "unit id"),
        ("line", T, "条线", "line"),
        ("added", N, "增加人数", "RMs added"),
        ("coverage", U, "配备率", "people over heads needed"),
        ("churn_factor", U, "流失倍数", "churn factor"),  # by curve churn_by_coverage; null where it says nothing
        ("lost", M, "目前年流失收入", "revenue lost a year today"),
        ("saved", M, "年挽回收入", "revenue saved a year"),
        ("cost", M, "年人工成本", "cost a year"),
        ("net", M, "净效益", "left after cost"),
        ("is_worth", F, "合算", "worth it"),
        ("is_best", F, "最佳人数", "best number"),
    ),
    table(
        "attention", "层级间服务投入", "attention across tier lines", "tier measure",
        ("tier", T, "层级", "tier"),
        ("below", T, "下一层级", "tier below"),
        ("measure", T, "投入", "kind of attention"),  # visits, hours: per so much of value; discount: a share
        ("customers", N, "客户数", "customers"),
        ("value_per_year", U, "每户年价值", "value of a customer a year"),
        ("amount_per_year", U, "每户每年投入", "attention a customer a year"),
        ("intensity", U, "单位价值投入", "attention per value"),
        ("below_intensity", U, "下一层级单位价值投入", "attention per value, tier below"),
        ("difference", U, "相差比例", "relative difference"),
        ("is_inverted", F, "倒挂", "inverted"),
    ),
    table(
        "roster", "客户经理名册(模拟)", "simulated roster", "rm_id",
        ("rm_id", T, "客户经理编号", "RM id"),
        ("line", T, "条线", "line"),
        ("tier", T, "服务层级", "tier served"),
        ("unit_id", T, "机构编号", "unit id"),
        ("lat", U, "纬度", "latitude"),
        ("lon", U, "经度", "longitude"),
    ),
    table(
        "hotline", "热线坐席", "seats of the hotline", "unit_id day starts",
        ("unit_id", T, "机构编号", "unit id"),
        ("day", D, "日期", "day"),
        ("starts", T, "时段开始", "interval starts"),
        ("minutes", N, "时段分钟数", "minutes of the interval"),
        ("expected_calls", U, "预计呼入", "calls to be expected"),
        ("handle_seconds", U, "平均通话秒数", "mean seconds of a call"),
        ("load", U, "话务量(爱尔兰)", "load, erlang"),
        ("seats", N, "坐席数", "seats"),  # Erlang A: callers hang up
        ("seats_erlang_c", N, "坐席数(不计放弃)", "seats if nobody hangs up"),
        ("seats_p90", N, "坐席数P90", "seats, P90 of calls"),
        ("rostered_heads", N, "排班人数", "people on the roster"),
        ("in_time", U, "按时接通率", "answered in time"),  # share of those who call
        ("abandoned", U, "放弃率", "abandoned"),
        ("occupancy", U, "坐席利用率", "occupancy"),
    ),
    table(
        "hotline_day", "热线逐日", "hotline by day", "unit_id day",
        ("unit_id", T, "机构编号", "unit id"),
        ("day", D, "日期", "day"),
        ("expected_calls", U, "预计呼入", "calls to be expected"),
        ("peak_seats", N, "最多坐席", "most seats"),
        ("peak_seats_p90", N, "最多坐席P90", "most seats, P90 of calls"),
        ("seat_hours", U, "坐席小时", "seat hours"),
        ("rostered_hours", U, "排班小时", "rostered hours"),
        ("in_time", U, "按时接通率", "answered in time"),
        ("abandoned", U, "放弃率", "abandoned"),
        ("simulated_in_time", U, "按时接通率(模拟)", "answered in time, simulated"),
        ("simulated_abandoned", U, "放弃率(模拟)", "abandoned, simulated"),
    ),
    table(
        "hotline_centre", "热线人数", "heads of the hotline", "unit_id",
        ("unit_id", T, "机构编号", "unit id"),
        ("line", T, "条线", "line"),
        ("days", N, "计划天数", "days planned"),
        ("expected_calls", U, "预计呼入", "calls to be expected"),
        ("handle_seconds", U, "平均通话秒数", "mean seconds of a call"),
        ("patience_seconds", U, "平均耐心秒数", "mean patience, seconds"),
        ("rostered_hours", U, "排班小时", "rostered hours"),
        ("required_heads", N, "应配人数", "required heads"),
        ("available_heads", U, "现有人数(折合)", "available heads, full-time equivalent"),
        ("gap", U, "缺口", "gap"),
    ),
    table(
        "hotline_check", "话务预测检验", "check of the forecast of calls", "unit_id method",
        ("unit_id", T, "机构编号", "unit id"),
        ("method", T, "方法", "method"),  # forecast; last_week, last_four_weeks, weekday_mean beside it
        ("days", N, "检验天数", "days checked"),
        ("calls", N, "实际呼入", "calls that came"),
        ("interval_error", U, "时段误差", "error by interval"),  # absolute error over calls
        ("day_error", U, "日误差", "error by day"),
    ),
)
