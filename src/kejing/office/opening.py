"""Open an office folder: its database, its first people, its data."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import django
import yaml
from django.core.management import call_command
from django.utils.crypto import get_random_string

from kejing.office.configuration import FILE, KEY_FILE

FOLDER = "KEJING_OFFICE"
_KEY_LENGTH = 50


def open_office(folder: Path, *, day: dt.date | None = None) -> None:
    """Make ``folder`` an office if it is none yet, bring its database up to date, and point this process at it.

    Parameters
    ----------
    folder
        Where settings, key and database lie.
    day
        Taken for today in a new office, for demonstrations.
    """
    _prepare(folder, day)
    os.environ[FOLDER] = str(folder.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "kejing.office.settings"
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def _prepare(folder: Path, day: dt.date | None) -> None:
    """Write ``office.yaml`` and the secret key, if they are not there."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the key and everybody's data lie here
    settings = folder / FILE
    if not settings.exists():
        settings.write_text(yaml.safe_dump({"day": day}) if day else "", encoding="utf-8")
    key = folder / KEY_FILE
    if not key.exists():
        key.write_text(get_random_string(_KEY_LENGTH), encoding="utf-8")
        key.chmod(0o600)
