"""What was paid, from the file that payroll sends back, held against what was due to the cent."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kejing.facts.headers import fold
from kejing.facts.read.open_file import stage_sheet
from kejing.facts.read.sheet import ReadOptions, UnreadableSourceError
from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.money import NotAnAmountError, from_minor, to_minor
from kejing.warehouse.engine import DuckEngine

HEADERS: Mapping[str, tuple[str, ...]] = {
    "rm_id": ("rm_id", "rm", "客户经理编号", "客户经理", "工号", "employee no"),
    "amount": ("amount_paid", "paid", "实发金额", "已付金额", "实付金额", "amount_due", "应发金额", "amount", "金额"),
    "currency": ("currency", "币种", "货币"),
    "reference": ("reference", "付款编号", "编号", "附言"),
}
"""Words over the columns of a payments file, the first found counts: what was paid before what was due."""
_STAGE = "payments"


class NoPaymentsError(KejingError):
    """The payments file cannot be read or lacks a column."""

    code = "ledger.payments_unreadable"


@dataclass(frozen=True, slots=True)
class Payment:
    """One row of the payments file; ``amount`` in minor units."""

    row: int
    rm_id: str
    amount: int
    reference: str


def read_payments(path: Path, currency: str) -> tuple[list[Payment], list[Finding]]:
    """Payments of a CSV, XLSX or Parquet file, and findings of rows that are no payments.

    Raises
    ------
    NoPaymentsError
        The file cannot be read, or has no column of RMs or of amounts.
    """
    with tempfile.TemporaryDirectory() as staging, DuckEngine(threads=1) as engine:
        try:
            sheet = stage_sheet(engine, path, ReadOptions(), relation="paid", folder=Path(staging))
        except UnreadableSourceError as cause:
            raise NoPaymentsError(file=path.name, columns="") from cause
        places = _places(sheet.headers)
        missing = [name for name in ("rm_id", "amount") if name not in places]
        if missing or sheet.ragged:
            raise NoPaymentsError(file=path.name, columns=", ".join(missing))
        cells = ", ".join(f"c{at} AS {name}" for name, at in places.items())
        rows = engine.fetch(f'SELECT "row", {cells} FROM paid ORDER BY "row"').to_pylist()
    payments, findings = [], []
    for row in rows:
        texts = {name: str(row[name] or "").strip() for name in places}
        if not any(texts.values()):
            continue
        place = {"file": path.name, "row": int(row["row"])}
        if texts.get("currency") and texts["currency"] != currency:
            findings.append(_at(place, "currency", texts["currency"], "ledger.payment_currency", currency=currency))
            continue
        try:
            amount = to_minor(texts["amount"], currency)
        except NotAnAmountError:
            findings.append(_at(place, "amount", texts["amount"], "ledger.payment_not_an_amount", currency=currency))
            continue
        payments.append(Payment(int(row["row"]), texts["rm_id"], amount, texts.get("reference", "")))
    return payments, findings


def compare_payments(
    due: Mapping[str, int], payments: Sequence[Payment], known: set[str], *, file: str, currency: str
) -> list[Finding]:
    """A finding for each RM who was paid nothing, another amount, or is not on the list.

    Parameters
    ----------
    due
        Minor units by RM; negative where money is to come back.
    known
        RMs of the run; anybody else is a stranger, whatever the amount.
    """
    paid: dict[str, int] = {}
    rows: dict[str, int] = {}
    for payment in payments:
        paid[payment.rm_id] = paid.get(payment.rm_id, 0) + payment.amount
        rows.setdefault(payment.rm_id, payment.row)
    findings = []
    for rm in sorted({*due, *paid}):
        owed, gone = due.get(rm, 0), paid.get(rm, 0)
        place = Place(file=file, row=rows.get(rm, 0), column="rm_id", value=rm)
        facts = {"rm": rm, "due": str(from_minor(owed, currency)), "paid": str(from_minor(gone, currency))}
        facts |= {"difference": str(from_minor(gone - owed, currency)), "currency": currency}
        if rm in paid and rm not in known and rm not in due:
            findings.append(_finding("ledger.payment_stranger", place, facts))
        elif rm not in paid and owed:
            findings.append(_finding("ledger.payment_missing", place, facts))
        elif owed != gone:
            findings.append(_finding("ledger.payment_differs", place, facts))
    return findings


def _places(headers: Sequence[str]) -> dict[str, int]:
    """Place of each known column: the first of its words that heads a column."""
    folded = [fold(header) for header in headers]
    found = {}
    for name, words in HEADERS.items():
        at = next((folded.index(fold(word)) for word in words if fold(word) in folded), None)
        if at is not None:
            found[name] = at
    return found


def _at(place: Mapping[str, object], column: str, value: str, code: str, **facts: str) -> Finding:
    at = Place(file=str(place["file"]), row=int(str(place["row"])), column=column, value=value)
    return Finding(code=code, severity=Severity.ERROR, place=at, stage=_STAGE, facts=facts)


def _finding(code: str, place: Place, facts: Mapping[str, str]) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, place=place, stage=_STAGE, facts=dict(facts))
