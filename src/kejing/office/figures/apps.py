"""The app."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """The tree behind a number."""

    name = "kejing.office.figures"
    label = "figures"
