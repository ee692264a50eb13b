"""An act: the only thing in the office that writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone

from kejing.office.acts.chain import FIRST_SEAL, event_seal, rows_seal
from kejing.office.acts.errors import StaleRowError
from kejing.office.acts.merge import three_way
from kejing.office.acts.models import ChainHead, Event, Mark, Touch
from kejing.office.acts.rows import Image, Row

_ROWS_AT_ONCE = 5_000


class Act:
    """Writes rows and remembers what each was before and after.

    Made by `act` only. Every method may be called several times; all of it is one transaction and one event.
    """

    def __init__(self) -> None:
        self.touches: list[Touch] = []
        self.facts: dict[str, Any] = {}
        self.written: set[str] = set()  # tables

    def add[R: Row](self, row: R) -> R:
        """Write a new row."""
        row.save(force_insert=True)
        self._touch(row, None, row.image())
        return row

    def add_all(self, rows: Sequence[Row]) -> None:
        """Write new rows of one table at once."""
        if not rows:
            return
        type(rows[0])._default_manager.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
        for row in rows:
            self._touch(row, None, row.image())

    def change(self, row: Row, *, expected_version: int, **values: object) -> None:
        """Save ``values`` into ``row``, unless somebody saved it since ``expected_version``.

        Raises
        ------
        StaleRowError
            Somebody did; the error carries both sides.
        """
        before = row.image()
        values = {name: value for name, value in values.items() if getattr(row, name) != value}
        stored = type(row)._default_manager.filter(pk=row.pk)
        if not stored.filter(version=expected_version).update(**values, version=expected_version + 1):
            raise self._stale(row, expected_version, values)
        for name, value in values.items():
            setattr(row, name, value)
        row.version = expected_version + 1
        self._touch(row, before, row.image())

    def change_all(self, rows: Sequence[Row], **values: object) -> None:
        """Save the same ``values`` into rows of one table, read in this act."""
        for part in batched(rows, _ROWS_AT_ONCE, strict=False):
            images = [row.image() for row in part]
            stored = type(part[0])._default_manager.filter(pk__in=[row.pk for row in part])
            stored.update(**values, version=models.F("version") + 1)
            for row, before in zip(part, images, strict=True):
                for name, value in values.items():
                    setattr(row, name, value)
                row.version += 1
                self._touch(row, before, row.image())

    def remove_all(self, rows: Sequence[Row]) -> None:
        """Take rows of one table away; the event keeps what they were."""
        for part in batched(rows, _ROWS_AT_ONCE, strict=False):
            for row in part:
                self._touch(row, row.image(), None)
            type(part[0])._default_manager.filter(pk__in=[row.pk for row in part]).delete()

    def restore_all(self, rows: Sequence[Row]) -> None:
        """Put rows of one table back exactly as they were, version included, whatever stands there now."""
        for part in batched(rows, _ROWS_AT_ONCE, strict=False):
            query = type(part[0])._default_manager
            stored = query.in_bulk([row.pk for row in part])
            standing = query.filter(pk__in=list(stored))
            standing._raw_delete(query.db)  # written again with the same keys: what refers to them still does
            query.bulk_create(part)
            for row in part:
                self._touch(row, stored[row.pk].image() if row.pk in stored else None, row.image())

    def replace_table(self, model: type[models.Model], rows: Iterable[models.Model], **facts: object) -> int:
        """Fill a table that mirrors the engine anew; the event counts the rows and does not list them.

        Returns
        -------
        int
            Rows written.
        """
        query = model._default_manager
        query.all()._raw_delete(query.db)
        written = 0
        for part in batched(rows, _ROWS_AT_ONCE, strict=False):
            query.bulk_create(part)
            written += len(part)
        self.facts[model._meta.label_lower] = {"rows": written, **facts}
        self.written.add(model._meta.label_lower)
        return written

    def _touch(self, row: Row, before: Image | None, after: Image | None) -> None:
        image = after if after is not None else before or {}
        self.written.add(row._meta.label_lower)
        self.touches.append(
            Touch(
                place=len(self.touches),
                entity=row._meta.label_lower,
                key=str(image[row._meta.pk.attname]),
                customer_id=image.get("customer_id"),
                rm_id=image.get("rm_id"),
                before=before,
                after=after,
            )
        )

    def _stale(self, row: Row, expected_version: int, values: Mapping[str, object]) -> StaleRowError:
        """Both sides of a row that somebody saved in the meantime."""
        now = type(row)._default_manager.get(pk=row.pk)
        entity = row._meta.label_lower
        seen = Touch.objects.filter(entity=entity, key=str(row.pk), after__version=expected_version).last()
        base = seen.after if seen is not None and seen.after is not None else row.image()
        mine = type(row)(**values).image()
        wanted = {row._meta.get_field(name).attname: None for name in values}  # type: ignore[union-attr]  # a column
        merge = three_way(base, {name: mine[name] for name in wanted}, now.image(), version=now.version)
        return StaleRowError(merge, entity=entity, key=row.pk, fields=", ".join(clash.field for clash in merge.clashes))


@contextmanager
def act(
    code: str,
    *,
    by: AbstractBaseUser | None,
    on_behalf_of: AbstractBaseUser | None = None,
    reason: str = "",
    change_set_id: int | None = None,
    **facts: object,
) -> Iterator[Act]:
    """Open an act: everything written in the block, and its event, or nothing.

    Parameters
    ----------
    code
        Dotted name of what is done (``books.contact_logged``); ``<app>/words.yaml`` has its sentence.
    by
        Who does it; None for the office itself, when nobody is there yet.
    on_behalf_of
        Whose position is used, under a delegation.
    reason
        In the person's own words.
    change_set_id
        The change set that this belongs to.
    facts
        What the sentence of the code names, and what else is worth keeping.

    Notes
    -----
    The head of the chain is locked first, so acts stand in one order, and what an act reads inside the block is what
    it writes upon.
    """
    with transaction.atomic():
        head = _locked_head()
        doing = Act()
        yield doing
        event = Event(
            number=head.number + 1,
            at=timezone.now(),
            code=code,
            actor_id=None if by is None else by.pk,
            on_behalf_of_id=None if on_behalf_of is None else on_behalf_of.pk,
            reason=reason,
            change_set_id=change_set_id,
            facts={**facts, **doing.facts},
            touched=len(doing.touches),
            rows_seal=rows_seal(doing.touches),
            seal_before=head.seal or FIRST_SEAL,
        )
        event.seal = event_seal(event)
        event.save(force_insert=True)
        for touch in doing.touches:
            touch.event = event
        Touch.objects.bulk_create(doing.touches, batch_size=_ROWS_AT_ONCE)
        marks = [Mark(entity=entity, seal=event.seal) for entity in sorted(doing.written)]
        Mark.objects.bulk_create(marks, update_conflicts=True, unique_fields=["entity"], update_fields=["seal"])
        head.number, head.seal = event.number, event.seal
        head.save(update_fields=("number", "seal"))


def _locked_head() -> ChainHead:
    found = ChainHead.objects.select_for_update().filter(pk=1).first()
    return found if found is not None else ChainHead.objects.create(pk=1)
