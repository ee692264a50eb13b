"""``office.yaml`` in the office folder: the few settings that an institution makes."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from kejing.measure.errors import KejingError

FILE = "office.yaml"
KEY_FILE = "secret.key"
DATABASE = "KEJING_DATABASE"
"""Variable with the address of the database, where it is not the one of ``office.yaml``."""
REMEMBERED = "remembered"
"""Folder of what was worked out from the books and may be worked out again: no part of a backup."""
_SECONDS_TO_WAIT = 20


class NotAnOfficeError(KejingError):
    """The folder holds no office, or its settings cannot be read."""

    code = "office.not_an_office"


class SignInProvider(BaseModel):
    """An OpenID Connect provider of the institution."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    server_url: str
    client_id: str
    secret: str


class OfficeFile(BaseModel):
    """What ``office.yaml`` may say; all of it has a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = ""  # postgresql://user@host/name; empty: a SQLite file in the folder
    time_zone: str = "Asia/Shanghai"
    language: Literal["zh-hans", "zh-hant", "en"] = "zh-hans"
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    https: bool = False  # cookies travel over HTTPS only, and browsers are told to stay there
    day: dt.date | None = None  # taken for today; for demonstrations
    session_hours: int = Field(default=10, gt=0)
    failed_sign_ins: int = Field(default=5, gt=0)
    lock_minutes: int = Field(default=15, gt=0)
    sign_in: tuple[SignInProvider, ...] = ()
    webhook_hosts: tuple[str, ...] = ()  # hosts, with their port if it is another, that webhooks may call

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as cause:
            msg = f"Expected the name of a time zone, got {name!r}."
            raise ValueError(msg) from cause
        return name


def read_configuration(folder: Path) -> OfficeFile:
    """The settings of the office in ``folder``; defaults where it has none.

    Raises
    ------
    NotAnOfficeError
        ``office.yaml`` cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        return OfficeFile()
    try:
        return OfficeFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (ValidationError, yaml.YAMLError) as cause:
        raise NotAnOfficeError(file=FILE, detail=" ".join(str(cause).split())) from cause


def database_settings(url: str, folder: Path) -> dict[str, object]:
    """Django's settings of the database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/name?host=/socket``, ``sqlite:///path``, or empty for a file in
        ``folder``.

    Examples
    --------
    >>> found = database_settings("postgresql://kejing@db.bank.test:5433/office", Path())
    >>> found["ENGINE"], found["HOST"], found["PORT"], found["NAME"]
    ('django.db.backends.postgresql', 'db.bank.test', '5433', 'office')
    """
    parts = urlsplit(url)
    if parts.scheme in {"postgres", "postgresql"}:
        options = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": options.pop("host", parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    if parts.scheme not in {"", "sqlite"}:
        raise NotAnOfficeError(file=FILE, detail=f"database: {parts.scheme}")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(parts.path) if parts.scheme else str(folder / "office.sqlite3"),
        "CONN_MAX_AGE": 600,  # pages that a connection has read stay in its memory
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # a writer waits at the start instead of failing in the middle
            "timeout": _SECONDS_TO_WAIT,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
                " PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
            ),
        },
    }


def edition(sources: Path) -> str:
    """A name for the code under ``sources`` as it stands: what other code has kept may have another shape."""
    files = ((path, path.stat()) for path in sorted(sources.rglob("*.py")))
    told = [(str(path.relative_to(sources)), stat.st_size, stat.st_mtime_ns) for path, stat in files]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
