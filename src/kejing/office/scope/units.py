"""Units and RMs."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from kejing.office.acts.rows import DatedQuery
from kejing.office.books.models import Rm
from kejing.office.people.models import Unit
from kejing.office.people.roles import SIGHT, Role, Sight
from kejing.office.people.viewer import Viewer


def units(viewer: Viewer) -> DatedQuery:
    """Units at and below the viewer's positions; for an RM the unit that he works in."""
    held = Unit.objects.in_force(viewer.as_of)
    below, own = unit_ids(viewer, Sight.SUBTREE), unit_ids(viewer, Sight.BOOK)
    if not below and not own:
        return held.none()
    reached = Q(unit_id__in=own)
    for path in held.filter(unit_id__in=below).values_list("path", flat=True):
        reached |= Q(path__startswith=path)
    return held.filter(reached)


def rms(viewer: Viewer) -> DatedQuery:
    """RMs of the units at and below the viewer's positions; for an RM himself."""
    held = Rm.objects.in_force(viewer.as_of)
    reached = Q(rm_id__in=viewer.rm_ids) if viewer.rm_ids else Q(pk__in=())
    below = subtree(viewer)
    if below is not None:
        reached |= Q(unit_id__in=below)
    return held.filter(reached)


def unit_ids(viewer: Viewer, sight: Sight) -> list[str]:
    """Units of the viewer's positions that see as far as ``sight``."""
    return sorted({position.unit_id for position in viewer.positions if SIGHT[Role(position.role)] is sight})


def subtree(viewer: Viewer) -> QuerySet[Unit, str] | None:
    """Ids of units at and below the positions that see a subtree, as a subquery; None if there is no such position."""
    tops = unit_ids(viewer, Sight.SUBTREE)
    if not tops:
        return None
    held = Unit.objects.in_force(viewer.as_of)
    reached = Q(pk__in=())
    for path in held.filter(unit_id__in=tops).values_list("path", flat=True):
        reached |= Q(path__startswith=path)
    return held.filter(reached).values_list("unit_id", flat=True)
