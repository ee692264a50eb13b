"""The app."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    """Bringing files in: preview, commit, undo."""

    name = "kejing.office.imports"
    label = "imports"
