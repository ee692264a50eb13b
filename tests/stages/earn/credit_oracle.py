"""Who is credited with what, reckoned a second time: plain Python, day by day, no SQL and none of the stage's code.

Only the splitting of whole numbers is shared: `kejing.measure.share.largest_remainder`, tested on its own.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import Period, add_months
from kejing.measure.share import largest_remainder
from kejing.policy import Pack
from tests.stages.institution import Facts, fact_table

type Row = Mapping[str, object]

HOUSE = ""
"""The RM id of what nobody in post is credited with."""
DIGITS = {"JPY": 0}
"""Minor digits of the currencies of the tests; two where none are given."""


def half_up(value: Fraction) -> int:
    """Rounded once, ties away from zero."""
    size, rest = divmod(abs(value.numerator), value.denominator)
    size += 2 * rest >= value.denominator
    return -size if value < 0 else size


@dataclass(frozen=True)
class Line:
    """One amount to be split among the team of its day."""

    line_id: str
    measure: str
    period: str
    customer_id: str
    day: dt.date
    amount: int


@dataclass
class CreditOracle:
    """Lines and parts of a run over ``facts`` as of a day."""

    facts: Facts
    pack: Pack
    as_of: dt.date
    tables: dict[str, list[dict[str, object]]] = field(init=False)
    weights: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.tables = {
            name: fact_table(table, self.facts.get(name, ())).to_pylist() for name, table in FACT_TABLES.items()
        }
        rules = self.pack.table(str(self.pack.section("credit")["roles"])).rows_on(self.as_of)
        self.weights = {str(rule.raw["role"]): int(str(rule.outputs["weight"])) for rule in rules}

    def periods(self) -> list[tuple[str, Period]]:
        """Named periods of the fiscal year that have begun."""
        return self.pack.calendar.periods_to(self.as_of)

    def team(self, customer_id: str, day: dt.date) -> dict[str, int]:
        """Weight by RM on a day; those not in post weigh for the house."""
        weights: dict[str, int] = defaultdict(int)
        for row in self._shares(customer_id):
            if _holds(row, day):
                weights[str(row["rm_id"]) if self._in_post(str(row["rm_id"]), day) else HOUSE] += self._weight(row)
        return dict(weights)

    def split(self, line: Line) -> dict[str, int]:
        """Part by RM; the house takes a line without a team."""
        return largest_remainder(line.amount, self.team(line.customer_id, line.day) or {HOUSE: 1})

    def income_lines(self) -> Iterator[Line]:
        """The ledger in the policy's currency; what has no rate is not in it."""
        for row in self.tables["income"]:
            booked = row["booked_on"]
            assert isinstance(booked, dt.date)
            period = next((name for name, span in self.periods() if booked in span), None)
            if period is None or booked > self.as_of or not self._in_scope(str(row["customer_id"]), booked):
                continue
            rate = self._rate(str(row["currency"]), booked)
            if rate is not None:
                amount = half_up(Fraction(int(str(row["amount"]))) * rate)
                yield Line(str(row["line_id"]), "income", period, str(row["customer_id"]), booked, amount)

    def increment_lines(self) -> Iterator[Line]:
        """Growth of daily average balances over the frozen base, month by month, cut where the team changes."""
        held = self._balances()
        base = add_months(self.pack.calendar.year_start(self.as_of), -1)
        loaded = {month for (_, _, _, month) in held}
        accounts = sorted({(customer, product, measure) for customer, product, measure, _ in held})
        for name, span in self.periods():
            months = [month for month in _months(span) if month in loaded and add_months(month, 1) <= self.as_of + _DAY]
            days = sum((add_months(month, 1) - month).days for month in months)
            for account in accounts:
                running, paid = Fraction(0), 0
                for month in months:
                    last = add_months(month, 1) - _DAY
                    if not self._in_scope(account[0], last):
                        continue
                    growth = held.get((*account, month), 0) - held.get((*account, base), 0)
                    running += Fraction(growth * (last - month).days + growth, days)
                    step, paid = half_up(running) - paid, half_up(running)
                    if step:
                        yield from self._pieces(account, name, month, step)

    def _pieces(self, account: tuple[str, str, str], period: str, month: dt.date, amount: int) -> Iterator[Line]:
        customer, product, measure = account
        cuts = sorted({month, *(day for day in self._change_days(customer) if month < day < add_months(month, 1))})
        ends = [*cuts[1:], add_months(month, 1)]
        lengths: dict[tuple[dt.date, bool], int] = {}
        for start, end in zip(cuts, ends, strict=True):
            is_covered = any(_holds(row, start) for row in self._shares(customer))
            key = (start, True) if is_covered else (month, False)
            lengths[key] = lengths.get(key, 0) + (end - start).days
        # Ties go to the earlier day; what nobody covers is one piece dated on the first of the month and comes first.
        order = sorted(lengths, key=lambda key: (key[0], key[1]))
        parts = largest_remainder(amount, {place: lengths[key] for place, key in enumerate(order)})
        for place, (start, is_covered) in enumerate(order):
            tail = "" if is_covered else ":0"
            yield Line(f"bal:{customer}:{product}:{start}{tail}", measure, period, customer, start, parts[place])

    def _balances(self) -> dict[tuple[str, str, str, dt.date], int]:
        measures = {str(row["product"]): str(row["measure"]) for row in self.tables["products"] if row["measure"]}
        listed = self.pack.section("credit")["balance_measures"]
        assert isinstance(listed, list)
        base = add_months(self.pack.calendar.year_start(self.as_of), -1)
        used = {base, *(month for _, span in self.periods() for month in _months(span))}
        found = {}
        for row in self.tables["balances"]:
            measure, month = measures.get(str(row["product"]), ""), row["month"]
            assert isinstance(month, dt.date)
            last = add_months(month, 1) - _DAY
            rate = self._rate(str(row["currency"]), last)
            if measure in listed and month in used and rate is not None and (month == base or last <= self.as_of):
                amount = half_up(Fraction(int(str(row["average_balance"]))) * rate)
                found[str(row["customer_id"]), str(row["product"]), measure, month] = amount
        return found

    def _change_days(self, customer_id: str) -> set[dt.date]:
        days = set()
        for row in self._shares(customer_id):
            days |= {row["valid_from"], row["valid_to"]}
            for post in self.tables["rms"]:
                if post["rm_id"] == row["rm_id"]:
                    days |= {d for d in (post["valid_from"], post["valid_to"]) if _within(row, d)}
        return {day for day in days if isinstance(day, dt.date)}

    def _shares(self, customer_id: str) -> list[Row]:
        return [
            row
            for row in self.tables["coverage"]
            if row["customer_id"] == customer_id and row["role"] in self.weights and self._weight(row) > 0
        ]

    def _weight(self, row: Row) -> int:
        return self.weights[str(row["role"])] if row["share"] is None else int(str(row["share"]))

    def _in_post(self, rm_id: str, day: dt.date) -> bool:
        return any(row["rm_id"] == rm_id and _holds(row, day) for row in self.tables["rms"])

    def _in_scope(self, customer_id: str, day: dt.date) -> bool:
        kinds = self.pack.population.customer_kinds
        return any(
            row["customer_id"] == customer_id and row["kind"] in kinds and _holds(row, day)
            for row in self.tables["customers"]
        )

    def _rate(self, currency: str, day: dt.date) -> Fraction | None:
        home = self.pack.currency
        if currency == home:
            return Fraction(1)
        scale = Fraction(10 ** DIGITS.get(home, 2), 10 ** DIGITS.get(currency, 2))
        for row in self.tables["fx_rates"]:
            if (row["currency"], row["quote_currency"]) == (currency, home) and _holds(row, day):
                return Fraction(int(str(row["rate"])), 10**8) * scale
        return None


_DAY = dt.timedelta(days=1)


def _months(span: Period) -> list[dt.date]:
    months = [span.start]
    while (following := add_months(months[-1], 1)) < span.end:
        months.append(following)
    return months


def _holds(row: Row, day: dt.date) -> bool:
    start, end = row["valid_from"], row["valid_to"]
    assert isinstance(start, dt.date)
    assert isinstance(end, dt.date)
    return start <= day < end


def _within(row: Row, day: object) -> bool:
    start, end = row["valid_from"], row["valid_to"]
    assert isinstance(day, dt.date)
    assert isinstance(start, dt.date)
    assert isinstance(end, dt.date)
    return start < day < end
