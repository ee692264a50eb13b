"""The app."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """Books of RMs."""

    name = "kejing.office.books"
    label = "books"
    default_auto_field = "django.db.models.BigAutoField"
