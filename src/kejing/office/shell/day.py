"""Today, as the office takes it."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone


def today() -> dt.date:
    """The day in the institution's time zone, or the one that ``office.yaml`` sets for a demonstration."""
    fixed: dt.date | None = settings.CONFIGURATION.day
    return fixed if fixed is not None else timezone.localdate()
