from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq

from tests.cli.conftest import Kejing

type Sheet = tuple[str, list[tuple[object, ...]]]


def bank_workbook() -> dict[str, Sheet]:
    """Sheets as a planning department keeps them: Chinese titles and headers, ids as text, days as days."""
    jan, apr, jul = dt.date(2025, 1, 1), dt.date(2025, 4, 1), dt.date(2025, 7, 1)
    months = [dt.date(2024, 12, 1), *(dt.date(2025, month, 1) for month in range(1, 7))]
    sales = [("0001", 3_500_000_000), ("0002", 180_000_000), ("0003", 60_000_000)]
    return {
        "机构": (
            "机构编号 名称 层级 上级机构",
            [("9900", "江城银行", 0, None), ("9901", "滨江支行", 1, "9900"), ("9902", "新区支行", 1, "9900")],
        ),
        "客户经理": (
            "工号 姓名 条线 等级 机构编号 折合人数 年基本薪酬 年目标奖金 薪酬币种",
            [
                ("G01", "陈晓东", "corporate", "senior", "9901", 1, 90_000, 150_000, "CNY"),
                ("G02", "林佳", "corporate", "middle", "9902", 1, 72_000, 120_000, "CNY"),
            ],
        ),
        "客户": (
            "客户编号 客户名称 客户类别 行业 管理机构",
            [
                ("0001", "宏远矿业", "corporate", "mining", "9901"),
                ("0002", "新禾机械", "corporate", "manufacturing", "9902"),
                ("0003", "百汇商贸", "corporate", "trade", "9902"),
            ],
        ),
        "客户指标": (
            "客户编号 指标 期初 期末(不含) 数值 单位",
            [(customer, "annual_sales", dt.date(2024, 1, 1), jan, value, "CNY") for customer, value in sales],
        ),
        "管户关系": (
            "客户编号 工号 主协办 分成比例 生效日 失效日",
            [
                ("0001", "G01", "lead", "60%", dt.date(2023, 5, 1), None),
                ("0001", "G02", "assist", "40%", dt.date(2023, 5, 1), None),
                ("0002", "G02", "lead", None, dt.date(2024, 2, 1), None),
                ("0003", "G02", "lead", None, dt.date(2024, 2, 1), dt.date(2025, 5, 15)),
                ("0003", "G01", "lead", None, dt.date(2025, 5, 15), None),
            ],
        ),
        "产品": (
            "产品 产品名称 业务类型 考核指标",
            [("CK", "单位活期存款", "deposit", "deposit_increment"), ("JS", "结算手续费", "fee", "fee_income")],
        ),
        "汇率": ("币种 折算币种 汇率 生效日 失效日", [("USD", "CNY", 7.12, dt.date(2024, 12, 1), None)]),
        "收入明细": (
            "流水号 客户编号 产品 金额 币种 入账日期",
            [
                ("S0001", "0001", "JS", 52_000.01, "CNY", dt.date(2025, 2, 10)),
                ("S0002", "0002", "JS", 8_800, "CNY", dt.date(2025, 3, 5)),
                ("S0003", "0001", "JS", 6_000.5, "USD", dt.date(2025, 5, 6)),
                ("S0004", "0003", "JS", 4_321, "CNY", dt.date(2025, 5, 14)),
                ("S0005", "0003", "JS", 4_321, "CNY", dt.date(2025, 5, 15)),
            ],
        ),
        "余额": (
            "客户编号 产品 月份 月日均余额 币种",
            [
                (customer, "CK", month, base + place * step, "CNY")
                for customer, base, step in (("0001", 80_000_000, 1_500_000), ("0002", 20_000_000, 400_000))
                for place, month in enumerate(months)
            ],
        ),
        "机构目标": (
            "机构编号 考核指标 期初 期末(不含) 目标额 币种",
            [
                ("9900", measure, start, end, amount, "CNY")
                for measure, amount in (("deposit_increment", 6_000_000), ("fee_income", 60_000))
                for start, end in ((jan, apr), (apr, jul))
            ],
        ),
    }


