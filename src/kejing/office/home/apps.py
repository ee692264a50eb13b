"""The app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The first page."""

    name = "kejing.office.home"
    label = "home"
