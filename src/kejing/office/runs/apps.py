"""The app."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Runs: started in the background, followed, compared, shown."""

    name = "kejing.office.runs"
    label = "runs"
