"""The app."""

from django.apps import AppConfig


class CustomerConfig(AppConfig):
    """Customers."""

    name = "kejing.office.customer"
    label = "customer"
