"""The app."""

from django.apps import AppConfig


class ChangesConfig(AppConfig):
    """Change sets."""

    name = "kejing.office.changes"
    label = "changes"
    default_auto_field = "django.db.models.BigAutoField"
