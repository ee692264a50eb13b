"""The app."""

from django.apps import AppConfig


class RealignmentConfig(AppConfig):
    """The realignment studio."""

    name = "kejing.office.realignment"
    label = "realignment"
