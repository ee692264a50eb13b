"""A facts snapshot becomes the books of the office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from kejing.facts import attach_facts
from kejing.facts.columns import FactTable
from kejing.facts.schema import FACT_TABLES
from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.office.acts.act import act
from kejing.office.books.models import Contact, Coverage, Customer, Rm, RmAbsence
from kejing.office.feeds.models import LoadedSnapshot
from kejing.office.feeds.unit_tree import unit_rows
from kejing.office.people.models import Unit, User
from kejing.warehouse.engine import DuckEngine

_SLICE = 20_000
_RENAMED = {"fte": "fte_micro"}
_MIRRORED: dict[str, type[models.Model]] = {
    "customers": Customer,
    "rms": Rm,
    "rm_absences": RmAbsence,
    "coverage": Coverage,
    "contacts": Contact,
}
"""Fact tables and the tables of the office that hold the same rows."""


_LOGGED_HERE = models.Q(client_key__isnull=False) | ~models.Q(
    needs="", next_step="", called_off="", next_on=None, booking=None
)
"""Contacts that know more than a fact says."""


def load_facts(facts_folder: Path, *, by: User | None, snapshot_id: str | None = None) -> str:
    """Fill units, customers, RMs, coverage and contacts from a snapshot, in one act.

    Parameters
    ----------
    facts_folder
        Folder of ``kejing import``.
    by
        Who loads; None while the office is being opened.
    snapshot_id
        An earlier snapshot; the current one by default.

    Returns
    -------
    str
        Id of the snapshot.

    Raises
    ------
    NoFactsError
        Nothing was imported yet.
    """
    names = ["units", *_MIRRORED]
    with DuckEngine() as engine:
        snapshot = attach_facts(engine, facts_folder, known_on=LAST_DAY, snapshot_id=snapshot_id, only=names)
        with act("feeds.facts_loaded", by=by, snapshot=snapshot.snapshot_id) as doing:
            doing.replace_table(Unit, unit_rows(engine.fetch("SELECT * FROM units ORDER BY unit_id, valid_from")))
            logged = list(Contact.objects.filter(_LOGGED_HERE))
            for name, model in _MIRRORED.items():
                rows = _rows(engine, FACT_TABLES[name], model)
                doing.replace_table(model, _beside(logged, rows) if model is Contact else rows)
            doing.remove_all(list(LoadedSnapshot.objects.all()))
            doing.add(LoadedSnapshot(snapshot_id=snapshot.snapshot_id, facts_folder=within_office(facts_folder)))
    return snapshot.snapshot_id


def unload(*, by: User | None) -> None:
    """Empty the books: the institution was taken away. What was logged here stays."""
    with act("feeds.facts_unloaded", by=by) as doing:
        models_of: tuple[type[models.Model], ...] = (Unit, *_MIRRORED.values())
        for model in models_of:
            doing.replace_table(model, list(Contact.objects.filter(_LOGGED_HERE)) if model is Contact else [])
        doing.remove_all(list(LoadedSnapshot.objects.all()))


def _beside(logged: list[Contact], facts: Iterator[models.Model]) -> Iterator[models.Model]:
    """Contacts logged in the office say more than their facts, so they stay as they are."""
    known = {contact.contact_id for contact in logged}
    yield from logged
    yield from (row for row in facts if row.contact_id not in known)  # type: ignore[attr-defined]  # rows of Contact


def within_office(folder: Path) -> str:
    """A folder as the office notes it: relative where it lies inside, so that a restored office finds it."""
    office: Path = settings.OFFICE_FOLDER
    there = folder.resolve()
    inside = there.is_relative_to(office.resolve())
    return str(there.relative_to(office.resolve()) if inside else there)


def _rows(engine: DuckEngine, table: FactTable, model: type[models.Model]) -> Iterator[models.Model]:
    """Rows of a fact table as rows of ``model``, columns by name."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    columns = [name for name in table.arrow_schema.names if _RENAMED.get(name, name) in fields]
    blank = {name for name, field in fields.items() if isinstance(field, models.CharField) and not field.null}
    facts = engine.fetch(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {', '.join(table.sort[:-1])}")
    targets = [_RENAMED.get(name, name) for name in columns]
    for batch in facts.to_batches(_SLICE):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield model(**{name: _value(name, value, blank) for name, value in zip(targets, values, strict=True)})


def _value(name: str, value: Any, blank: set[str]) -> object:  # noqa: ANN401 - a cell of any kind
    if isinstance(value, dt.datetime):
        return timezone.make_aware(value)
    if value is None and name in blank:
        return ""
    if value is None and name in {"valid_from", "valid_to"}:
        return FIRST_DAY if name == "valid_from" else LAST_DAY
    return value
