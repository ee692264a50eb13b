"""A small valid institution, written as the files a bank would bring."""

from __future__ import annotations

import copy
import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl

type Rows = list[dict[str, object]]
type Tables = dict[str, Rows]

KNOWN_AT = "2026-01-31"


def _rows(headers: str, *lines: str) -> Rows:
    names = headers.split("|")
    return [dict(zip(names, line.split("|"), strict=True)) for line in lines]


_VALID: Tables = {
    "units": _rows(
        "机构编号|名称|层级|上级机构|纬度|经度",
        "U0|总行|0||31.2|121.5",
        "U1|东支行|1|U0|31.3|121.6",
        "U2|西支行|1|U0|31.1|121.4",
        "U8|北分理处|2|U1|31.4|121.5",
        "U9|南分理处|2|U1|31.0|121.5",
    ),
    "rms": _rows(
        "客户经理编号|姓名|条线|等级|机构编号|折合人数|生效日|失效日",
        "R1|王一|corporate|senior|U1|1|2020-01-01|",
        "R2|李二|retail|junior|U2|0.5|2020-01-01|",
        "R3|张三|corporate|junior|U2|1|2020-01-01|2025-01-01",
        "R3|张三|corporate|senior|U2|1|2025-01-01|",
    ),
    "rm_absences": _rows("客户经理编号|原因|代管客户经理|生效日|失效日", "R2|产假|R1|2025-03-01|2025-09-01"),
    "customers": _rows(
        "客户编号|客户名称|客户类别|集团编号|行业|管理机构|纬度|经度|开户日期|销户日期",
        "0001|甲公司|corporate|0001|C|U1|31.2|121.5|2019-01-01|",
        "0002|乙公司|corporate|0001|C|U1|31.2|121.5|2019-01-01|",
        "0003|丙公司|corporate|0003|G|U2|31.2|121.5|2019-01-01|2025-12-31",
        "0004|丁公司|corporate|0001|C|U2|31.2|121.5|2019-01-01|",
        "0005|戊公司|corporate||C|U2|31.2|121.5|2019-01-01|",
    ),
    "measures": _rows(
        "客户编号|指标|期初|期末(不含)|数值|单位",
        "0001|annual_sales|2024-01-01|2025-01-01|250000000.00|CNY",
        "0002|credit_grade|2024-01-01|2025-01-01|AA|grade",
        "0003|employees|2024-01-01|2025-01-01|120|count",
    ),
    "products": _rows("产品|产品名称|业务类型|考核指标", "dep|存款|deposits|deposit", "loan|贷款|loans|loan"),
    "fx_rates": _rows(
        "币种|折算币种|汇率|生效日|失效日", "USD|CNY|7.18|2025-01-01|2026-01-01", "EUR|CNY|7.8|2024-01-01|2025-01-01"
    ),
    "coverage": _rows(
        "客户编号|客户经理编号|角色|分成比例|生效日|失效日",
        "0001|R1|lead|60%|2025-01-01|",
        "0001|R2|assist|40%|2025-01-01|",
        "0002|R1|lead|100%|2025-01-01|",
        "0003|R2|lead|100%|2025-01-01|2025-07-01",
        "0003|R1|lead|100%|2025-07-01|2025-12-31",
    ),
    "income": _rows(
        "流水号|客户编号|产品|业务类型|金额|币种|入账日期|入账机构|经营责任机构|有争议",
        "L1|0001|dep|deposits|1000.01|CNY|2025-03-31|U1|U1|否",
        "L2|0002|loan|loans|-20.5|CNY|2025-04-30|U1|U1|否",
        "L3|0003|dep|deposits|7|USD|2025-05-31|U2|U2|是",
        "L4|0001|dep|deposits|12.5万|CNY|2025-06-30|U1|U1|",
    ),
    "balances": _rows(
        "客户编号|产品|月份|月日均余额|币种",
        "0001|dep|2025-05-01|123456.78|CNY",
        "0001|dep|2025-06-01|1,234,567.89|CNY",
        "0002|loan|2025-06-01|5000|CNY",
    ),
    "contacts": _rows(
        "记录编号|客户编号|客户经理编号|渠道|方向|结果|发生时间",
        "K1|0001|R1|visit|outbound|需求确认|2025-05-06 10:30",
        "K2|0002|R1|电话|呼出|未接|2025-05-07 09:00:30",
    ),
    "losses": _rows(
        "客户编号|业务|流失额度|币种|流失原因|竞争对手|疑似流失日|确认流失日", "0003|dep|100|CNY|price|他行|2025-10-01|"
    ),
    "goals": _rows(
        "机构编号|指标|期初|期末(不含)|目标额|币种",
        "U1|deposit|2025-01-01|2026-01-01|1000000|CNY",
        "U2|deposit|2025-01-01|2026-01-01|2000000|CNY",
    ),
    "pins": _rows("客户编号|客户经理编号|规则|原因|生效日|失效日", "0002|R1|pin|合同约定|2025-01-01|"),
}


def institution(*names: str) -> Tables:
    """A fresh copy of the valid institution, or of the tables named, headers as columns are called in Chinese."""
    return {name: copy.deepcopy(_VALID[name]) for name in names or _VALID}


def small_bank() -> Tables:
    """The tables that lead to income, enough for most claims."""
    return institution("units", "products", "fx_rates", "customers", "income")


def covered_bank() -> Tables:
    """`small_bank` with its RMs and who covers whom."""
    return small_bank() | institution("rms", "coverage")


def write_csv(path: Path, rows: Rows, *, encoding: str = "utf-8") -> None:
    """Write one table; the first row's names are the header."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rows[0])
        writer.writerows([list(row.values()) for row in rows])


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> None:
    """Write a workbook of sheets of cells, typed as given."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        for line in lines:
            page.append(list(line))
    book.save(path)


def write_all(folder: Path, tables: Tables) -> None:
    """Write every table as a CSV file named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows)
