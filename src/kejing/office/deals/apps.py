"""The app."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Deals."""

    name = "kejing.office.deals"
    label = "deals"
    default_auto_field = "django.db.models.BigAutoField"
