"""The app."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """The policy in force as a banker reads it, and new versions on their way."""

    name = "kejing.office.rules"
    label = "rules"
