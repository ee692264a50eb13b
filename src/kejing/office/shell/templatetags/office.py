"""Tags that every template has: words, addresses that keep the state, numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from kejing.measure.money import from_minor
from kejing.measure.period import LAST_DAY
from kejing.office.acts.models import Event
from kejing.office.people.models import Scale
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import exact
from kejing.office.shell.words import has_words, in_script, say
from kejing.report.clauses import Voice
from kejing.report.numbers import Numbers
from kejing.text.labels import Lang

register = template.Library()

_MILLION = 1_000_000


@register.simple_tag(name="say")
def say_tag(key: str, **facts: object) -> str:
    """``{% say "home.title" name=user.name %}``: the text of a key."""
    return say(key, **facts)


@register.simple_tag(takes_context=True)
def to(context: RequestContext, address: str, *arguments: object, **query: object) -> str:
    """``{% to "home:home" %}``: an address that keeps the day looked at; further keywords go into the query."""
    viewer: Viewer | None = context.get("viewer")
    asked = {name: str(value) for name, value in query.items() if value not in (None, "")}
    if viewer is not None and viewer.as_of != viewer.today:
        asked.setdefault("as_of", viewer.as_of.isoformat())
    path = reverse(address, args=arguments)
    return f"{path}?{urlencode(asked)}" if asked else path


@register.simple_tag(takes_context=True)
def money(context: RequestContext, minor: int | None, currency: str) -> SafeString:
    """``{% money row.income_minor row.currency %}``: short for the eye, exact on hover."""
    if minor is None or not currency:
        return mark_safe("")
    numbers = Numbers(_scale_language(context), currency)
    return mark_safe(in_script(str(numbers.money(from_minor(minor, currency)))))  # noqa: S308 - Numbers escapes


@register.simple_tag(takes_context=True)
def hours(context: RequestContext, micro: int | None) -> str:
    """``{% hours row.required_micro_hours %}``: hours to one digit."""
    if micro is None:
        return ""
    return say("shell.hours", hours=Numbers(_scale_language(context), "").decimals(Decimal(micro) / _MILLION, 1))


@register.filter
def count(number: int | None) -> str:
    """``{{ rows|count }}``: a whole number in groups of three."""
    return "" if number is None else str(Numbers("en", "").count(number))


@register.filter
def percent(micro: int | None) -> str:
    """``{{ row.boundary_micro|percent }}``: millionths as a percentage."""
    return "" if micro is None else Numbers("en", "").percent(Decimal(micro) / _MILLION)


@register.filter
def day(value: dt.date | None) -> str:
    """``{{ row.valid_to|day }}``: a day as the institution writes it; the open end as such."""
    if value is None:
        return ""
    return say("shell.open_end") if value == LAST_DAY else value.isoformat()


@register.filter
def script(text: str) -> str:
    """``{{ label|script }}``: Chinese from data or packs in the reader's script."""
    return in_script(text)


def _scale_language(context: RequestContext) -> Lang:
    """Numbers shorten by 万 or by million, as the user chose; the words around them follow the language."""
    user: Any = context.get("user")
    if (get_language() or "").startswith("en"):
        return "en"
    return "en" if getattr(user, "scale", Scale.WAN) == Scale.MILLION else "zh"


@register.filter
def exactly(amount: Decimal | None, voice: Voice) -> str:
    """``{{ row.amount|exactly:voice }}``: an amount of a run to the minor unit, so that a statement foots."""
    return exact(amount, voice)


@register.simple_tag
def label(voice: Voice, kind: str, code: str) -> str:
    """``{% label voice "measure" row.measure %}``: what the policy calls a code."""
    return in_script(voice.code(code, kind)) if code else ""


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - a value of any kind
    """``{{ disputes|at:line_id }}``: the value of a key that the template holds in a variable."""
    return values.get(key)


@register.simple_tag
def share(value: Decimal | None) -> str:
    """``{% share row.share %}``: a ratio of a run as a percentage."""
    return "–" if value is None else Numbers("en", "").percent(value)


@register.filter
def under(code: str, key: str) -> str:
    """``{% say row.state|under:"changes.state" %}``: the key of a code that the template holds in a variable."""
    return f"{key}.{code}"


@register.filter
def sentence(event: Event) -> str:
    """``{{ event|sentence }}``: what an event says, in the reader's language."""
    room, _, name = event.code.partition(".")
    key = f"{room}.act.{name}"
    return say(key, **event.facts) if has_words(key) else event.code


@register.filter
def place(values: Sequence[Any], number: int) -> Any:  # noqa: ANN401 - the same
    """``{{ tiers|place:forloop.counter0 }}``: the value at a place."""
    return values[number]


@register.simple_tag(takes_context=True)
def amount(context: RequestContext, value: Decimal | None, currency: str) -> SafeString:
    """``{% amount row.target run.currency %}``: money of a run, short for the eye, exact on hover."""
    if value is None:
        return mark_safe("")
    return mark_safe(in_script(str(Numbers(_scale_language(context), currency).money(value))))  # noqa: S308 - Numbers escapes
