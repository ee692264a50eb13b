"""The app."""

from django.apps import AppConfig


class ChurnConfig(AppConfig):
    """Churn."""

    name = "kejing.office.churn"
    label = "churn"
