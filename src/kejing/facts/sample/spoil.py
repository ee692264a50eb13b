"""How one good income line goes wrong, by kind of defect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from kejing.measure.period import add_months

type Line = Mapping[str, str]

UNKNOWN_CUSTOMER, UNKNOWN_PRODUCT, RATELESS_CURRENCY = "99999999", "X99", "GBP"


def tenth_more(amount: str) -> str:
    """``amount`` and a tenth, to the cent.

    Examples
    --------
    >>> tenth_more("100.05")
    '110.06'
    """
    return str((Decimal(amount) * Decimal("1.1")).quantize(Decimal("0.01"), ROUND_HALF_UP))


def in_wan(amount: str) -> str:
    """``amount`` as people type it, in 万 and never less than a hundredth of one.

    Examples
    --------
    >>> in_wan("13520.00"), in_wan("3.10")
    ('1.35万', '0.01万')
    """
    wan = (Decimal(amount) / 10_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{max(wan, Decimal('0.01'))}万"


def day_after_month_end(day: str) -> str:
    """A day that its month does not have.

    Examples
    --------
    >>> day_after_month_end("2025-02-11")
    '2025-02-29'
    """
    start = dt.date.fromisoformat(day).replace(day=1)
    return f"{day[:8]}{(add_months(start, 1) - start).days + 1:02d}"


CHANGES: dict[str, Callable[[Line], tuple[str, str]]] = {
    "blank_customer": lambda _: ("客户编号", ""),
    "unknown_customer": lambda _: ("客户编号", UNKNOWN_CUSTOMER),
    "unknown_product": lambda _: ("产品", UNKNOWN_PRODUCT),
    "disputed_line": lambda _: ("有争议", "是"),
    "currency_without_rate": lambda _: ("币种", RATELESS_CURRENCY),
    "impossible_date": lambda line: ("入账日期", day_after_month_end(line["入账日期"])),
    "amount_with_wan": lambda line: ("金额", in_wan(line["金额"])),
    "amount_in_words": lambda line: ("金额", f"约{in_wan(line['金额'])}"),
}
"""Column and new text of a line spoilt in its place."""

ADDITIONS: dict[str, Callable[[Line, str], tuple[str, dict[str, str]]]] = {
    "duplicated_line": lambda _line, _closed: ("流水号", {}),
    "conflicting_duplicate": lambda line, _closed: ("金额", {"金额": tenth_more(line["金额"])}),
    "negative_reversal": lambda line, _closed: ("金额", {"流水号": line["流水号"] + "-R", "金额": "-" + line["金额"]}),
    "income_after_closing": lambda line, closed: ("客户编号", {"流水号": line["流水号"] + "-Z", "客户编号": closed}),
}
"""The telling column and the changes of a line added after a good one; ``closed`` is a customer who had left."""
