"""The app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Alerts."""

    name = "kejing.office.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"
