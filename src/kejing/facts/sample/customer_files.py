"""Customers and their measures: a workbook a branch, annual sales, credit grades, assets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kejing.facts.sample.clients import BANDS, Clients
from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import Cell, ParquetFile, write_csv, write_workbook
from kejing.facts.sample.ledger import MONEY, money
from kejing.facts.sample.parameters import months_later
from kejing.facts.sample.registers import day_cell
from kejing.measure.findings import Place

SIMPLIFIED = (
    "客户编号",
    "客户名称",
    "集团编号",
    "行业",
    "管理机构",
    "账户归属",
    "所需技能",
    "纬度",
    "经度",
    "开户日期",
    "销户日期",
    "生效日",
    "失效日",
)
TRADITIONAL = (
    "客戶編號",
    "客戶名稱",
    "集團編號",
    "行業",
    "管理機構",
    "賬戶歸屬",
    "所需技能",
    "緯度",
    "經度",
    "開戶日期",
    "銷戶日期",
    "生效日",
    "失效日",
)
SHEETS = {
    "simplified": {"corporate": "公司客户", "retail": "个人客户"},
    "traditional": {"corporate": "公司客戶", "retail": "個人客戶"},
}
ASSETS_SCHEMA = pa.schema(
    [("cust_no", pa.string()), ("quarter_from", pa.date32()), ("quarter_to", pa.date32()), ("aum", MONEY)]
)


def write_customers(delivery: Delivery) -> None:
    """A workbook a branch, a sheet a kind; one branch writes traditional characters. Moved customers stand in two."""
    defects, kinds = delivery.defects, (delivery.corporate, delivery.retail)
    zero = {clients.kind: _zero_places(delivery, clients) for clients in kinds}
    for place, branch in enumerate(delivery.plan.institution.branches):
        is_old_style = branch.batch == "traditional"
        name = f"客戶清單_{branch.name}.xlsx" if is_old_style else f"客户清单_{branch.name}.xlsx"
        headers = TRADITIONAL if is_old_style else SIMPLIFIED
        sheets: dict[str, dict[str, list[Cell]]] = {}
        for clients in kinds:
            sheet = SHEETS[branch.batch][clients.kind]
            rows = _branch_rows(delivery, clients, place, zero[clients.kind])
            for number, (row, cells) in enumerate(rows, start=2):
                if row in zero[clients.kind] and cells[12] is None:
                    place_of = Place(file=name, sheet=sheet, row=number, column=headers[7], value="0")
                    defects.note("zero_coordinates", place_of)
                if cells[11] is not None:
                    place_of = Place(file=name, sheet=sheet, row=number, column=headers[11], value=str(cells[11]))
                    defects.note("customer_moved", place_of)
            sheets[sheet] = {header: [cells[index] for _, cells in rows] for index, header in enumerate(headers)}
        write_workbook(delivery.folder, name, sheets, delivery.log)


def _zero_places(delivery: Delivery, clients: Clients) -> set[int]:
    """Rows whose place the branch typed as 0/0; half of the defects in each kind."""
    chance = delivery.plan.chance(f"zero places {clients.kind}")
    known = np.flatnonzero(~np.isnan(clients.lat) & np.isnat(clients.moved_on))
    half = (delivery.defects.count("zero_coordinates") + 1) // 2
    return {int(row) for row in chance.choice(known, half, replace=False)}


def _branch_rows(delivery: Delivery, clients: Clients, branch: int, zero: set[int]) -> list[tuple[int, list[Cell]]]:
    """Rows of one branch: its customers, and those it had until they moved."""
    plan, organisation = delivery.plan, delivery.organisation
    industries = [*plan.institution.industries, None]
    branch_of = np.array([item.branch for item in organisation.departments])
    moved = ~np.isnat(clients.moved_on)
    until_moved = moved & (branch_of[clients.earlier_department] == branch)
    here = np.flatnonzero((branch_of[clients.department] == branch) | until_moved)
    rows: list[tuple[int, list[Cell]]] = []
    for row in here.tolist():
        was_here = bool(until_moved[row])
        department = organisation.departments[
            int((clients.earlier_department if was_here else clients.department)[row])
        ]
        home = plan.institution.branches[branch_of[clients.earlier_department[row]]]
        lat, lon = (0, 0) if row in zero else (clients.lat[row], clients.lon[row])
        span = [None, day_cell(clients.moved_on[row])] if was_here else [day_cell(clients.moved_on[row]), None]
        cells: list[Cell] = [
            clients.customer_id[row], clients.name[row], clients.group_id[row], industries[clients.industry[row]],
            department.unit_id, home.unit_id, clients.skill[row],
            None if np.isnan(lat) else float(lat), None if np.isnan(lon) else float(lon),
            day_cell(clients.opened[row]), day_cell(clients.closed[row]), *span,
        ]  # fmt: skip
        rows.append((row, cells))
    return rows


def write_annual_sales(delivery: Delivery) -> None:
    """``年度销售额.xlsx``: ids typed as numbers, CNY in 万元 and USD in dollars; the latest year misses some."""
    plan, clients, defects = delivery.plan, delivery.corporate, delivery.defects
    chance, sales = plan.chance("annual sales"), plan.institution.sales
    sheets: dict[str, dict[str, list[Cell]]] = {}
    missing = np.flatnonzero(chance.random(len(clients)) < sales.missing_share)
    for sheet, in_dollars, header in (("人民币", False, "销售额(万元)"), ("美元", True, "销售额(美元)")):
        columns: dict[str, list[Cell]] = {"客户编号": [], "期初": [], "期末(不含)": [], header: []}
        for year in (plan.year - 2, plan.year - 1):
            start, end = np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01")
            reports = (clients.in_dollars == in_dollars) & (clients.opened < end) & ~(clients.closed < end)
            if year == plan.year - 1:
                reports[missing] = False
            rows = np.flatnonzero(reports)
            earlier = 1 / (1 + np.clip(clients.growth[rows], -0.3, 0.6)) if year < plan.year - 1 else np.ones(len(rows))
            amount = clients.size[rows] * np.where(clients.is_near_line[rows], 1.0, earlier)
            amount = np.rint(amount / sales.usd_rate) if in_dollars else np.rint(amount / 100) / 100
            columns["客户编号"] += [int(item) for item in clients.customer_id[rows]]
            columns["期初"] += [day_cell(start)] * len(rows)
            columns["期末(不含)"] += [day_cell(end)] * len(rows)
            columns[header] += amount.tolist()
        sheets[sheet] = columns
        first = str(columns["客户编号"][0])  # the whole column is spoilt; the first row stands for it
        place = Place(file="年度销售额.xlsx", sheet=sheet, row=2, column="客户编号", value=first)
        defects.note("lost_leading_zeros", place)
    write_workbook(delivery.folder, "年度销售额.xlsx", sheets, delivery.log)
    for row in missing.tolist():
        place = Place(file="年度销售额.xlsx", column="客户编号", value=clients.customer_id[row])
        defects.note("missing_annual_sales", place)


def write_grades(delivery: Delivery) -> None:
    """``信用评级.csv``: grades for each of the two years; larger customers are better, micro ones often ungraded."""
    plan, clients = delivery.plan, delivery.corporate
    chance, grades = plan.chance("grades"), plan.institution.grades
    is_micro = clients.band == BANDS.index("micro")
    scale, shares = np.array(list(grades), object), np.array(list(grades.values()))
    drawn = np.minimum(chance.choice(len(scale), len(clients), p=shares / shares.sum()) + is_micro, len(scale) - 1)
    has_grade = chance.random(len(clients)) < np.where(is_micro, 0.7, 0.97)
    parts = []
    for year in (plan.year - 1, plan.year):
        end = np.datetime64(f"{year + 1}-01-01")
        rows = np.flatnonzero(has_grade & (clients.opened < end - np.timedelta64(180, "D")) & ~(clients.closed < end))
        slips = (chance.random(len(rows)) < 0.08) & (year == plan.year)
        grade = np.minimum(drawn[rows] + slips, len(scale) - 1)
        days = [pa.array([str(day)] * len(rows), pa.string()) for day in (np.datetime64(f"{year}-01-01"), end)]
        columns = [pa.array(clients.customer_id[rows], pa.string()), *days, pa.array(scale[grade], pa.string())]
        parts.append(pa.table(columns, names=["客户号", "评级生效日", "评级失效日", "信用等级"]))
    write_csv(delivery.folder, "信用评级.csv", pa.concat_tables(parts), delivery.log, encoding="gb18030")


def write_assets(delivery: Delivery) -> None:
    """``个人客户资产.parquet``: assets of retail customers by quarter."""
    plan, clients = delivery.plan, delivery.retail
    chance = plan.chance("assets")
    with ParquetFile(delivery.folder, "个人客户资产.parquet", ASSETS_SCHEMA, delivery.log) as file:
        for quarter in range(8):
            start = plan.months[3 * quarter]
            end = months_later(start, 3)
            rows = np.flatnonzero((clients.opened < end) & ~(clients.closed < end))
            growth = (1 + clients.growth[rows]) ** (quarter / 4)
            amount = clients.size[rows] * growth * np.exp(chance.normal(0, 0.05, len(rows)))
            assets = money(np.rint(amount * 100).astype(np.int64))
            days = [pa.array(np.full(len(rows), day)) for day in (start, end)]
            file.append(
                pa.table([pa.array(clients.customer_id[rows], pa.string()), *days, assets], schema=ASSETS_SCHEMA)
            )
