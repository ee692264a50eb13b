"""Income lines, late ones among them, and monthly balances, written month by month with their defects."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kejing.facts.sample.business import Balances, Lines
from kejing.facts.sample.clients import Clients
from kejing.facts.sample.defects import put
from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.files import CsvFile, ParquetFile
from kejing.facts.sample.organisation import Ints
from kejing.facts.sample.spoil import ADDITIONS, CHANGES, tenth_more
from kejing.measure.findings import Place

COLUMNS = (
    "流水号",
    "客户编号",
    "产品",
    "业务类型",
    "金额",
    "币种",
    "入账日期",
    "入账机构",
    "经营责任机构",
    "有争议",
    "录入日期",
)
OLD_COLUMNS = (
    "交易流水号",
    "客户号",
    "产品代码",
    "业务种类",
    "发生额",
    "货币",
    "记账日期",
    "记账机构",
    "责任机构",
    "争议",
    "录入日期",
)
"""Headers of the old core system, in use until the end of the first year."""
LATE_COLUMNS = (*COLUMNS[:-1], "补录日期")

MONEY = pa.decimal128(18, 2)
BALANCE_SCHEMA = pa.schema(
    [
        ("cust_no", pa.string()),
        ("prod_cd", pa.string()),
        ("stat_month", pa.date32()),
        ("avg_bal", MONEY),
        ("ccy", pa.string()),
    ]
)
"""Balances come from the data warehouse, with its column names."""


def money(cents: Ints) -> pa.Array:
    """Cents as decimals with two digits."""
    hundredth = pa.scalar("0.01").cast(pa.decimal128(3, 2))
    return pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), hundredth).cast(MONEY)


@dataclass(frozen=True, slots=True)
class DisputedLine:
    """A line that somebody contests."""

    line_id: str
    customer_id: str
    day: np.datetime64


class Ledger:
    """Files of income and balances; open for one sample, fed one month after another."""

    def __init__(self, delivery: Delivery) -> None:
        plan, organisation = delivery.plan, delivery.organisation
        self._plan, self._delivery, self._defects = plan, delivery, delivery.defects
        self._chance = plan.chance("ledger")
        self._files = ExitStack()
        self._old_file = self._csv(f"收入明细_{plan.year - 1}.csv", OLD_COLUMNS)
        self._balance_files = {
            year: self._files.enter_context(self._balance_file(year)) for year in (plan.year - 1, plan.year)
        }
        products = plan.institution.products
        self._products = pa.array([item.product for item in products])
        self._types = pa.array([plan.institution.business_types[item.business_type] for item in products])
        self._currencies = pa.array(["CNY", *plan.institution.fx])
        self._departments = pa.array([item.unit_id for item in organisation.departments])
        branches = plan.institution.branches
        self._homes = pa.array([branches[item.branch].unit_id for item in organisation.departments])
        self._lines = 0
        self._late: list[pa.Table] = []
        self.disputed: list[DisputedLine] = []
        self._closed = [item for clients, _ in delivery.served for item in _closed_customers(clients)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._files.close()

    def _csv(self, name: str, columns: tuple[str, ...]) -> CsvFile:
        return self._files.enter_context(
            CsvFile(self._delivery.folder, name, columns, self._delivery.log, encoding="gb18030")
        )

    def _balance_file(self, year: int) -> ParquetFile:
        return ParquetFile(self._delivery.folder, f"月日均余额_{year}.parquet", BALANCE_SCHEMA, self._delivery.log)

    def write_month(self, month: int, parts: Mapping[str, tuple[Clients, Balances, Lines]]) -> None:
        """Write balances and lines of the month [0..23] for corporate and retail customers."""
        start = self._plan.months[month]
        year = int(str(start)[:4])
        held = [self._balance_table(start, clients, balances) for clients, balances, _ in parts.values()]
        self._balance_files[year].append(pa.concat_tables(held))
        table = pa.concat_tables([self._line_table(clients, lines) for clients, _, lines in parts.values()])
        table = table.take(pa.array(np.argsort(table["入账日期"].to_numpy(), kind="stable")))
        table = self._number(table, start)
        if year < self._plan.year:
            self._plant(month, table, self._old_file)
        else:
            with self._csv(f"收入明细_{str(start)[:7]}.csv", COLUMNS) as file:
                self._plant(month, table, file)

    def _balance_table(self, start: np.datetime64, clients: Clients, held: Balances) -> pa.Table:
        columns = [
            pa.array(clients.customer_id, pa.string()).take(pa.array(held.client)),
            self._products.take(pa.array(held.product)),
            pa.array(np.full(len(held.cents), start)),
            money(held.cents),
            self._currencies.take(pa.array(held.currency)),
        ]
        return pa.table(columns, schema=BALANCE_SCHEMA)

    def _line_table(self, clients: Clients, lines: Lines) -> pa.Table:
        chance, shares = self._chance, self._plan.institution
        count = len(lines.client)
        department = clients.department_on(lines.client, lines.day)
        home = clients.earlier_department[lines.client]  # the account stays where it was opened
        is_unsaid = pa.array(chance.random(count) < shares.responsible_blank_share)
        is_untyped = pa.array(chance.random(count) < shares.type_blank_share)
        return pa.table(
            {
                "客户编号": pa.array(clients.customer_id, pa.string()).take(pa.array(lines.client)),
                "产品": self._products.take(pa.array(lines.product)),
                "业务类型": pc.if_else(is_untyped, None, self._types.take(pa.array(lines.product))),
                "金额": money(lines.cents).cast(pa.string()),
                "币种": self._currencies.take(pa.array(lines.currency)),
                "入账日期": pa.array(lines.day),
                "入账机构": self._homes.take(pa.array(home)),
                "经营责任机构": pc.if_else(is_unsaid, None, self._departments.take(pa.array(department))),
                "有争议": pa.nulls(count, pa.string()),
            }
        )

    def _number(self, table: pa.Table, start: np.datetime64) -> pa.Table:
        """Number the lines and turn the days into text."""
        numbers = pa.array(np.arange(self._lines, self._lines + table.num_rows)).cast(pa.string())
        self._lines += table.num_rows
        ids = pc.binary_join_element_wise("L" + str(start)[2:4], pc.utf8_lpad(numbers, 9, "0"), "-")
        day = table["入账日期"].cast(pa.string())
        table = table.set_column(table.column_names.index("入账日期"), "入账日期", day)
        return table.add_column(0, "流水号", ids).append_column("录入日期", day)

    def _plant(self, month: int, table: pa.Table, file: CsvFile) -> None:
        """Write the month with its defects; good lines keep their order, added lines follow them."""
        wanted = [kind for kind in (*CHANGES, *ADDITIONS) for _ in range(self._defects.in_month(kind, month))]
        picked = self._chance.permutation(table.num_rows)[: len(wanted)]
        changed: list[tuple[str, int, str, str]] = []
        added: list[tuple[str, int, str, dict[str, str]]] = []
        for kind, row in sorted(zip(wanted, picked.tolist(), strict=True), key=lambda pair: pair[1]):
            line = table.slice(row, 1).to_pylist()[0]
            if kind in CHANGES:
                changed.append((kind, row, *CHANGES[kind](line)))
                if kind == "disputed_line":
                    self.disputed.append(
                        DisputedLine(line["流水号"], line["客户编号"], np.datetime64(line["入账日期"], "D"))
                    )
            else:
                column, differences = ADDITIONS[kind](line, self._customer_gone_by(line["入账日期"]))
                added.append((kind, row, column, line | differences))
        for column in sorted({column for _, _, column, _ in changed}):
            cells = [(row, text) for _, row, name, text in changed if name == column]
            table = put(table, column, np.array([row for row, _ in cells]), [text or None for _, text in cells])
        self._collect_late(month, table, picked)
        headers = dict(zip(COLUMNS, OLD_COLUMNS if file is self._old_file else COLUMNS, strict=True))
        first = file.append(table)
        for kind, row, column, text in changed:
            place = Place(file=file.name, row=first + row, column=headers[column], value=text)
            self._defects.note(kind, place)
        for kind, row, column, line in added:
            number = file.append(pa.Table.from_pylist([line], table.schema))
            self._defects.note(kind, Place(file=file.name, row=number, column=headers[column], value=line[column]))
            if kind == "conflicting_duplicate":  # nobody can say which of the two is right
                value = table[column][row].as_py()
                place = Place(file=file.name, row=first + row, column=headers[column], value=value)
                self._defects.note(kind, place, is_beside=True)

    def _customer_gone_by(self, day: str) -> str:
        gone = [customer for customer, closed in self._closed if str(closed) < day]
        return gone[int(self._chance.integers(len(gone)))] if gone else ""

    def _collect_late(self, month: int, table: pa.Table, taken: Ints) -> None:
        """Keep copies of lines of the second quarter for the file of late bookings."""
        if self._plan.months[month] not in self._late_months():
            return
        wanted = self._defects.count("late_line") // 3 + 1 + self._defects.count("late_amendment")
        free = np.setdiff1d(np.arange(table.num_rows), taken)
        rows = np.sort(self._chance.choice(free, min(len(free), wanted), replace=False))
        self._late.append(table.take(pa.array(rows)))

    def _late_months(self) -> list[np.datetime64]:
        return [self._plan.day("04-01"), self._plan.day("05-01"), self._plan.day("06-01")]

    def write_late(self) -> None:
        """Write lines booked in the second quarter that became known in January, and corrected amounts."""
        name = f"收入_补录_{self._plan.year + 1}-01.csv"
        known = str(self._plan.day("+1:01-10"))
        lines, amendments = self._defects.count("late_line"), self._defects.count("late_amendment")
        table = pa.concat_tables(self._late).drop_columns(["录入日期"])
        order = self._chance.permutation(table.num_rows)[: lines + amendments]
        table = table.take(pa.array(order)).append_column("补录日期", pa.array([known] * len(order)))
        is_amendment = np.arange(len(order)) >= lines
        ids = pc.if_else(
            pa.array(is_amendment), table["流水号"], pc.binary_join_element_wise("补", table["流水号"], "-")
        )
        table = table.set_column(0, "流水号", ids)
        corrected = np.flatnonzero(is_amendment)
        table = put(table, "金额", corrected, [tenth_more(table["金额"][row].as_py()) for row in corrected.tolist()])
        first = self._csv(name, LATE_COLUMNS).append(table)
        for row, amended in enumerate(is_amendment.tolist()):
            place = Place(file=name, row=first + row, column="补录日期", value=known)
            self._defects.note("late_amendment" if amended else "late_line", place)


def _closed_customers(clients: Clients) -> list[tuple[str, np.datetime64]]:
    """Closed customers with their days: a few later lines are booked on them."""
    rows = np.flatnonzero(~np.isnat(clients.closed))
    return list(zip(clients.customer_id[rows].tolist(), clients.closed[rows], strict=True))
