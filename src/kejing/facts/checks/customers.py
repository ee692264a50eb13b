"""Dates of customers against their own and against their income."""

from __future__ import annotations

from kejing.facts.checks.docket import Docket, noted
from kejing.measure.findings import Severity


def check_closed_before_opened(docket: Docket) -> None:
    """Find customers that were closed before they were opened."""
    select = (
        f"SELECT fn, rn, {noted('closed_on', opened_on='opened_on')} FROM ok_customers "
        "WHERE closed_on < opened_on AND NOT voided"
    )
    docket.add("facts.closed_before_opened", Severity.ERROR, "customers", select)


def check_income_dates(docket: Docket) -> None:
    """Find income after the customer was closed, and income booked later than it was known."""
    found = noted("booked_on", customer_id="o.customer_id", closed_on="c.closed_on")
    closed = (
        f"SELECT o.fn, o.rn, {found} FROM ok_income AS o JOIN (SELECT customer_id, MAX(closed_on) AS closed_on "
        "FROM cur_customers GROUP BY customer_id HAVING COUNT(*) = COUNT(closed_on)) AS c "
        "ON c.customer_id = o.customer_id WHERE o.booked_on > c.closed_on AND NOT o.voided"
    )
    docket.add("facts.income_after_closing", Severity.WARNING, "income", closed)
    early = (
        f"SELECT fn, rn, {noted('booked_on', known_at='known_at')} FROM ok_income "
        "WHERE booked_on > known_at AND known_at > DATE '0001-01-01' AND NOT voided"
    )
    docket.add("facts.booked_after_known", Severity.WARNING, "income", early)


def check_negative_balances(docket: Docket) -> None:
    """Find balances below zero: an overdraft, or a sign lost on the way."""
    select = f"SELECT fn, rn, {noted('average_balance')} FROM ok_balances WHERE average_balance < 0 AND NOT voided"
    docket.add("facts.negative_balance", Severity.WARNING, "balances", select)
