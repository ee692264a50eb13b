"""The room of the API."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Tokens, replies and webhooks."""

    name = "kejing.office.api"
    label = "api"

    def ready(self) -> None:
        """Listen for events that webhooks tell of."""
        from kejing.office.api import webhooks  # noqa: PLC0415  # models are there only now

        webhooks.listen()
