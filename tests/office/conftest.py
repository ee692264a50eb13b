"""The office under test: a small bank, its people, and a PostgreSQL that is really started."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.office.settings")
django.setup()

import pytest  # noqa: E402

from tests.engines.conftest import postgres_dsn  # noqa: E402
from tests.office.bank import Bank, build_bank  # noqa: E402

__all__ = ["postgres_dsn"]


@pytest.fixture(scope="session")
def django_db_use_migrations() -> bool:
    """Tables are made from the models; that migrations make the same is a test of its own."""
    return False


@pytest.fixture
def bank(db: None) -> Bank:
    """Two branches with two teams each, 24 customers, everybody at work."""
    return build_bank()
