"""The workbooks of the tutorial: a bank of two branches, four RMs and twelve corporate customers.

The files stand in ``docs/tutorial/files``; run this module from the root of the repository to write them anew::

    python -m tests.docs.tutorial_files
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

type Cell = str | int | float | dt.date | None
type Rows = list[Sequence[Cell]]
type Book = dict[str, Rows]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "files"
LANGUAGES = ("zh", "en")
_MONTHS = (dt.date(2025, 12, 1), dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1))
_OPEN = dt.date(2024, 1, 1)
_TYPED = "2026-01-30"
"""One posting date that is text in the workbook."""
_WRITTEN = dt.datetime(2026, 4, 1, 9, 0, tzinfo=dt.UTC).replace(tzinfo=None)
"""Date and time inside the workbooks; fixed, so that the same tables give the same bytes."""

_CUSTOMERS: Sequence[tuple[str, str, str, str, str, int | None, int, int]] = (
    # id, zh, en, industry, unit, annual sales in million CNY, deposits and loans at year end in million CNY
    ("001", "云江重工", "Yunjiang Heavy Industry", "manufacturing", "B1", 15_200, 360, 420),
    ("002", "江口港务", "Jiangkou Port", "transport", "B1", 2_400, 150, 210),
    ("003", "青石矿业", "Qingshi Mining", "mining", "B1", 880, 90, 130),
    ("004", "云江百货", "Yunjiang Stores", "trade", "B1", 360, 60, 25),
    ("005", "白塔建设", "Baita Construction", "construction", "B1", 140, 45, 40),
    ("006", "晨光印刷", "Chenguang Printing", "manufacturing", "B1", 30, 8, 0),
    ("007", "东湖科技", "Donghu Technology", "information", "B2", 1_100, 120, 60),
    ("008", "东湖食品", "Donghu Foods", "manufacturing", "B2", 420, 55, 50),
    ("009", "南岸物流", "Nan'an Logistics", "transport", "B2", 95, 24, 30),
    ("010", "知行软件", "Zhixing Software", "software", "B2", 60, 18, 0),
    ("011", "望湖酒店", "Wanghu Hotel", "services", "B2", 12, 5, 0),
    ("012", "新渡农业", "Xindu Farming", "agriculture", "B2", None, 6, 0),
)
_GRADES = ("AAA", "AA", "A", "AA", "BBB", "BB", "AA", "A", "BBB", "A", "BB", "B")
_COVERAGE: Sequence[tuple[str, str, str, str | None, str, str | None]] = (
    ("001", "R01", "lead", "60%", "2024-01-01", None),
    ("001", "R02", "assist", "40%", "2024-01-01", None),
    ("002", "R01", "lead", None, "2024-01-01", None),
    ("003", "R02", "lead", None, "2024-01-01", None),
    ("004", "R02", "lead", None, "2024-01-01", None),
    ("005", "R01", "lead", None, "2024-01-01", "2026-02-15"),
    ("005", "R02", "lead", None, "2026-02-15", None),
    ("006", "R02", "lead", None, "2024-01-01", None),
    ("007", "R03", "lead", "70%", "2024-01-01", None),
    ("007", "R04", "assist", "40%", "2024-01-01", None),
    ("008", "R03", "lead", None, "2024-01-01", None),
    ("009", "R04", "lead", None, "2024-01-01", None),
    ("010", "R04", "lead", None, "2024-01-01", None),
    ("011", "R04", "lead", None, "2024-01-01", None),
)
_INCOME: Sequence[tuple[str, str, str, str, str]] = (
    ("T001", "001", "F01", "820000.00", "2026-01-12"),
    ("T002", "001", "F02", "450000.01", "2026-02-26"),
    ("T003", "002", "F01", "310000.00", "2026-01-20"),
    ("T004", "002", "F02", "96000.00", "2026-03-05"),
    ("T005", "003", "F01", "120000.00", "2026-01-15"),
    ("T006", "003", "F01", "125000.00", "2026-02-14"),
    ("T007", "004", "F01", "64000.50", "2026-02-03"),
    ("T008", "005", "F02", "48000.00", "2026-02-10"),
    ("T009", "005", "F02", "52000.00", "2026-02-20"),
    ("T010", "006", "F01", "9800.00", "2026-03-11"),
    ("T011", "007", "F01", "205000.00", "2026-01-28"),
    ("T012", "007", "F02", "150000.00", "2026-03-18"),
    ("T013", "008", "F01", "73000.00", "2026-02-30"),
    ("T014", "009", "F01", "31000.00", "2026-03-02"),
    ("T015", "010", "F01", "26500.00", "2026-01-30"),
    ("T016", "011", "F01", "7200.00", "2026-02-17"),
    ("T017", "099", "F01", "15000.00", "2026-02-24"),
    ("T018", "012", "F01", "4100.00", "2026-03-20"),
)
_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "lead": "主办",
        "assist": "协办",
        "corporate": "对公",
        "F01": "现金管理",
        "F02": "保函",
    },
    "en": {
        "lead": "lead",
        "assist": "assist",
        "corporate": "corporate",
        "F01": "cash management",
        "F02": "guarantee",
    },
}
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "zh": {
        "units": ("云江银行总行", "云江支行", "东湖支行"),
        "rms": ("李明", "王芳", "张伟", "陈静"),
        "products": ("单位活期存款", "流动资金贷款", "现金管理", "保函与承诺"),
    },
    "en": {
        "units": ("Yunjiang Bank, head office", "Yunjiang branch", "Donghu branch"),
        "rms": ("Li Ming", "Wang Fang", "Zhang Wei", "Chen Jing"),
        "products": ("current account", "working capital loan", "cash management", "guarantees"),
    },
}
_HEADERS: dict[str, dict[str, tuple[str, list[str]]]] = {
    "zh": {
        "units": ("机构", ["机构编号", "名称", "层级", "上级机构", "纬度", "经度"]),
        "rms": (
            "客户经理",
            [
                "工号", "姓名", "条线", "等级", "机构编号", "折合人数",
                "年基本薪酬", "年目标奖金", "薪酬币种", "起始日期",
            ],
        ),
        "products": ("产品", ["产品", "产品名称", "业务类型", "考核指标"]),
        "fx_rates": ("汇率", ["币种", "折算币种", "汇率", "起始日期"]),
        "customers": ("客户", ["客户编号", "客户名称", "客户类别", "行业", "管理机构", "开户日期", "起始日期"]),
        "measures": ("客户指标", ["客户编号", "指标", "期初", "期末(不含)", "数值", "单位"]),
        "coverage": ("管户关系", ["客户编号", "客户经理编号", "角色", "分成比例", "起始日期", "终止日期"]),
        "balances": ("余额", ["客户编号", "产品", "月份", "月日均余额", "币种"]),
        "goals": ("机构目标", ["机构编号", "指标", "期初", "期末(不含)", "目标额", "币种"]),
        "income": ("交易明细", ["流水", "客户", "品种", "发生额(元)", "记账日"]),
    },
    "en": {
        "units": ("units", ["unit id", "name", "level", "parent unit", "latitude", "longitude"]),
        "rms": (
            "rms",
            [
                "RM id", "name", "line", "grade", "unit id", "full-time equivalent", "base pay a year",
                "target bonus a year", "pay currency", "valid from",
            ],
        ),
        "products": ("products", ["product", "name", "business type", "performance measure"]),
        "fx_rates": ("fx_rates", ["currency", "quote currency", "rate", "valid from"]),
        "customers": (
            "customers",
            ["customer id", "customer name", "kind", "industry", "unit id", "opened on", "valid from"],
        ),
        "measures": ("measures", ["customer id", "measure", "period start", "period end (excluded)", "value", "unit"]),
        "coverage": ("coverage", ["customer id", "RM id", "role", "share", "valid from", "valid to"]),
        "balances": ("balances", ["customer id", "product", "month", "average balance", "currency"]),
        "goals": ("goals", ["unit id", "measure", "period start", "period end (excluded)", "goal", "currency"]),
        "income": ("transactions", ["Ref", "Client", "Item", "Amount CNY", "Posted"]),
    },
}  # fmt: skip


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)


def _posted(text: str) -> Cell:
    """A date cell; a day that the calendar does not have, or that somebody typed, stays text."""
    try:
        return text if text == _TYPED else dt.date.fromisoformat(text)
    except ValueError:
        return text


def _balances() -> Rows:
    """Deposits grow by a different pace each month; a loan is repaid here and drawn there."""
    rows: Rows = []
    for place, (customer, *_, deposits, loans) in enumerate(_CUSTOMERS):
        for step, month in enumerate(_MONTHS):
            growth = (0, 12, 18, 30)[step] * (place % 3 + 1) - (25 if place == 3 and step else 0)
            rows.append((customer, "D01", month, deposits * (1_000 + growth) * 1_000, "CNY"))
            if loans:
                drawn = (0, 5, 20, 26)[step] * ((place + 1) % 4)
                rows.append((customer, "L01", month, loans * (1_000 + drawn) * 1_000, "CNY"))
    return rows


def _master(lang: str) -> dict[str, Rows]:
    words, names = _WORDS[lang], _NAMES[lang]
    quarter = (dt.date(2026, 1, 1), dt.date(2026, 4, 1))
    year = (dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    goals = (
        ("deposit_increment", 12_000_000, 6_000_000),
        ("loan_increment", 9_000_000, 2_500_000),
        ("fee_income", 1_900_000, 520_000),
    )
    people = (
        ("senior", "B1", 180_000, 120_000),
        ("middle", "B1", 150_000, 100_000),
        ("middle", "B2", 150_000, 100_000),
        ("junior", "B2", 120_000, 60_000),
    )
    products = (
        ("D01", "deposit", "deposit_increment"),
        ("L01", "loan", "loan_increment"),
        ("F01", "fee", "fee_income"),
        ("F02", "fee", "fee_income"),
    )
    name = 1 if lang == "zh" else 2
    return {
        "units": [
            ("HO", names["units"][0], 1, None, 30.32, 115.90),
            ("B1", names["units"][1], 2, "HO", 30.33, 115.88),
            ("B2", names["units"][2], 2, "HO", 30.27, 116.02),
        ],
        "rms": [
            (f"R0{place}", names["rms"][place - 1], words["corporate"], grade, unit, 1, base, bonus, "CNY", _OPEN)
            for place, (grade, unit, base, bonus) in enumerate(people, start=1)
        ],
        "products": [
            (product, names["products"][place], business, measure)
            for place, (product, business, measure) in enumerate(products)
        ],
        "fx_rates": [("USD", "CNY", 7.1, _OPEN)],
        "customers": [
            (row[0], row[name], words["corporate"], row[3], row[4], dt.date(2019, 5, 1 + place), _OPEN)
            for place, row in enumerate(_CUSTOMERS)
        ],
        "measures": [
            *((row[0], "annual_sales", *year, row[5] * 1_000_000, "CNY") for row in _CUSTOMERS if row[5] is not None),
            *((row[0], "credit_grade", *year, grade, "grade") for row, grade in zip(_CUSTOMERS, _GRADES, strict=True)),
        ],
        "coverage": [
            (customer, rm, words[role], share, _day(since), _day(until))
            for customer, rm, role, share, since, until in _COVERAGE
        ],
        "balances": _balances(),
        "goals": [
            (unit, measure, *quarter, amount, "CNY")
            for measure, *amounts in goals
            for unit, amount in zip(("B1", "B2"), amounts, strict=True)
        ],
    }


def books(lang: str) -> dict[str, Book]:
    """Sheets of each workbook in ``lang``: the header row, then the rows."""
    headers, words = _HEADERS[lang], _WORDS[lang]
    master = {headers[table][0]: [tuple(headers[table][1]), *rows] for table, rows in _master(lang).items()}
    lines: Rows = [
        (ref, client, words[item], float(amount), _posted(posted)) for ref, client, item, amount, posted in _INCOME
    ]
    sheet, names = headers["income"]
    return {
        "基础资料.xlsx" if lang == "zh" else "bank.xlsx": master,
        "收入导出.xlsx" if lang == "zh" else "income_export.xlsx": {sheet: [tuple(names), *lines]},
    }


def write_books(lang: str, folder: Path) -> None:
    """Write the workbooks of ``lang`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, book in books(lang).items():
        with xlsxwriter.Workbook(str(folder / file), {"default_date_format": "yyyy-mm-dd"}) as workbook:
            workbook.set_properties({"created": _WRITTEN})
            head = workbook.add_format({"bold": True, "bg_color": "#DDEBF7"})
            for name, rows in book.items():
                page = workbook.add_worksheet(name)
                page.freeze_panes(1, 0)
                page.set_column(0, len(rows[0]) - 1, 16)
                for place, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        _write(page, place, column, cell, head if place == 0 else None)


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, shape: object) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(row, column, cell, shape)
        case dt.date():
            page.write_datetime(row, column, dt.datetime.combine(cell, dt.time()))
        case _:
            page.write_number(row, column, cell, shape)


if __name__ == "__main__":
    for language in LANGUAGES:
        write_books(language, FOLDER / language)
