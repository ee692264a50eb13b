"""Users, units, positions, delegations, walls."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from kejing.office.acts.rows import DatedQuery, DatedRow, Row
from kejing.office.people.roles import Role


class Language(models.TextChoices):
    """Languages of the pages."""

    SIMPLIFIED = "zh-hans"
    TRADITIONAL = "zh-hant"
    ENGLISH = "en"


class Scale(models.TextChoices):
    """How large sums are shortened."""

    WAN = "wan"  # 万, 亿
    MILLION = "million"


class UserQuery(BaseUserManager["User"]):
    """Users by the name they sign in with."""


class User(AbstractBaseUser, Row):
    """Somebody who may sign in; what he sees comes from his positions alone."""

    SECRET_FIELDS = ("password", "last_login")
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=8, choices=Language, default=Language.SIMPLIFIED)
    scale = models.CharField(max_length=8, choices=Scale, default=Scale.WAN)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserQuery] = UserQuery()

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name, for packages that ask for it."""
        return self.name


class Unit(DatedRow):
    """A unit over the days in which neither it nor any unit above it changed place."""

    unit_id = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    level = models.IntegerField()
    parent_id = models.CharField(max_length=80, blank=True)
    path = models.CharField(max_length=700)  # /head_office/province/city/: ids from the root down
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)

    objects = DatedQuery.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("unit_id", "valid_from"), name="one_unit_a_day"),)
        indexes = (models.Index(fields=("path",), name="unit_path"),)

    def __str__(self) -> str:
        return self.name


class Position(DatedRow):
    """What a user is, where, and when."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="positions")
    role = models.CharField(max_length=32, choices=Role)
    unit_id = models.CharField(max_length=80)
    rm_id = models.CharField(max_length=80, blank=True)  # whose book, for RMs

    objects = DatedQuery.as_manager()

    class Meta:
        indexes = (models.Index(fields=("user", "valid_from"), name="position_user"),)

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.unit_id}"


class Delegation(DatedRow):
    """A user stands in for another for some days; what he does is marked as done on behalf of the other."""

    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_taken")
    reason = models.TextField()

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"


class Wall(DatedRow):
    """Around a customer or a deal: nobody but the members sees it, whatever his position."""

    customer_id = models.CharField(max_length=80, db_index=True)
    case_id = models.CharField(max_length=80, blank=True)  # empty: the whole customer
    reason = models.TextField()

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return self.customer_id


class WallMember(DatedRow):
    """A user who may look behind a wall."""

    wall = models.ForeignKey(Wall, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="walls")

    objects = DatedQuery.as_manager()

    def __str__(self) -> str:
        return f"{self.user} {self.wall}"
