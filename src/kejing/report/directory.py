"""Names and places beside the codes of a run: who a customer, RM or unit is, and where."""

from __future__ import annotations

from kejing.stages.tables import OUT_TABLES, OutColumn, OutKind, OutTable

DIRECTORY = OutTable(
    "directory",
    "名录",
    "directory",
    (
        OutColumn("kind", OutKind.TEXT, "类别", "kind"),  # customer, rm, unit
        OutColumn("id", OutKind.TEXT, "编号", "id"),
        OutColumn("name", OutKind.TEXT, "名称", "name"),
        OutColumn("line", OutKind.TEXT, "条线", "line"),  # of an RM
        OutColumn("unit_id", OutKind.TEXT, "机构编号", "unit id"),
        OutColumn("lat", OutKind.MICRO, "纬度", "latitude"),
        OutColumn("lon", OutKind.MICRO, "经度", "longitude"),
    ),
    ("kind", "id"),
)
"""Optional table of a run: without it codes stand for names and the map of books stays empty."""

TABLES: dict[str, OutTable] = {**OUT_TABLES, DIRECTORY.name: OUT_TABLES.get(DIRECTORY.name, DIRECTORY)}
"""Every table a report can show, in the order of the flow."""
