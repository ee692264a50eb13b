"""What the API says of each entity. Sums are whole minor units, hours and ratios millionths; days are half-open."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema
from pydantic import AwareDatetime

from kejing.office.books.models.work import Channel
from kejing.office.contacts.entry import Outcome, Tag

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]

Free = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class PageOf[S: Schema](Schema):
    """One page of a list."""

    items: list[S]
    next: str | None = None


class CustomerOut(Schema):
    """A customer over the days in which its master data held."""

    customer_id: str
    name: str
    kind: str
    group_id: str
    industry: str
    unit_id: str
    valid_from: dt.date
    valid_to: dt.date


class CoverageOut(Schema):
    """One RM in one role for one customer; ``share`` of the credit in basis points."""

    customer_id: str
    rm_id: str
    role: str
    share: int | None
    valid_from: dt.date
    valid_to: dt.date


class StandingOut(Schema):
    """How a customer stands in the newest run."""

    customer_id: str
    scheme: str
    tier: str
    boundary_micro: int | None
    is_on_watch: bool
    income_minor: int
    currency: str
    required_micro_hours: int
    run_id: str


class RmOut(Schema):
    """An RM."""

    rm_id: str
    name: str
    line: str
    grade: str
    unit_id: str
    valid_from: dt.date
    valid_to: dt.date


class UnitOut(Schema):
    """A unit of the tree."""

    unit_id: str
    name: str
    level: int
    parent_id: str
    path: str


class ContactOut(Schema):
    """A contact that took place, or was called off."""

    contact_id: str
    customer_id: str
    rm_id: str
    channel: str
    direction: str
    outcome: str
    happened_at: dt.datetime
    next_step: str
    next_on: dt.date | None
    called_off: str


class ContactIn(Schema):
    """A contact to log, as the page's form has it; ``client_key`` is made for this one entry."""

    client_key: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
    customer_id: Name
    channel: Channel
    outcome: Outcome
    happened_at: AwareDatetime
    tags: list[Tag] = []
    needs: Free = ""
    next_step: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]+$")]
    next_on: dt.date
    called_off: Free = ""
    booking: Annotated[int, Field(ge=0, lt=10**17)] = 0


class BookingOut(Schema):
    """A contact still to come."""

    id: int
    customer_id: str
    rm_id: str
    channel: str
    due_at: dt.datetime
    note: str


class OpenItemOut(Schema):
    """Something that waits for an RM."""

    id: int
    customer_id: str
    rm_id: str
    kind: str
    title: str
    due_on: dt.date | None
    state: str


class PlanOut(Schema):
    """What an RM means to do for a customer."""

    customer_id: str
    rm_id: str
    needs: str
    goal: str
    steps: str
    visits_per_quarter: int
    version: int


class TierExceptionOut(Schema):
    """A customer kept in another tier, with an end."""

    customer_id: str
    scheme: str
    tier: str
    reason: str
    valid_from: dt.date
    valid_to: dt.date


class TargetOut(Schema):
    """What an RM is to reach."""

    rm_id: str
    unit_id: str
    measure: str
    period: str
    amount_minor: int
    currency: str
    accepted_at: dt.datetime | None


class DisputeOut(Schema):
    """A contested line."""

    id: int
    rm_id: str
    customer_id: str
    line_id: str
    period: str
    claimed_minor: int | None
    currency: str
    reason: str
    state: str
    answer: str


class ChangeIn(Schema):
    """One customer from one RM to another, in one role."""

    customer_id: Name
    from_rm_id: Name
    to_rm_id: Name
    role: Name = "lead"


class ChangeSetIn(Schema):
    """A change set to draft."""

    title: Name
    reason: Text
    effective_on: dt.date
    changes: Annotated[list[ChangeIn], Field(min_length=1, max_length=20_000)]


class ChangeSetOut(Schema):
    """A change set and where it stands."""

    id: int
    title: str
    reason: str
    effective_on: dt.date
    unit_id: str
    state: str
    challenge_by: dt.date | None
    version: int


class LoadOut(Schema):
    """What an RM carries."""

    customers: int
    income_minor: int
    required_micro_hours: int
    bookings: int
    open_items: int


class RmPreviewOut(Schema):
    """An RM before and after."""

    rm_id: str
    before: LoadOut
    after: LoadOut


class PreviewOut(Schema):
    """What a change set would do."""

    customers: int
    splits_kept: int
    splits_changed: int
    moved_on: list[str]
    rms: list[RmPreviewOut]


class SubmitIn(Schema):
    """Until when it may be challenged."""

    challenge_by: dt.date | None = None


class ReasonIn(Schema):
    """Why."""

    reason: Text


class RunOut(Schema):
    """A run that the office knows."""

    run_id: str
    policy: str
    as_of: dt.date
    snapshot_id: str
    currency: str
    is_shown: bool


class RunRowsOut(Schema):
    """Rows of a table of a run; sums are decimals, written as in the file."""

    table: str
    rows: list[dict[str, str | int | bool | Decimal | dt.date | None]]


class EventOut(Schema):
    """One event of the chain."""

    number: int
    at: dt.datetime
    code: str
    actor_id: int | None
    on_behalf_of_id: int | None
    reason: str
    change_set_id: int | None
    touched: int
    seal: str


class HookIn(Schema):
    """An address to tell."""

    url: Annotated[str, Field(min_length=8, max_length=500)]
    topics: Annotated[list[str], Field(min_length=1, max_length=20)]


class HookOut(Schema):
    """A webhook; its secret is told once, when it is made."""

    id: int
    url: str
    topics: list[str]
    secret: str = ""
