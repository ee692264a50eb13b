"""The app."""

from django.apps import AppConfig


class ContactsConfig(AppConfig):
    """Contacts and bookings."""

    name = "kejing.office.contacts"
    label = "contacts"
