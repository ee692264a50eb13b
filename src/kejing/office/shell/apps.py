"""The app."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """The frame of every page."""

    name = "kejing.office.shell"
    label = "shell"
