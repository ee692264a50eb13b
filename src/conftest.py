"""Examples in docstrings of the office need Django; its settings are those of its tests."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.office.settings")
django.setup()
