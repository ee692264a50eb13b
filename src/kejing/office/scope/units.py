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
    for unit in viewer.tops:
        reached |= Q(path__startswith=unit.path)
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


def is_at_the_top(viewer: Viewer) -> bool:
    """Whether a position that sees a subtree stands at a unit that has none above it."""
    return any(not unit.parent_id for unit in viewer.tops)


def subtree(viewer: Viewer) -> QuerySet[Unit, str] | None:
    """Ids of units at and below the positions that see a subtree, as a subquery; None if there is no such position."""
    if not unit_ids(viewer, Sight.SUBTREE):
        return None
    reached = Q(pk__in=())
    for unit in viewer.tops:
        reached |= Q(path__startswith=unit.path)
    return Unit.objects.in_force(viewer.as_of).filter(reached).values_list("unit_id", flat=True)
