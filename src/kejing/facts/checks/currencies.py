"""Amounts in a currency for which no rate is in force on their day."""

from __future__ import annotations

from collections.abc import Sequence

from kejing.facts.checks.docket import Docket, noted
from kejing.facts.convert.sql import literal, literals
from kejing.measure.findings import Severity
from kejing.measure.money import MINOR_DIGITS

AMOUNTS = {
    "income": ("currency", "booked_on"),
    "balances": ("currency", "month"),
    "daily_balances": ("currency", "day"),
    "measures": ("unit", "period_start"),
    "losses": ("currency", "suspected_on"),
    "goals": ("currency", "period_start"),
}
"""Currency and day of the amounts of each table."""

_ROWS = 10**12
"""More than the rows of any sheet: feed and row as one number that orders both."""


def check_rates(docket: Docket, tables: Sequence[str]) -> None:
    """Find foreign currencies without a rate, once per currency and month.

    The currency of the house is not known here: it is the one rates are quoted in; without any rates,
    the one of most rows.
    """
    homes = _home_currencies(docket, tables)
    for name in tables:
        currency, day = AMOUNTS[name]
        engine = docket.engine
        engine.create(
            f"rateless_{name}",
            f"SELECT o.fn, o.rn, o.{currency} AS currency, strftime(o.{day}, '%Y-%m') AS month FROM ok_{name} AS o "
            f"WHERE o.{currency} IN ({literals(MINOR_DIGITS)}) "
            f"AND o.{currency} NOT IN ({literals(homes) or literal('')}) AND NOT o.voided "
            f"AND NOT EXISTS (SELECT 1 FROM cur_fx_rates AS f WHERE f.currency = o.{currency} "
            f"AND f.valid_from <= o.{day} AND o.{day} < f.valid_to)",
        )
        found = noted(currency, val="currency", currency="currency", period="month", count="n")
        select = (
            f"SELECT CAST(first // {_ROWS} AS INTEGER) AS fn, CAST(first % {_ROWS} AS BIGINT) AS rn, {found} "
            f"FROM (SELECT currency, month, COUNT(*) AS n, MIN(CAST(fn AS BIGINT) * {_ROWS} + rn) AS first "
            f"FROM rateless_{name} GROUP BY currency, month)"
        )
        docket.add("facts.currency_without_rate", Severity.WARNING, name, select)


def _home_currencies(docket: Docket, tables: Sequence[str]) -> list[str]:
    quoted = docket.engine.fetch("SELECT DISTINCT quote_currency AS c FROM cur_fx_rates ORDER BY c")["c"].to_pylist()
    if quoted or not tables:
        return [str(code) for code in quoted]
    counted = " UNION ALL ".join(
        f"SELECT {AMOUNTS[name][0]} AS c, COUNT(*) AS n FROM ok_{name} GROUP BY {AMOUNTS[name][0]}" for name in tables
    )
    most = docket.engine.fetch(
        f"SELECT c FROM (SELECT c, SUM(n) AS n FROM ({counted}) WHERE c IN ({literals(MINOR_DIGITS)}) GROUP BY c) "
        "ORDER BY n DESC, c LIMIT 1"
    )["c"].to_pylist()
    return [str(code) for code in most]
