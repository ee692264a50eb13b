"""Rows that acts write: each has a version; dated ones hold over half-open intervals of days."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self, cast

from django.db import models

from kejing.measure.period import FIRST_DAY, LAST_DAY

type Image = dict[str, Any]
"""A row as JSON holds it: column to value."""


class Row(models.Model):
    """A row that acts may change; its version tells whether somebody else did so first."""

    SECRET_FIELDS: tuple[str, ...] = ()
    """Columns whose values no event may carry."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def image(self) -> Image:
        """The row as it goes into an event."""
        return {
            field.attname: "" if field.attname in self.SECRET_FIELDS else _plain(getattr(self, field.attname))
            for field in self._meta.concrete_fields
        }

    @classmethod
    def from_image(cls, image: Image) -> Self:
        """The row of an event again."""
        fields = {field.attname: field for field in cls._meta.concrete_fields}
        return cls(**{name: fields[name].to_python(value) for name, value in image.items()})


class DatedQuery(models.QuerySet[Any]):
    """Queries of dated rows."""

    def in_force(self, day: dt.date) -> Self:
        """Rows that hold on ``day``."""
        return self.filter(valid_from__lte=day, valid_to__gt=day)

    def from_day(self, day: dt.date) -> Self:
        """Rows that hold on ``day`` or later."""
        return self.filter(valid_to__gt=day)


class DatedRow(Row):
    """A row that holds from ``valid_from`` up to, not including, ``valid_to``."""

    valid_from = models.DateField(default=FIRST_DAY)
    valid_to = models.DateField(default=LAST_DAY)

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        """Whether the row has no end yet."""
        return self.valid_to == LAST_DAY


def _plain(value: object) -> object:
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case None | bool() | int() | float() | str() | list() | dict():
            return cast("object", value)
        case _:
            return str(value)
