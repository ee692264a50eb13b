"""The list as a workbook: codes beside labels, nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import xlsxwriter
from django.utils import timezone

from kejing.measure.money import from_minor
from kejing.office.shell.words import say

_WIDTH = 18


def workbook(rows: Iterable[Any], *, tiers: Mapping[tuple[str, str], str], leads: Mapping[str, str]) -> bytes:
    """A workbook of listed customers.

    Parameters
    ----------
    rows
        Customers of `listed`.
    tiers
        (scheme, tier) to its label.
    leads
        RM to name.
    """
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(say("customer.list_title")[:31])
    head = book.add_format({"bold": True})
    money = book.add_format({"num_format": "#,##0.00"})
    for place, column in enumerate(_columns()):
        sheet.write_string(0, place, column, head)
    sheet.set_column(0, len(_columns()) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        met = timezone.localdate(row.last_met).isoformat() if row.last_met else ""
        tier = tiers.get((row.scheme, row.tier), row.tier or "")
        texts = (row.customer_id, row.name, row.tier or "", tier, row.lead_rm or "", leads.get(row.lead_rm, ""), met)
        for place, text in enumerate(texts):
            sheet.write_string(number, place, text)
        if row.income_minor is not None and row.currency:
            sheet.write_number(number, len(texts), float(from_minor(row.income_minor, row.currency)), money)
            sheet.write_string(number, len(texts) + 1, row.currency)
    book.close()
    return written.getvalue()


def _columns() -> tuple[str, ...]:
    return (
        say("customer.id"),
        say("customer.name"),
        say("customer.tier_code"),
        say("customer.tier"),
        say("customer.lead_id"),
        say("customer.lead"),
        say("customer.last_met"),
        say("customer.income"),
        say("customer.currency"),
    )
