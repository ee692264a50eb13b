"""The workbook of who covers whom, with the mistakes that people make in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from kejing.facts.sample.clients import Clients
from kejing.facts.sample.coverage_rows import coverage_rows
from kejing.facts.sample.defects import DefectPlan
from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import Cell, write_workbook
from kejing.facts.sample.teams import Teams
from kejing.measure.findings import Place

FILE = "管户关系.xlsx"
HEADERS = ("客户编号", "工号", "管户角色", "分成比例", "起始日期", "终止日期")
CUSTOMER, RM, ROLE, SHARE, FROM, TO = range(len(HEADERS))
ROLES = {"lead": "主办", "assist": "协办", "treasury": "资金产品", "lending": "信贷产品"}
OVERLAP = dt.timedelta(days=60)
SHEETS = {"corporate": "公司", "retail": "个人"}
DAY_NOTATIONS: tuple[Callable[[dt.date], str], ...] = (
    lambda day: f"{day:%Y/%m/%d}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day:%Y%m%d}",
)

type Row = list[Cell]


def write_coverage(delivery: Delivery) -> None:
    """``管户关系.xlsx``: corporate shares as ``70%``, retail shares as 0.7, one sheet each."""
    sheets: dict[str, dict[str, list[Cell]]] = {}
    for clients, teams in delivery.served:
        sheet = CoverageSheet(delivery, clients, teams)
        sheet.spoil(delivery.defects)
        sheets[SHEETS[clients.kind]] = {
            header: [row[place] for row in sheet.rows] for place, header in enumerate(HEADERS)
        }
    write_workbook(delivery.folder, FILE, sheets, delivery.log)


class CoverageSheet:
    """The rows of one sheet, and the defects put into them; a customer carries one defect at most."""

    def __init__(self, delivery: Delivery, clients: Clients, teams: Teams) -> None:
        self._plan, self._organisation, self._kind = delivery.plan, delivery.organisation, clients.kind
        self._chance = self._plan.chance(f"coverage {clients.kind}")
        self._spoilt: set[Cell] = set()
        table, rms = coverage_rows(clients, teams), self._organisation.rms
        columns = (table[name].to_pylist() for name in table.column_names)
        self.rows: list[Row] = [
            [clients.customer_id[client], rms[rm].rm_id, ROLES[role], self._share(share), start, end]
            for client, rm, role, share, start, end in zip(*columns, strict=True)
        ]

    def _share(self, basis_points: int) -> Cell:
        return f"{basis_points / 100:g}%" if self._kind == "corporate" else basis_points / 10_000

    def spoil(self, defects: DefectPlan) -> None:
        """Plant the defects of this sheet: half of each kind, the share mistakes among corporate teams only."""
        if self._kind == "corporate":
            for place in self._pick(self._assists(), defects.count("share_not_whole")):
                self._change(defects, "share_not_whole", place, SHARE, "10%", beside=self._rows_of(place))
        for place in self._pick(self._following_leads(), _half(defects.count("overlapping_coverage"))):
            start = self._start(place) - OVERLAP
            self._change(defects, "overlapping_coverage", place, FROM, start, beside=self._rows_of(place))
        for place in self._pick(self._leads_of_leavers(), _half(defects.count("coverage_not_ended"))):
            self._change(defects, "coverage_not_ended", place, TO, None)
        for place in self._pick(self._lone_leads(), _half(defects.count("impossible_coverage_date"))):
            self._change(defects, "impossible_coverage_date", place, FROM, f"{self._plan.year - 1}-02-30")
        for place in self._pick(range(len(self.rows)), _half(defects.count("date_as_text"))):
            day = DAY_NOTATIONS[place % len(DAY_NOTATIONS)](self._start(place))
            self._change(defects, "date_as_text", place, FROM, day)
        for place in self._pick(self._lone_leads(), _half(defects.count("same_rm_overlap"))):
            again = self._plan.day("08-01").astype(dt.date)
            self.rows.append([*self.rows[place][:FROM], again, None])
            self._change(defects, "same_rm_overlap", len(self.rows) - 1, FROM, again, beside=[place])

    def _pick(self, places: Iterable[int], count: int) -> list[int]:
        """Up to ``count`` of the rows, of customers that carry no defect yet."""
        chosen: list[int] = []
        for place in self._chance.permutation(np.array(list(places), np.int64)).tolist():
            if len(chosen) == count:
                break
            if self.rows[place][CUSTOMER] not in self._spoilt:
                self._spoilt.add(self.rows[place][CUSTOMER])
                chosen.append(place)
        return sorted(chosen)

    def _change(
        self, defects: DefectPlan, kind: str, place: int, column: int, cell: Cell, *, beside: Iterable[int] = ()
    ) -> None:
        """Spoil one cell; the rows ``beside`` it contradict it and share its fate."""
        self.rows[place][column] = cell
        for row in sorted({place, *beside}):
            value = self.rows[row][column]
            text = "" if value is None else str(value)
            where = Place(file=FILE, sheet=SHEETS[self._kind], row=row + 2, column=HEADERS[column], value=text)
            defects.note(kind, where, is_beside=row != place)

    def _rows_of(self, place: int) -> list[int]:
        """All rows of the customer of one row."""
        customer = self.rows[place][CUSTOMER]
        return [other for other, row in enumerate(self.rows) if row[CUSTOMER] == customer]

    def _start(self, place: int) -> dt.date:
        """First day of a row that is not spoilt yet."""
        day = self.rows[place][FROM]
        assert isinstance(day, dt.date)
        return day

    def _assists(self) -> list[int]:
        """Open-ended assists that stand last among the rows of their customer."""
        last = {row[CUSTOMER]: place for place, row in enumerate(self.rows)}
        return [
            place
            for place, row in enumerate(self.rows)
            if row[ROLE] == ROLES["assist"] and row[TO] is None and last[row[CUSTOMER]] == place
        ]

    def _following_leads(self) -> list[int]:
        """Leads who followed another lead of long standing, of customers without a team beside."""
        rows_of = Counter(row[CUSTOMER] for row in self.rows)
        return [
            place
            for place, row in enumerate(self.rows)
            if rows_of[row[CUSTOMER]] == 2
            and self.rows[place - 1][CUSTOMER] == row[CUSTOMER]
            and self.rows[place - 1][TO] == row[FROM]
            and self._start(place - 1) < self._start(place) - OVERLAP
        ]

    def _leads_of_leavers(self) -> list[int]:
        """Only rows of customers whose RM left a book that stayed vacant."""
        rows_of = Counter(row[CUSTOMER] for row in self.rows)
        left = {rm.rm_id: rm.left.astype(dt.date) for rm in self._organisation.rms if rm.is_vacant_after}
        return [
            place
            for place, row in enumerate(self.rows)
            if rows_of[row[CUSTOMER]] == 1 and row[TO] is not None and left.get(str(row[RM])) == row[TO]
        ]

    def _lone_leads(self) -> list[int]:
        """Open-ended leads of customers with no other row, begun before the last year."""
        rows_of = Counter(row[CUSTOMER] for row in self.rows)
        cut = self._plan.day("-1:12-01").astype(dt.date)
        return [
            place
            for place, row in enumerate(self.rows)
            if rows_of[row[CUSTOMER]] == 1 and row[TO] is None and isinstance(row[FROM], dt.date) and row[FROM] < cut
        ]


def _half(count: int) -> int:
    """The share of one of the two sheets."""
    return (count + 1) // 2
