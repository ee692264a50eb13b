"""Suggestions and lines of the page in the reader's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlencode

from django.urls import reverse

from kejing.measure.money import to_minor
from kejing.measure.rounding import round_fraction
from kejing.office.myday.gathering import CreditLine
from kejing.office.myday.suggesting import Suggestion
from kejing.office.shell.words import in_script, language, say
from kejing.office.standards import ChannelPace
from kejing.office.standards.naming import coded, names_of

_SIGNS = {"handover": "⇄", "unlogged": "!", "alert": "▲", "outflow": "▲", "contact_due": "●", "contact_lost": "✕"}
_ITEM = "◆"


@dataclass(frozen=True, slots=True)
class Line:
    """A suggestion as the page shows it; ``days`` to the due day, below zero when it is over."""

    suggestion: Suggestion
    name: str
    sign: str
    why: str
    due: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class PaceLine:
    """A channel of the standard as the page shows it; shares of the bar in whole percent."""

    pace: ChannelPace
    name: str
    per_day: str
    done_percent: int
    booked_percent: int
    expected_percent: int


@dataclass(frozen=True, slots=True)
class PayLine:
    """A component of pay as the page shows it."""

    period: str
    name: str
    lines: int
    amount_minor: int
    currency: str
    why: str
    statement: str


def lines(suggestions: Iterable[Suggestion], names: Mapping[str, str], today: dt.date) -> list[Line]:
    """Suggestions in words."""
    return [
        Line(
            each,
            in_script(names.get(each.customer_id, str(each.facts.get("title", "")))),
            _SIGNS.get(each.kind, _ITEM),
            say(f"myday.kind.{each.kind}", **_facts(each)),
            _due(each.due, today),
            is_late=each.due < today,
        )
        for each in suggestions
    ]


def pace_lines(paces: Iterable[ChannelPace]) -> list[PaceLine]:
    """Channels of the standard in words."""
    return [
        PaceLine(
            each,
            coded(each.channel),
            "" if each.per_day is None else _tenths(each.per_day),
            100 * each.done // each.plan,
            100 * each.booked // each.plan,
            100 * each.expected // each.plan,
        )
        for each in paces
    ]


def pay_lines(credit: Iterable[CreditLine], rm_id: str) -> list[PayLine]:
    """Components of pay in words, each with the address of its explanation."""
    found = []
    for each in credit:
        place = (each.run.policy, each.period, rm_id)
        address = reverse("statements:why", args=place)
        statement = reverse("statements:statement", args=place)
        why = f"{address}?{urlencode({'component': each.component})}"
        name = in_script(names_of(each.run, language()).of(each.component, "component"))
        minor = to_minor(each.amount, each.run.currency)
        found.append(PayLine(each.period, name, each.lines, minor, each.run.currency, why, statement))
    return found


def _facts(each: Suggestion) -> dict[str, object]:
    """Codes among the facts become words."""
    facts = dict(each.facts)
    if "channel" in facts:
        facts |= {"channel": coded(str(facts["channel"]))}
    if "stage" in facts:
        facts |= {"stage": say(f"deals.kind.{facts['stage']}")}
    return facts


def _due(due: dt.date, today: dt.date) -> str:
    days = (due - today).days
    if days < 0:
        return say("myday.late", days=-days)
    return say("myday.due_today") if days == 0 else say("myday.due_in", days=days, day=due)


def _tenths(number: Fraction) -> str:
    """A number with one decimal, rounded half up."""
    tenths = round_fraction(number, 1)
    return f"{tenths // 10}.{tenths % 10}"
