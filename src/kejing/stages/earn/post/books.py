"""The books of the ledger: which figures of which output tables are posted, and by what key."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.measure.money import minor_digits
from kejing.stages.output import MICRO_DIGITS
from kejing.stages.tables import OUT_TABLES, OutKind

KEY_COLUMNS = ("rm_id", "unit_id", "measure", "component", "line_id", "customer_id", "role", "ref", "figure")
"""Every column by which postings are told apart; a column that a book does not have is ''."""


@dataclass(frozen=True, slots=True)
class Book:
    """One book: rows of output table ``table``, one posting a figure.

    Attributes
    ----------
    key
        Columns of `KEY_COLUMNS` by which sums of the book are drawn: a line that goes to another unit or customer with
        its amount unchanged is two postings, so that each unit's sum stays right.
    refs
        Columns of the table that together make ``ref``, where its key has columns of its own.
    figures
        Columns whose amounts are posted, as the run stores them: minor units, millionths or a count.
    where
        Rows that are posted.
    clause
        The column that says on which clause a row rests, if there is one.
    period
        The column that names the period a row is posted for.
    title
        The book's own name, where a table has two.
    """

    table: str
    key: tuple[str, ...]
    figures: tuple[str, ...]
    refs: tuple[str, ...] = ()
    where: str = "1 = 1"
    clause: str = ""
    period: str = "period"
    title: str = ""

    @property
    def book(self) -> str:
        """What postings say in column ``book``."""
        return self.title or self.table

    @property
    def name(self) -> str:
        """Name of the book's postings: ``pay_posting``."""
        return f"{self.book}_posting"

    def digits(self, figure: str, currency: str) -> int:
        """Digits after the point of a figure's stored integer."""
        match OUT_TABLES[self.table].column(figure).kind:
            case OutKind.MONEY:
                return minor_digits(currency)
            case OutKind.MICRO:
                return MICRO_DIGITS
            case _:
                return 0


BOOKS: dict[str, Book] = {
    book.book: book
    for book in (
        Book(
            "credit",
            ("measure", "line_id", "rm_id", "unit_id", "customer_id", "role"),
            ("amount",),
            where="view = 'ledger'",  # the shadow view counts twice on purpose and is no truth to add up
        ),
        Book("score", ("rm_id", "unit_id", "measure"), ("actual", "target", "completion", "points", "rank")),
        Book("pay", ("rm_id", "component", "measure", "line_id", "customer_id"), ("amount",), clause="policy_clause"),
        Book("pay_total", ("rm_id", "unit_id"), ("gross", "paid_now", "deferred")),
        Book(
            "settlement",
            ("rm_id", "unit_id"),
            (
                "gross",
                "deferred",
                "held",
                "released",
                "vested",
                "recovered",
                "payable",
                "paid_out",
                "receivable",
                "reimbursed",
            ),
        ),
        Book(
            "held",
            ("rm_id", "component", "measure", "line_id"),
            ("amount",),
            refs=("hold_id",),
            where="NOT is_carried",  # what earlier years withheld was posted for their own
        ),
        # What a later fiscal year finds withheld is what stands in held and not here.
        Book(
            "held",
            ("rm_id", "component", "measure", "line_id"),
            ("amount",),
            refs=("hold_id", "period"),
            period="released_in",
            title="release",
        ),
        # What is cancelled later stands in the book of malus, so that a cent is cancelled once.
        Book(
            "instalment",
            ("rm_id", "unit_id"),
            ("amount",),
            refs=("number", "vests_on"),
            where="NOT is_carried",  # those of earlier years were posted for their own
            clause="policy_clause",
        ),
        Book(
            "malus",
            ("rm_id",),
            ("amount",),
            refs=("incident_id", "kind", "period", "number"),
            clause="policy_clause",
            period="decided_in",  # the period whose settlement takes it; the pay that is touched is in the ref
        ),
    )
}
"""Books by name. A table that a run does not have is posted nothing of."""

PAYABLE = (("settlement", "paid_out"), ("pay_total", "paid_now"))
"""The figure that payroll pays out: of the first of these tables that a run has."""
