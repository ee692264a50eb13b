"""Tokens, replies to repeated requests, and webhooks."""

from __future__ import annotations

from django.db import models

from kejing.office.acts.rows import Row
from kejing.office.people.models import User


class Token(Row):
    """What another system signs in with, in the name of a user. The secret itself is nowhere kept."""

    SECRET_FIELDS = ("digest",)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, hexadecimal
    scopes = models.JSONField(default=list)
    expires_on = models.DateField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Reply(models.Model):
    """What a request with a key was answered, for the case that it comes again."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    request_digest = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveIntegerField()
    body = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("token", "key"), name="one_reply_a_key"),)

    def __str__(self) -> str:
        return self.key


class Webhook(Row):
    """An address that is told of events that its owner may see."""

    SECRET_FIELDS = ("secret",)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="webhooks")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64)  # signs what is sent
    topics = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """How far a webhook has been told: everything up to ``number`` arrived."""

    webhook = models.OneToOneField(Webhook, on_delete=models.CASCADE, related_name="delivery")
    number = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)  # in a row
    last_error = models.CharField(max_length=300, blank=True)
    tried_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.webhook} {self.number}"
