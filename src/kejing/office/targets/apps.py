"""The app."""

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """Targets and performance contracts, accepted by the RM in person."""

    name = "kejing.office.targets"
    label = "targets"
