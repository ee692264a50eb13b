"""Events: what was done, by whom, why, and the rows it touched, each event sealed to the one before."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Event(models.Model):
    """One act. Numbers run without a gap from 1; ``seal`` covers everything here, the rows and the seal before."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    code = models.CharField(max_length=80, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    change_set_id = models.BigIntegerField(null=True, db_index=True)
    facts = models.JSONField(default=dict)
    touched = models.PositiveIntegerField(default=0)
    rows_seal = models.CharField(max_length=64)
    seal_before = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.code}"


class Touch(models.Model):
    """One row that an event added, changed or removed."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="touches")
    place = models.PositiveIntegerField()
    entity = models.CharField(max_length=60)  # books.coverage
    key = models.CharField(max_length=80)
    customer_id = models.CharField(max_length=80, null=True)  # noqa: DJ001 - most rows are of no customer
    rm_id = models.CharField(max_length=80, null=True)  # noqa: DJ001 - the same for RMs
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("event_id", "place")
        indexes = (
            models.Index(fields=("entity", "key"), name="touch_row"),
            models.Index(fields=("customer_id", "event"), name="touch_customer"),
            models.Index(fields=("rm_id", "event"), name="touch_rm"),
        )

    def __str__(self) -> str:
        return f"{self.entity} {self.key}"


class ChainHead(models.Model):
    """Where the chain stands: one row, which every act locks first."""

    number = models.BigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.number} {self.seal}"


class Mark(models.Model):
    """The newest event that wrote a table: what was worked out from tables holds as long as their marks do."""

    entity = models.CharField(max_length=60, primary_key=True)  # books.coverage
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.entity} {self.seal}"
