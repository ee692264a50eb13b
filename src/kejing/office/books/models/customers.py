"""Customers, and how they stand in the newest run."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import DatedQuery, DatedRow


class Customer(DatedRow):
    """A customer over the days in which its master data held."""

    customer_id = models.CharField(max_length=80)
    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=20)
    group_id = models.CharField(max_length=80, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    unit_id = models.CharField(max_length=80, db_index=True)
    account_home_id = models.CharField(max_length=80, blank=True)
    required_skill = models.CharField(max_length=80, blank=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)

    objects = DatedQuery.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("customer_id", "valid_from"), name="one_customer_a_day"),)
        indexes = (
            models.Index(fields=("name",), name="customer_name"),
            models.Index(fields=("group_id",), name="customer_group"),
        )

    def __str__(self) -> str:
        return self.name


class Standing(models.Model):
    """One customer in one scheme of the newest run: a mirror of its tables, written by `feeds` alone."""

    customer_id = models.CharField(max_length=80)
    scheme = models.CharField(max_length=80)
    tier = models.CharField(max_length=80)
    value_micro = models.BigIntegerField(null=True)  # what the tier was decided by [millionths of value_unit]
    value_unit = models.CharField(max_length=20, blank=True)
    boundary_micro = models.BigIntegerField(null=True)  # relative distance to the nearest tier line [millionths]
    is_on_watch = models.BooleanField(default=False)
    income_minor = models.BigIntegerField(default=0)  # of the fiscal year so far [minor units]
    currency = models.CharField(max_length=3, blank=True)
    required_micro_hours = models.BigIntegerField(default=0)  # the standard asks for [millionths of hours a year]
    run_id = models.CharField(max_length=40)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("customer_id", "scheme"), name="one_standing_a_scheme"),)
        indexes = (models.Index(fields=("scheme", "tier"), name="standing_tier"),)

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier}"


class TierException(DatedRow):
    """A customer kept in another tier than the rule's, approved and with an end."""

    customer_id = models.CharField(max_length=80, db_index=True)
    scheme = models.CharField(max_length=80)
    tier = models.CharField(max_length=80)
    reason = models.TextField()

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier}"
