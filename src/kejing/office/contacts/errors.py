"""What logging and booking refuse."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class UnseenCustomerError(KejingError):
    """There is no such customer, or the viewer does not see it."""

    code = "office.contact_unseen_customer"


class IncompleteContactError(KejingError):
    """Something that a contact must tell is missing or not readable."""

    code = "office.contact_incomplete"


class ContactAheadError(KejingError):
    """A contact of a day to come cannot have taken place."""

    code = "office.contact_ahead"


class ForeignKeyError(KejingError):
    """The client key was used by somebody else or for another customer."""

    code = "office.contact_foreign_key"
