"""The app."""

from django.apps import AppConfig


class CockpitConfig(AppConfig):
    """The coverage cockpit."""

    name = "kejing.office.cockpit"
    label = "cockpit"
