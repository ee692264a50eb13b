"""The app."""

from django.apps import AppConfig


class ActsConfig(AppConfig):
    """Acts and their events."""

    name = "kejing.office.acts"
    label = "acts"
    default_auto_field = "django.db.models.BigAutoField"
