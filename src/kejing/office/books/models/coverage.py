"""RMs, and who covers whom from when to when."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import DatedQuery, DatedRow


class Rm(DatedRow):
    """An RM over the days in which line, grade and unit held."""

    rm_id = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    line = models.CharField(max_length=32)
    grade = models.CharField(max_length=40)
    unit_id = models.CharField(max_length=80, db_index=True)
    fte_micro = models.BigIntegerField(default=1_000_000)  # full-time equivalent [millionths]
    skills = models.CharField(max_length=200, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    objects = DatedQuery.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rm_id", "valid_from"), name="one_rm_a_day"),)

    def __str__(self) -> str:
        return self.name


class RmAbsence(DatedRow):
    """Days on which an RM is away, and who covers them."""

    rm_id = models.CharField(max_length=80, db_index=True)
    reason = models.CharField(max_length=80)
    cover_rm_id = models.CharField(max_length=80, blank=True)

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return self.rm_id


class Coverage(DatedRow):
    """One RM in one role for one customer. There is no owner column anywhere: the owner of a day is such a row."""

    customer_id = models.CharField(max_length=80)
    rm_id = models.CharField(max_length=80)
    role = models.CharField(max_length=20)
    share = models.BigIntegerField(null=True)  # of the credit [basis points]; null for roles that carry none

    objects = DatedQuery.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("customer_id", "rm_id", "role", "valid_from"), name="one_coverage_a_day"),
        )
        indexes = (
            models.Index(fields=("rm_id", "valid_to"), name="coverage_rm"),
            models.Index(fields=("customer_id", "role", "valid_to"), name="coverage_customer"),
        )

    def __str__(self) -> str:
        return f"{self.customer_id} {self.role} {self.rm_id}"


class Handling(DatedRow):
    """Where one kind of a customer's business is handled and credited; what has no such row is so at his account home.

    Lending may be moved to a branch while deposits and fees stay where the account is kept (E5-32, E5-59).
    """

    customer_id = models.CharField(max_length=80)
    business_type = models.CharField(max_length=80)
    unit_id = models.CharField(max_length=80, db_index=True)

    objects = DatedQuery.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("customer_id", "business_type", "valid_from"), name="one_handling_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.customer_id} {self.business_type} {self.unit_id}"
