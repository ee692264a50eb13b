"""What a fact table is made of: kinds of columns, keys, references, header words; and columns many tables share.

Every table also carries the columns of `BOOKKEEPING`. A row is never changed or removed: a later
row with the same key and a later ``known_at`` takes its place, and ``voided`` takes it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Kind(StrEnum):
    """What a column holds, and how it is stored."""

    TEXT = "text"  # string, trimmed, never empty: empty is null
    DATE = "date"  # date32
    INSTANT = "instant"  # timestamp[s], local time of the institution
    COUNT = "count"  # int64
    WEIGHT = "weight"  # int64 >= 0; a share typed as 60 % or 0.6 becomes 6,000 basis points
    MONEY = "money"  # int64 minor units of the row's currency
    MICRO = "micro"  # int64 millionths (full-time equivalents, ratios)
    RATE = "rate"  # int64 hundred-millionths (exchange rates)
    QUANTITY = "quantity"  # int64: minor units if ``unit`` is a currency, else millionths; grades in ``value_text``
    DEGREE = "degree"  # double; geography only, never money
    FLAG = "flag"  # bool


ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.INSTANT: pa.timestamp("s"),
    Kind.COUNT: pa.int64(),
    Kind.WEIGHT: pa.int64(),
    Kind.MONEY: pa.int64(),
    Kind.MICRO: pa.int64(),
    Kind.RATE: pa.int64(),
    Kind.QUANTITY: pa.int64(),
    Kind.DEGREE: pa.float64(),
    Kind.FLAG: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a fact table.

    ``headers`` are words that stand for the column in files people bring, simplified Chinese and
    English; traditional forms and case are folded when they are compared.
    ``references`` is the (table, column) that must hold the value. ``codes`` closes the list of values.
    ``currency`` names the column that holds the currency (or unit) of the amount.
    """

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = True
    headers: tuple[str, ...] = ()
    references: tuple[str, str] | None = None
    codes: frozenset[str] | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class FactTable:
    """One fact table. ``key`` names a row for good; ``dated`` tables hold over ``[valid_from, valid_to)``.

    ``sort`` is the storage order. ``exclusive`` are the columns within which intervals must not overlap.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...]
    dated: bool = False
    exclusive: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column called ``name``."""
        return next(column for column in self.columns if column.name == name)

    @property
    def arrow_schema(self) -> pa.Schema:
        """Stored schema: the columns, then `BOOKKEEPING`; a QUANTITY adds ``value_text``."""
        fields = []
        for column in self.columns:
            fields.append(pa.field(column.name, ARROW_TYPES[column.kind]))
            if column.kind is Kind.QUANTITY:
                fields.append(pa.field(f"{column.name}_text", pa.string()))
        return pa.schema(fields + list(BOOKKEEPING))


BOOKKEEPING = pa.schema(
    [
        ("known_at", pa.date32()),  # the day the institution knew it
        ("voided", pa.bool_()),  # this version takes the row away
        ("source_file", pa.string()),  # name of the file it came from, without folder
        ("source_sheet", pa.string()),
        ("source_row", pa.int64()),  # as a spreadsheet shows it; the header is row 1
    ]
)

VALID = (
    Column(
        "valid_from",
        Kind.DATE,
        "生效日",
        "valid from",
        required=False,
        headers=("起始日期", "开始日期", "start date", "from"),
    ),
    Column(
        "valid_to", Kind.DATE, "失效日", "valid to", required=False, headers=("终止日期", "结束日期", "end date", "to")
    ),
)


def ident(
    name: str,
    zh: str,
    en: str,
    *,
    references: tuple[str, str] | None = None,
    required: bool = True,
    headers: tuple[str, ...] = (),
) -> Column:
    """A column that holds an id: text, never a number."""
    return Column(name, Kind.TEXT, zh, en, required=required, references=references, headers=headers)


CUSTOMER = ident(
    "customer_id",
    "客户编号",
    "customer id",
    references=("customers", "customer_id"),
    headers=("客户号", "客户代码", "customer", "customer no"),
)
RM = ident(
    "rm_id",
    "客户经理编号",
    "RM id",
    references=("rms", "rm_id"),
    headers=("客户经理", "工号", "经理编号", "rm", "employee no"),
)
CURRENCY = Column("currency", Kind.TEXT, "币种", "currency", headers=("货币", "ccy"))
