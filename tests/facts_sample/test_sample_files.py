"""The sample is what it says: counts, bands, teams, formats; and the same from the same seed."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import python_calamine

from kejing.facts.sample import DEFECT_KINDS, SampleReport, SampleYearError, write_sample
from kejing.measure.period import LAST_DAY
from kejing.measure.share import TEAM_SHARE

STATED = {"corporate": 3000, "retail": 20_000, "groups": 250, "rms": 120, "units": 19}
CUSTOMER, RM, ROLE, SHARE, FROM, TO = range(6)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def _sheet(path: Path, sheet: str) -> list[list[object]]:
    return [list(row) for row in python_calamine.load_workbook(path).get_sheet_by_name(sheet).to_python()[1:]]


def test_same_seed_same_bytes(tenth: SampleReport, tmp_path: Path) -> None:
    """The same seed and size give the same files to the last byte, workbooks and Parquet among them."""
    write_sample(tmp_path, seed=tenth.seed, size=tenth.size)
    assert _hashes(tmp_path) == _hashes(tenth.folder)


def test_another_seed_is_another_institution(tmp_path: Path) -> None:
    """Another seed changes customers, books and business, but not the reference files."""
    one = write_sample(tmp_path / "one", seed=1, size=Fraction(1, 50))
    two = write_sample(tmp_path / "two", seed=2, size=Fraction(1, 50))
    first, second = _hashes(one.folder), _hashes(two.folder)
    same = {name for name in first if first[name] == second.get(name)}
    assert same == {"机构.csv", "产品目录.csv", "汇率.csv", "mapping.yaml"}


@pytest.mark.parametrize("what", STATED)
def test_counts_at_size_one(whole: SampleReport, what: str) -> None:
    """Size 1 has the stated numbers of customers, groups, RMs and units, within 2 %."""
    assert whole.people[what] == pytest.approx(STATED[what], rel=0.02)


def test_two_years_of_business(whole: SampleReport) -> None:
    """Income, balances and contacts cover 24 months; some 480,000 lines and 770,000 balances at size 1."""
    lines = sum(rows for (file, _), rows in whole.rows.items() if file.startswith("收入"))
    balances = sum(rows for (file, _), rows in whole.rows.items() if file.startswith("月日均余额"))
    assert 400_000 < lines < 550_000
    assert 700_000 < balances < 850_000
    months = set()
    for year in (2024, 2025):
        table = pq.read_table(whole.folder / f"月日均余额_{year}.parquet", columns=["stat_month"])
        months |= set(pc.unique(table["stat_month"]).to_pylist())
    assert sorted(months) == [dt.date(year, month, 1) for year in (2024, 2025) for month in range(1, 13)]


def test_visits_are_agreed_on_for_the_weeks_ahead(whole: SampleReport) -> None:
    """Beside the contacts of 24 months: visits booked for the six weeks after, on working days, one a customer."""
    with (whole.folder / "联系记录_预约.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["联系方式"], row["方向"], row["联系结果"]) for row in rows} == {("上门拜访", "呼出", "已预约")}
    days = [dt.date.fromisoformat(row["联系时间"][:10]) for row in rows]
    assert dt.date(2026, 1, 1) <= min(days) <= max(days) < dt.date(2026, 2, 12)
    assert len({row["客户编号"] for row in rows}) == len(rows) > 100


@pytest.mark.parametrize("size", ["tenth", "whole"])
def test_every_band_has_customers(size: str, request: pytest.FixtureRequest) -> None:
    """Each of the four published bands of annual sales is met; most customers are small or micro."""
    sample: SampleReport = request.getfixturevalue(size)
    latest = dt.date(2024, 1, 1)
    file = sample.folder / "年度销售额.xlsx"
    dollars = [row[3] for row in _sheet(file, "美元") if row[1] == latest]
    dollars += [row[3] * 10_000 / 7.2 for row in _sheet(file, "人民币") if row[1] == latest]  # type: ignore[operator]
    lines = (2_000_000_000, 50_000_000, 2_500_000)
    bands = Counter(sum(amount < line for line in lines) for amount in dollars)  # type: ignore[operator]
    assert set(bands) == {0, 1, 2, 3}
    assert bands[2] + bands[3] > 0.85 * len(dollars)


def test_shares_of_every_team_sum_to_the_whole(tenth: SampleReport) -> None:
    """On every day on which a customer has a team, its shares sum to 100 %, but for the planted mistakes."""
    for sheet in ("公司", "个人"):
        rows = _sheet(tenth.folder / "管户关系.xlsx", sheet)
        spoilt = {
            rows[defect.place.row - 2][CUSTOMER]
            for defect in tenth.defects
            if (defect.place.file, defect.place.sheet) == ("管户关系.xlsx", sheet)
        }
        steps: dict[object, dict[dt.date, int]] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            if row[CUSTOMER] in spoilt:
                continue
            share = row[SHARE]
            points = int(Fraction(str(share).rstrip("%")) * (100 if "%" in str(share) else TEAM_SHARE))
            start, end = row[FROM], row[TO] or LAST_DAY
            assert isinstance(start, dt.date)
            assert isinstance(end, dt.date)
            assert start < end
            steps[row[CUSTOMER]][start] += points
            steps[row[CUSTOMER]][end] -= points
        assert steps
        for days in steps.values():
            running = 0
            for day in sorted(days):
                running += days[day]
                assert running in {0, TEAM_SHARE}


def test_moved_customers_keep_their_account_home(tenth: SampleReport) -> None:
    """A customer who moved, some on 15 May, stands in two branch books with one account home."""
    rows: dict[object, list[list[object]]] = defaultdict(list)
    for path in tenth.folder.glob("客*_*.xlsx"):
        book = python_calamine.load_workbook(path)
        for sheet in book.sheet_names:
            for row in book.get_sheet_by_name(sheet).to_python()[1:]:
                rows[row[0]].append(list(row))
    moved = [both for both in rows.values() if len(both) > 1]
    assert len(moved) == tenth.count("customer_moved")
    for both in moved:
        before, after = sorted(both, key=lambda row: row[11] != "")
        assert before[12] == after[11]
        assert before[4] != after[4]
        assert before[5] == after[5]
    assert sum(row[11] == dt.date(2025, 5, 15) for both in moved for row in both) * 2 >= len(moved)


def test_formats_are_those_of_life(tenth: SampleReport) -> None:
    """Income is GB18030, contacts begin with a byte order mark, one branch writes traditional characters."""
    income = (tenth.folder / "收入明细_2025-05.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        income.decode("utf-8")
    assert income.decode("gb18030").startswith("流水号,客户编号")
    assert (tenth.folder / "联系记录_2025.csv").read_bytes().startswith(codecs.BOM_UTF8)
    north = python_calamine.load_workbook(tenth.folder / "客戶清單_江北分行.xlsx")
    assert north.get_sheet_by_name("公司客戶").to_python()[0][0] == "客戶編號"
    assert all(isinstance(row[0], float) for row in _sheet(tenth.folder / "年度销售额.xlsx", "人民币"))


def test_every_kind_of_defect_is_there(tenth: SampleReport) -> None:
    """Even a tenth has each kind of defect, and no kind spoils 1 % of the rows of its files."""
    kinds = Counter(defect.kind for defect in tenth.defects if not defect.is_beside)
    assert set(kinds) == set(DEFECT_KINDS)
    rows_of: Counter[str] = Counter()
    for (file, _), rows in tenth.rows.items():
        rows_of[file.split("_")[0]] += rows
    for kind in (
        "unknown_product",
        "impossible_date",
        "zero_coordinates",
        "share_not_whole",
        "contact_impossible_time",
    ):
        place = next(defect.place for defect in tenth.defects if defect.kind == kind)
        assert kinds[kind] < 0.01 * rows_of[place.file.split("_")[0]]


def test_defects_stand_where_the_list_says(tenth: SampleReport) -> None:
    """``defects.json`` says what the report says, and the value of a spoilt income line is in its row and column."""
    listed = json.loads((tenth.folder / "defects.json").read_text(encoding="utf-8"))
    assert [
        {name: row[name] for name in asdict(defect.place)} for row, defect in zip(listed, tenth.defects, strict=True)
    ] == [asdict(defect.place) for defect in tenth.defects]
    looked_at = 0
    for defect in tenth.defects:
        if defect.place.file.startswith("收入"):
            text = (tenth.folder / defect.place.file).read_bytes().decode("gb18030")
            lines = list(csv.reader(text.splitlines()))
            assert lines[defect.place.row - 1][lines[0].index(defect.place.column)] == defect.place.value
            looked_at += 1
    assert looked_at > 40


def test_wrong_size_and_day_are_refused(tmp_path: Path) -> None:
    """A size of nothing and a day that is no year end are refused before anything is written."""
    with pytest.raises(ValueError, match="size > 0"):
        write_sample(tmp_path / "a", seed=1, size=0)
    with pytest.raises(SampleYearError) as refused:
        write_sample(tmp_path / "a", seed=1, as_of=dt.date(2025, 6, 30))
    assert refused.value.facts["as_of"] == "2025-06-30"