def write_workbook(path: Path) -> None:
    """The planning department's workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, (headers, lines) in bank_workbook().items():
        sheet = book.create_sheet(title)
        sheet.append(headers.split())
        for line in lines:
            sheet.append(list(line))
    book.save(path)


def test_an_analysts_first_day(kejing: Kejing, tmp_path: Path) -> None:
    """From one's own workbook with Chinese headers and no mapping file to a changed rule and an explained pay line.

    By commands alone: tiers, targets and pay, reports in both languages, what a changed coefficient moves, and a pay
    line down to the row of the workbook.
    """
    book, facts, out = tmp_path / "全行资料.xlsx", tmp_path / "facts", tmp_path / "out"
    write_workbook(book)

    brought = kejing("import", book, "--into", facts, "--json")
    assert brought.code == 0, brought.out
    counts = {name: table["new"] for name, table in brought.json["tables"].items()}
    assert counts == {
        name: len(lines) for name, lines in zip(_TABLES, (s[1] for s in bank_workbook().values()), strict=True)
    }
    again = kejing("import", book, "--into", facts, "--json")
    assert again.json["snapshot"] == brought.json["snapshot"]

    checked = kejing("check", facts, "--policy", "bank_corporate", "--json")
    assert checked.code == 0, checked.out
    assert not [finding for finding in checked.json["findings"] if finding["severity"] == "error"]

    ran = kejing("run", facts, "--policy", "bank_corporate", "--as-of", "2025-06-30", "--out", out)
    assert ran.code == 0, ran.out
    english = kejing("report", out, "--lang", "en", "--json")
    assert english.code == 0
    pages = {name: (out / name).read_text(encoding="utf-8") for name in ("report.html", "report.en.html")}
    assert all((out / name).stat().st_size > 10_000 for name in ("report.xlsx", "report.en.xlsx"))
    assert "目标任务" in pages["report.html"]
    assert "targets" in pages["report.en.html"].lower()
    tiers = {
        row["customer_id"]: row["tier"]
        for row in pq.read_table(out / "segment.parquet").to_pylist()
        if row["scheme"] == "annual_sales"
    }
    assert tiers == {"0001": "mid", "0002": "small", "0003": "small"}

    overlay = tmp_path / "矿业下调"
    (overlay / "tables").mkdir(parents=True)
    (overlay / "tables" / "industry_coefficient.csv").write_text(
        "rule_id,industry,coefficient,valid_from,valid_to,source,note\nmining,mining,0.8,2000-01-01,,总行会议,\n",
        encoding="utf-8",
    )
    assert kejing("policy", "check", "bank_corporate", overlay).code == 0
    diff = kejing("policy", "diff", "bank_corporate", overlay, "--facts", facts, "--as-of", "2025-06-30", "--json").json
    assert [rule["name"] for rule in diff["rules"]] == ["table industry_coefficient#mining"]
    effects = {effect["name"]: effect for effect in diff["effects"]}
    assert effects["customers_retiered"]["count"] == effects["heads"]["count"] == effects["targets"]["count"] == 0
    assert effects["pay_gross"]["count"] > 0
    assert Decimal(effects["pay_gross"]["after"]) < Decimal(effects["pay_gross"]["before"])

    changed = tmp_path / "changed"
    run = ("run", facts, "--policy", "bank_corporate", "--overlay", overlay, "--as-of", "2025-06-30", "--out", changed)
    assert kejing(*run, "--no-report").code == 0
    key = ("pay", "component=income_pay", "line_id=S0001", "rm_id=G01")
    [before] = kejing("explain", out, *key, "--json").json
    [after] = kejing("explain", changed, *key, "--json").json
    assert abs(_amount(after) - _amount(before) * 4 / 5) < Decimal("0.01")
    told = kejing("explain", changed, *key).out
    assert "全行资料.xlsx 收入明细 #2" in told
    assert "全行资料.xlsx 管户关系 #2" in told
    assert "industry_coefficient#mining" in told
    assert "总行会议" in told


_TABLES = ("units", "rms", "customers", "measures", "coverage", "products", "fx_rates", "income", "balances", "goals")


def _amount(tree: dict[str, str]) -> Decimal:
    return Decimal(tree["value"].replace(",", ""))
