"""What units are called."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from kejing.office.people.models import Unit


def unit_names(unit_ids: Iterable[str], day: dt.date) -> dict[str, str]:
    """Unit to name on a day; a unit that has none then is called by its id."""
    wanted = set(unit_ids)
    held = Unit.objects.in_force(day).filter(unit_id__in=wanted)
    return {unit: unit for unit in wanted} | dict(held.values_list("unit_id", "name"))
