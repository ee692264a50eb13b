"""The app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People and units."""

    name = "kejing.office.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to signing in and out."""
        from kejing.office.people import signing  # noqa: PLC0415 - models are loaded only now

        signing.listen()
