"""The app."""

from django.apps import AppConfig


class FeedsConfig(AppConfig):
    """The bridge to the engine."""

    name = "kejing.office.feeds"
    label = "feeds"
    default_auto_field = "django.db.models.BigAutoField"
