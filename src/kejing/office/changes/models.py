"""Change sets, their lines, and challenges."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import Row
from kejing.office.people.models import User


class ChangeSet(Row):
    """Many changes that take effect together on one day."""

    class State(models.TextChoices):
        """The steps, in order."""

        DRAFT = "draft"
        SUBMITTED = "submitted"  # open to challenges
        APPROVED = "approved"
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"
        TAKEN_BACK = "taken_back"  # published, and undone by its inverse

    title = models.CharField(max_length=200)
    reason = models.TextField()
    effective_on = models.DateField()
    unit_id = models.CharField(max_length=80)  # whose change it is
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    challenge_by = models.DateField(null=True)  # last day for challenges
    inverse_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="inverse")
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(auto_now_add=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    published_event = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.title


class ChangeLine(Row):
    """One change: what it is about, what it expects to find, and what it puts in place."""

    class Kind(models.TextChoices):
        """What a line changes; `kejing.office.changes.lines` applies each kind."""

        COVERAGE = "coverage"  # a customer goes from one RM to another in one role
        BOOKING = "booking"  # a contact to come goes to another RM
        OPEN_ITEM = "open_item"  # what waits goes to another RM
        PLAN = "plan"  # the plan of a customer goes to another RM
        TARGET = "target"
        TIER_EXCEPTION = "tier_exception"
        POSITION = "position"
        CUSTOMER = "customer"  # another unit manages a customer
        HANDLING = "handling"  # a kind of his business goes to another unit
        RM = "rm"  # an RM goes to another unit, and his position with him

    change_set = models.ForeignKey(ChangeSet, on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind)
    customer_id = models.CharField(max_length=80, blank=True, db_index=True)
    from_rm_id = models.CharField(max_length=80, blank=True)
    to_rm_id = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=20, blank=True)
    row_id = models.BigIntegerField(null=True)  # the row that the line is about, for kinds that have one
    values = models.JSONField(default=dict)  # column to value, for kinds that set values

    class Meta:
        constraints = (models.UniqueConstraint(fields=("change_set", "place"), name="one_line_a_place"),)
        indexes = (
            models.Index(fields=("from_rm_id",), name="line_from_rm"),
            models.Index(fields=("to_rm_id",), name="line_to_rm"),
        )

    def __str__(self) -> str:
        return f"{self.change_set_id}.{self.place}"


class Challenge(Row):
    """Somebody concerned says that a line is wrong, and why."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        ACCEPTED = "accepted"  # the line is struck
        REFUSED = "refused"

    change_set = models.ForeignKey(ChangeSet, on_delete=models.PROTECT, related_name="challenges")
    line = models.ForeignKey(ChangeLine, null=True, on_delete=models.SET_NULL, related_name="challenges")
    customer_id = models.CharField(max_length=80, blank=True)
    rm_id = models.CharField(max_length=80, blank=True)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.reason
