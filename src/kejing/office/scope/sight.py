"""How far somebody sees: two people of one sight are shown the same."""

from __future__ import annotations

from kejing.office.acts.remembering import marks_of
from kejing.office.people.roles import Sight
from kejing.office.people.viewer import Viewer
from kejing.office.scope.customers import walled
from kejing.office.scope.units import unit_ids

_WALLS = ("people.wall", "people.wallmember")
type SightKey = tuple[object, ...]
"""All that decides what a viewer sees, but for the rows of the tables."""


def sight(viewer: Viewer) -> SightKey:
    """The day looked at, the books and units of the positions, and the customers behind walls.

    Notes
    -----
    The marks of the walls are read before the walls. Where one is put up between this and the reading of what is
    remembered under it, the marks of both differ, and nobody asks for such a key again: the figures of somebody within
    a wall are never shown to somebody outside.
    """
    if "sight" not in viewer.built:
        marks = marks_of(_WALLS)
        viewer.built["sight"] = (
            viewer.as_of.isoformat(),
            tuple(sorted(viewer.rm_ids)),
            tuple(unit_ids(viewer, Sight.BOOK)),
            tuple(sorted((unit.unit_id, unit.path, unit.parent_id) for unit in viewer.tops)),
            marks,
            tuple(sorted(set(walled(viewer).values_list("customer_id", flat=True)))),
        )
    found: SightKey = viewer.built["sight"]
    return found
