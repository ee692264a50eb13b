"""Put back what a published change set changed, row by row, from its own event."""

from __future__ import annotations

from collections import defaultdict

from django.apps import apps

from kejing.office.acts.act import Act
from kejing.office.acts.models import Touch
from kejing.office.acts.rows import Row
from kejing.office.changes.errors import MovedOnError
from kejing.office.changes.models import ChangeSet


def restore(doing: Act, change_set: ChangeSet) -> None:
    """Bring every row that the publication of ``change_set`` touched back to what it was before.

    Raises
    ------
    MovedOnError
        One of the rows was changed since; then only a change set from a later day can turn it round.
    """
    by_entity: dict[str, list[Touch]] = defaultdict(list)
    own = ChangeSet._meta.label_lower
    for touch in Touch.objects.filter(event=change_set.published_event).exclude(entity=own).order_by("place"):
        by_entity[touch.entity].append(touch)
    for entity, touches in by_entity.items():
        model = apps.get_model(entity)
        assert issubclass(model, Row), entity
        _restore_table(doing, model, touches)


def _restore_table(doing: Act, model: type[Row], touches: list[Touch]) -> None:
    """Undo the touches of one table: each row goes back to its image before the first touch."""
    first: dict[str, Touch] = {}
    last: dict[str, Touch] = {}
    for touch in touches:
        first.setdefault(touch.key, touch)
        last[touch.key] = touch
    stored = {str(key): row for key, row in model._default_manager.in_bulk(list(first)).items()}
    for key, touch in last.items():
        row = stored.get(key)
        if (row.image() if row is not None else None) != touch.after:
            raise MovedOnError(customer_id=touch.customer_id or key, rm_id=touch.rm_id or "-")
    doing.remove_all([stored[key] for key, touch in first.items() if touch.before is None and key in stored])
    doing.restore_all([model.from_image(touch.before) for touch in first.values() if touch.before is not None])
