"""The app."""

from django.apps import AppConfig


class MyDayConfig(AppConfig):
    """My Day."""

    name = "kejing.office.myday"
    label = "myday"
    default_auto_field = "django.db.models.BigAutoField"
