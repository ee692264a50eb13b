"""An alert: what was seen, on which facts, and what became of it."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import Row
from kejing.office.books.models import OpenItem

OUTFLOW = "outflow"
"""Kind of the open item that an alert stands on: whose turn it is and whether it is answered stands there."""


class Alert(Row):
    """Money that left a customer, as it was seen on the day; what the facts say later changes nothing here."""

    class Ground(models.TextChoices):
        """Why an alert was dismissed."""

        FALSE_ALARM = "false_alarm"  # nothing left: a mistake of the data or of the rule
        KNOWN_USE = "known_use"  # the customer had told what the money is for
        SEASONAL = "seasonal"  # it does so every year
        OTHER = "other"

    item = models.OneToOneField(OpenItem, on_delete=models.PROTECT, related_name="alert")
    customer_id = models.CharField(max_length=80, db_index=True)
    policy = models.CharField(max_length=120)
    rule_id = models.CharField(max_length=80)
    raised_on = models.DateField(db_index=True)
    currency = models.CharField(max_length=3)
    norm_minor = models.BigIntegerField()  # mean balance before the window [minor units]
    before_day = models.DateField()
    before_minor = models.BigIntegerField()  # on the last day before the window
    now_day = models.DateField()
    now_minor = models.BigIntegerField()
    fall_micro = models.BigIntegerField()  # below the norm [millionths]
    balances = models.JSONField(default=list)  # [[day, minor units], …] of norm and window: the evidence
    snapshot_id = models.CharField(max_length=64)
    ground = models.CharField(max_length=12, choices=Ground, blank=True)
    closed_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.raised_on}"
