"""The app."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    """Statements of pay: lines, where each figure comes from, disputes and corrected splits."""

    name = "kejing.office.statements"
    label = "statements"
