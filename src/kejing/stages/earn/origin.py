"""Where a credited amount comes from: the line of the ledger or the balances, and the coverage of its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from kejing.measure.money import minor_digits
from kejing.policy import Labels, Type
from kejing.policy.exact import Figure
from kejing.warehouse.protocol import Engine

_BALANCE = "bal:"


def quoted(text: object) -> str:
    """``text`` as a SQL literal."""
    return "'" + str(text).replace("'", "''") + "'"


def source_text(row: Mapping[str, Any]) -> str:
    """File, sheet and row of a fact row.

    Examples
    --------
    >>> source_text({"source_file": "income.csv", "source_sheet": "", "source_row": 12})
    'income.csv #12'
    """
    sheet = f" {row['source_sheet']}" if row.get("source_sheet") else ""
    return f"{row['source_file']}{sheet} #{row['source_row']}"


def money(name: str, zh: str, en: str, minor: int, currency: str) -> Figure:
    """A figure of ``minor`` units; `dataclasses.replace` adds where it comes from."""
    value = Fraction(minor, 10 ** minor_digits(currency))
    return Figure(name, Labels(zh, en), value, Type.MONEY, unit=currency)


@dataclass(slots=True)
class Origins:
    """Where credited amounts of a run come from.

    ``near`` goes before the names of relations that hold the same rows as the run's, or those of them alone that
    matter here.
    """

    engine: Engine
    currency: str
    near: str = ""
    _base_months: dict[dt.date, dt.date] = field(default_factory=dict)

    def fetch(self, text: str, relation: str) -> list[dict[str, Any]]:
        """Rows of a SELECT whose FROM is left to fill in."""
        rows: list[dict[str, Any]] = self.engine.fetch(
            text.replace("{relation}", f"{self.near}{relation}", 1)
        ).to_pylist()
        return rows

    def base_month(self, month: dt.date) -> dt.date:
        """The frozen month before the fiscal year, from which the growth of ``month`` is taken."""
        if month not in self._base_months:
            base = self.engine.value(
                "SELECT MAX(month) FROM balances"
                f" WHERE month < (SELECT year_start FROM run_days) AND month <= CAST('{month}' AS DATE)"
            )
            self._base_months[month] = base if isinstance(base, dt.date) else month
        return self._base_months[month]


def credited_amount(origins: Origins, row: Mapping[str, Any]) -> Figure:
    """One credited amount down to the rows it rests on.

    Parameters
    ----------
    row
        One row of the ledger view: line_id, measure, customer_id, product, day, rm_id, amount (minor units).

    Returns
    -------
    Figure
        Children: the parts of the whole team, which sum to the line, the line's own origin, and the
        coverage of the day with its source rows.
    """
    currency = origins.currency
    origin = _balance_line(origins, row) if row["line_id"].startswith(_BALANCE) else _income_line(origins, row)
    parts = _team_parts(origins, row)
    coverage = _coverage(origins, row["customer_id"], row["day"])
    line = Figure(
        "line_amount",
        Labels("明细金额", "amount of the line"),
        sum((Fraction(part.value) for part in parts if isinstance(part.value, Fraction)), Fraction(0)),
        Type.MONEY,
        unit=currency,
        key=(row["line_id"],),
        children=tuple(parts),
    )
    amount = money("amount", "归属金额", "credited amount", row["amount"], currency)
    return replace(amount, key=(row["line_id"], row["rm_id"]), children=(line, *origin, *coverage))


def _team_parts(origins: Origins, row: Mapping[str, Any]) -> list[Figure]:
    rows = origins.fetch(
        "SELECT rm_id, role, share, amount FROM {relation}"
        f" WHERE line_id = {quoted(row['line_id'])} AND measure = {quoted(row['credit_measure'])} ORDER BY rm_id",
        "credit_rows",
    )
    parts = []
    for part in rows:
        zh = f"{part['rm_id'] or '未分配'}({part['role']})"
        en = f"{part['rm_id'] or 'unassigned'} ({part['role']})"
        share = f"share {Fraction(part['share'], 1_000_000)}"
        parts.append(replace(money("part", zh, en, part["amount"], origins.currency), rule=share))
    return parts


def _income_line(origins: Origins, row: Mapping[str, Any]) -> list[Figure]:
    rows = origins.fetch(
        "SELECT amount, currency, booked_on, product, source_file, source_sheet, source_row, known_at FROM {relation}"
        f" WHERE line_id = {quoted(row['line_id'])}",
        "income",
    )
    figures = []
    for line in rows:
        zh, en = f"收入明细 {line['booked_on']} {line['product']}", f"income line {line['booked_on']} {line['product']}"
        income = money("income", zh, en, line["amount"], line["currency"])
        figures.append(replace(income, source=source_text(line), key=(row["line_id"],)))
        if line["currency"] != origins.currency:
            figures += _rates(origins.engine, line["currency"], origins.currency, line["booked_on"])
    return figures


def _rates(engine: Engine, currency: str, home: str, day: dt.date) -> list[Figure]:
    rows = engine.fetch(
        "SELECT rate, valid_from, source_file, source_sheet, source_row FROM fx_rates"
        f" WHERE currency = {quoted(currency)} AND quote_currency = {quoted(home)}"
        f" AND valid_from <= CAST('{day}' AS DATE) AND valid_to > CAST('{day}' AS DATE)"
    ).to_pylist()
    return [
        Figure(
            "rate",
            Labels(f"{currency}/{home} 汇率", f"rate {currency}/{home}"),
            Fraction(rate["rate"], 10**8),
            Type.NUMBER,
            source=source_text(rate),
        )
        for rate in rows
    ]


def _balance_line(origins: Origins, row: Mapping[str, Any]) -> list[Figure]:
    """The month's average balance and the frozen base, from which the growth is taken."""
    month = row["day"].replace(day=1)
    base = origins.base_month(month)
    figures = []
    for zh, en, of in (("月日均余额", "average balance of the month", month), ("冻结基数", "frozen base", base)):
        rows = origins.fetch(
            "SELECT average_balance, currency, source_file, source_sheet, source_row FROM {relation}"
            f" WHERE customer_id = {quoted(row['customer_id'])} AND product = {quoted(row['product'])}"
            f" AND month = CAST('{of}' AS DATE)",
            "balances",
        )
        for held in rows:
            balance = money(
                "balance", f"{zh} {of:%Y-%m}", f"{en} {of:%Y-%m}", held["average_balance"], held["currency"]
            )
            figures.append(replace(balance, source=source_text(held)))
        if not rows:
            figures.append(
                money("balance", f"{zh} {of:%Y-%m}(无记录)", f"{en} {of:%Y-%m} (no row)", 0, origins.currency)
            )
    return figures


def _coverage(origins: Origins, customer_id: str, day: dt.date) -> list[Figure]:
    on = f"CAST('{day}' AS DATE)"
    rows = origins.fetch(
        "SELECT rm_id, role, share, valid_from, valid_to, source_file, source_sheet, source_row FROM {relation}"
        f" WHERE customer_id = {quoted(customer_id)} AND valid_from <= {on} AND valid_to > {on} ORDER BY rm_id, role",
        "coverage",
    )
    return [
        Figure(
            "coverage",
            Labels(
                f"管户区间 {row['rm_id']}({row['role']}){row['valid_from']} 至 {row['valid_to']}",
                f"coverage {row['rm_id']} ({row['role']}) {row['valid_from']} to {row['valid_to']}",
            ),
            None if row["share"] is None else Fraction(row["share"], 10_000),
            Type.NUMBER,
            source=source_text(row),
            rule="" if row["share"] is not None else f"role_share#{row['role']}",
        )
        for row in rows
    ]
