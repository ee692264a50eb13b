"""Settings of the suite: a folder that holds nothing, a database in memory or the one that is named, quick hashes."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("KEJING_OFFICE", str(Path(tempfile.gettempdir()) / "kejing-tests-no-office"))

from kejing.office.settings import *  # noqa: F403
from kejing.office.settings import CACHES, DATABASES, MIDDLEWARE

SECRET_KEY = "only for tests"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
CACHES["remembered"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # databases come and go here
TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
if "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    DATABASES["default"]["TEST"] = {"NAME": None}
