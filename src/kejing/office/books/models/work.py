"""Work on customers: contacts, bookings, open items, plans; and what RMs are held to."""

from __future__ import annotations

import datetime as dt

from django.db import models

from kejing.office.acts.rows import DatedQuery, DatedRow, Row
from kejing.office.people.models import User


class Channel(models.TextChoices):
    """How a customer was met, as in the facts."""

    VISIT = "visit"
    PHONE = "phone"
    VIDEO = "video"
    COUNTER = "counter"
    OTHER = "other"


class Contact(Row):
    """A contact that took place, or was called off for a reason."""

    contact_id = models.CharField(max_length=80, unique=True)
    client_key = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - only where a device logged it
    customer_id = models.CharField(max_length=80)
    rm_id = models.CharField(max_length=80)
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=10, default="outbound")
    outcome = models.CharField(max_length=80)
    happened_at = models.DateTimeField()
    tags = models.JSONField(default=list)
    needs = models.TextField(blank=True)
    next_step = models.TextField(blank=True)
    next_on = models.DateField(null=True)
    called_off = models.TextField(blank=True)  # the reason, where the contact did not take place

    class Meta:
        indexes = (
            models.Index(fields=("customer_id", "happened_at"), name="contact_customer"),
            models.Index(fields=("rm_id", "happened_at"), name="contact_rm"),
        )

    def __str__(self) -> str:
        return self.contact_id


class Booking(Row):
    """A contact that is still to come."""

    customer_id = models.CharField(max_length=80, db_index=True)
    rm_id = models.CharField(max_length=80)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.VISIT)
    due_at = models.DateTimeField()
    note = models.TextField(blank=True)
    contact = models.OneToOneField(Contact, null=True, on_delete=models.PROTECT, related_name="booking")
    called_off = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=("rm_id", "due_at"), name="booking_rm"),)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.due_at}"


class OpenItem(Row):
    """Something that waits for an RM: a case, an alert, a request, a handover."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        DONE = "done"
        DISMISSED = "dismissed"

    customer_id = models.CharField(max_length=80, db_index=True)
    rm_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    evidence = models.JSONField(default=dict)
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)

    class Meta:
        indexes = (models.Index(fields=("rm_id", "state", "due_on"), name="open_item_rm"),)

    def __str__(self) -> str:
        return self.title


class Plan(Row):
    """What an RM means to do for a customer this year."""

    customer_id = models.CharField(max_length=80, unique=True)
    rm_id = models.CharField(max_length=80)
    needs = models.TextField(blank=True)
    goal = models.TextField(blank=True)
    steps = models.TextField(blank=True)
    visits_per_quarter = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.customer_id


class Target(DatedRow):
    """What an RM is to reach in a measure; accepted by him or not yet."""

    rm_id = models.CharField(max_length=80, db_index=True)
    unit_id = models.CharField(max_length=80, db_index=True)
    measure = models.CharField(max_length=80)
    period = models.CharField(max_length=10)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    accepted_at = models.DateTimeField(null=True)

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return f"{self.rm_id} {self.measure} {self.period}"


class Dispute(Row):
    """An RM contests how a line was credited or paid."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    rm_id = models.CharField(max_length=80, db_index=True)
    customer_id = models.CharField(max_length=80, blank=True)
    line_id = models.CharField(max_length=80, blank=True)
    policy = models.CharField(max_length=120, blank=True)
    period = models.CharField(max_length=10)
    resting_minor = models.BigIntegerField(null=True)  # pay that rested on the line when it was disputed
    claimed_minor = models.BigIntegerField(null=True)  # pay that the RM holds to be right
    currency = models.CharField(max_length=3, blank=True)
    reason = models.TextField()
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="disputes_to_answer")
    filed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    filed_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.line_id

    @property
    def effect_minor(self) -> int | None:
        """What granting the claim is expected to move [minor units]."""
        if self.claimed_minor is None or self.resting_minor is None:
            return None
        return self.claimed_minor - self.resting_minor

    def days_late(self, day: dt.date) -> int:
        """Days by which the answer is, or was, late [days]."""
        if self.due_on is None:
            return 0
        return max(((self.decided_on or day) - self.due_on).days, 0)


class Acceptance(Row):
    """An RM accepted a performance contract as it read: its hash says which text that was."""

    rm_id = models.CharField(max_length=80, db_index=True)
    policy = models.CharField(max_length=120)
    period = models.CharField(max_length=10)
    language = models.CharField(max_length=2)
    document_sha256 = models.CharField(max_length=64)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    accepted_on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rm_id", "document_sha256"), name="one_acceptance_a_text"),)

    def __str__(self) -> str:
        return f"{self.rm_id} {self.period}"
