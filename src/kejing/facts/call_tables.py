"""Facts about the hotline (10000 号): calls by interval, as a call centre's own reports have them (E4-01, E4-06)."""

from __future__ import annotations

from kejing.facts.columns import Column, FactTable, Kind, ident

CALLS = FactTable(
    "calls",
    "话务量",
    "calls of the hotline",
    (
        ident(
            "unit_id",
            "机构编号",
            "unit id",
            references=("units", "unit_id"),
            headers=("机构号", "话务中心", "call centre"),
        ),
        Column("starts_at", Kind.INSTANT, "时段开始", "interval starts at", headers=("开始时间", "时段", "interval")),
        Column("offered", Kind.COUNT, "呼入量", "calls offered", headers=("来话量", "呼入次数", "calls")),
        Column("answered", Kind.COUNT, "接通量", "calls answered", required=False, headers=("应答量", "接听量")),
        Column("abandoned", Kind.COUNT, "放弃量", "calls abandoned", required=False, headers=("挂断量", "排队放弃")),
        Column(
            "handle_seconds",
            Kind.COUNT,
            "通话秒数合计",
            "seconds handled, all calls together",
            required=False,
            headers=("处理时长",),
        ),
        Column(
            "wait_seconds",
            Kind.COUNT,
            "排队秒数合计",
            "seconds waited, all callers together",
            required=False,
            headers=("等待时长",),
        ),
    ),
    key=("unit_id", "starts_at"),
    sort=("unit_id", "starts_at", "known_at"),
)

CALL_TABLES = (CALLS,)
