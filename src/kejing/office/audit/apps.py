"""The app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What the auditor reads: events, who saw and changed what, the chain, evidence."""

    name = "kejing.office.audit"
    label = "audit"
