"""Webhooks: events of the chain told to another system, in order, signed, and again until they arrive."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.tasks import task
from django.utils import timezone
from django.utils.crypto import get_random_string

from kejing.office.acts import aside
from kejing.office.acts.models import ChainHead, Event
from kejing.office.api.errors import WrongHookError
from kejing.office.api.models import Delivery, Webhook
from kejing.office.changes.publishing import told_events
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.day import today

TOPICS = {
    "run.finished": frozenset({"feeds.run_shown"}),
    "change_set.published": frozenset({"changes.published"}),
    "change_set.submitted": frozenset({"changes.submitted"}),
    "dispute.opened": frozenset({"statements.disputed"}),
}
"""What can be told, and the codes of the events that are meant."""
_SECONDS = 10
_AT_ONCE = 100
_SECRET_LENGTH = 43


def make_webhook(*, viewer: Viewer, url: str, topics: Sequence[str]) -> tuple[Webhook, str]:
    """A webhook of the viewer, and its secret, which is told only now.

    Raises
    ------
    WrongHookError
        The host is not one of ``webhook_hosts`` in ``office.yaml``, or a topic is unknown.
    """
    unknown = sorted(set(topics) - set(TOPICS))
    if unknown:
        raise WrongHookError(url=", ".join(unknown), hosts=", ".join(sorted(TOPICS)))
    _check_address(url)
    secret = get_random_string(_SECRET_LENGTH)
    with viewer.act("api.webhook_made", power=Power.EXPORT, url=url, topics=", ".join(topics)) as doing:
        hook = doing.add(Webhook(user=viewer.user, url=url, secret=secret, topics=sorted(topics)))
        last = ChainHead.objects.get(pk=1).number  # nothing from before it was made
        aside.keep(Delivery(webhook=hook, number=last))
    return hook, secret


def end_webhook(*, viewer: Viewer, hook: Webhook) -> None:
    """End a webhook of the viewer."""
    with viewer.act("api.webhook_ended", power=Power.EXPORT, url=hook.url) as doing:
        doing.change(hook, expected_version=hook.version, is_active=False)


def listen() -> None:
    """After an event that somebody waits for, start to tell it, once its act stands."""
    post_save.connect(_after_event, sender=Event, dispatch_uid="kejing.webhooks")


def _after_event(sender: type[Event], instance: Event, **_: object) -> None:  # noqa: ARG001 - as Django calls it
    if any(instance.code in codes for codes in TOPICS.values()) and Webhook.objects.filter(is_active=True).exists():
        transaction.on_commit(tell_all.enqueue)


@task()
def tell_all() -> int:
    """Tell every webhook what it has not been told; the number of events that arrived."""
    return sum(tell(hook) for hook in Webhook.objects.filter(is_active=True).select_related("user", "delivery"))


def tell(hook: Webhook) -> int:
    """Tell one webhook, in order, up to the first event that does not arrive; the rest waits for the next time."""
    delivery = hook.delivery
    codes = {code: topic for topic in hook.topics for code in TOPICS[topic]}
    day = today()
    due = told_events(Viewer(hook.user, day, day)).filter(number__gt=delivery.number, code__in=codes)
    due = due.order_by("number")[:_AT_ONCE]
    arrived = 0
    for event in due:
        delivery.tried_at = timezone.now()
        trouble = _send(hook, codes[event.code], event)
        if trouble:
            delivery.failures += 1
            delivery.last_error = trouble[:300]
            aside.keep(delivery)
            break
        delivery.number, delivery.failures, delivery.last_error = event.number, 0, ""
        aside.keep(delivery)
        arrived += 1
    return arrived


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What ``Kejing-Signature`` says: HMAC-SHA256 of the stamp, a point and the body, hexadecimal."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def _send(hook: Webhook, topic: str, event: Event) -> str:
    """Send one event; the trouble, or nothing."""
    told = {"topic": topic, "number": event.number, "at": event.at.isoformat(), "change_set_id": event.change_set_id}
    body = json.dumps(told, ensure_ascii=False).encode()
    stamp = str(int(event.at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Kejing-Event": str(event.number),  # the receiver tells by it what came twice
        "Kejing-Signature": f"t={stamp},v1={signature(hook.secret, stamp, body)}",
    }
    try:
        _check_address(hook.url)
        request = urllib.request.Request(hook.url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
        with _opener().open(request, timeout=_SECONDS):
            return ""
    except (OSError, urllib.error.URLError, WrongHookError) as error:
        return str(error) or type(error).__name__


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Go nowhere else: another address was not checked."""


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def _check_address(url: str) -> None:
    """An office calls only hosts that its settings name: nobody makes it look around in its own network."""
    parts = urlsplit(url)
    hosts: tuple[str, ...] = settings.CONFIGURATION.webhook_hosts
    named = parts.netloc.rpartition("@")[2]
    if parts.scheme not in {"http", "https"} or not (named in hosts or parts.hostname in hosts) or "@" in parts.netloc:
        raise WrongHookError(url=url, hosts=", ".join(hosts) or "-")
    if parts.scheme == "http" and settings.CONFIGURATION.https:
        raise WrongHookError(url=url, hosts=", ".join(hosts))
