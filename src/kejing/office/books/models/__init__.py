"""Tables of the books. Ids are those of the facts: text, never a number of ours."""

from kejing.office.books.models.coverage import Coverage, Handling, Rm, RmAbsence
from kejing.office.books.models.customers import Customer, Standing, TierException
from kejing.office.books.models.work import Acceptance, Booking, Contact, Dispute, OpenItem, Plan, Target

__all__ = [
    "Acceptance",
    "Booking",
    "Contact",
    "Coverage",
    "Customer",
    "Dispute",
    "Handling",
    "OpenItem",
    "Plan",
    "Rm",
    "RmAbsence",
    "Standing",
    "Target",
    "TierException",
]
