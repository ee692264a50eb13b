"""Who may see what: one function per entity, taken by every list, page, search, export, API and job.

Each function gives a query for a `Viewer`. Nobody sees anything without a position that holds today; a wall hides a
customer from everybody but its members, whatever their position; under a delegation both people must be members.
"""

from kejing.office.scope.customers import coverage, customers, of_customers, standings, walled
from kejing.office.scope.events import events, touches
from kejing.office.scope.sight import SightKey, sight
from kejing.office.scope.units import rms, units
from kejing.office.scope.work import bookings, contacts, disputes, open_items, plans, targets, tier_exceptions

RESTS_ON = (
    "books.coverage",
    "books.customer",
    "books.rm",
    "people.delegation",
    "people.position",
    "people.unit",
    "people.user",
    "people.wall",
    "people.wallmember",
)
"""Tables that decide who sees which units, RMs and customers."""

__all__ = [
    "RESTS_ON",
    "SightKey",
    "bookings",
    "contacts",
    "coverage",
    "customers",
    "disputes",
    "events",
    "of_customers",
    "open_items",
    "plans",
    "rms",
    "sight",
    "standings",
    "targets",
    "tier_exceptions",
    "touches",
    "units",
    "walled",
]
