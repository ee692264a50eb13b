"""One language and one policy: words, numbers and labels as papers for an RM say them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.measure.period import FIRST_DAY, LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.policy import Pack, Type
from kejing.policy.literals import Value
from kejing.policy.parts import Labels
from kejing.report.clauses.components import component_labels, pool_labels
from kejing.report.numbers import Numbers, grouped, plain
from kejing.text.labels import CodeLabels, Lang, Words

_DIGITS = 6
"""Digits after the point of a number in a sentence; one that has more ends in an ellipsis."""


class Voice:
    """Says things in ``lang``, with the code lists and the currency of ``pack``."""

    def __init__(self, pack: Pack, lang: Lang) -> None:
        self.pack = pack
        self.lang = lang
        self.words = Words("papers", lang)
        self.numbers = Numbers(lang, pack.currency)
        lists = {
            name: {code: {"zh": label.zh, "en": label.en} for code, label in codes.items()}
            for name, codes in pack.code_lists.items()
        }
        for name, named in (("component", component_labels(pack)), ("pool", pool_labels(pack))):
            lists[name] = {code: {"zh": label.zh, "en": label.en} for code, label in named.items()}
        self._codes = CodeLabels(lists, Words("report", lang))
        self._known: dict[tuple[str, str], str] = {}

    def word(self, key: str, **facts: object) -> str:
        """Plain words of ``key``."""
        return self.words.say(key, **facts)

    def told(self, key: str, **facts: object) -> Markup:
        """Words of ``key`` with figures as markup; everything else is escaped."""
        return Markup(self.words.template(key)).format(**facts)  # noqa: S704 - our own words; facts are escaped

    def label(self, labels: Labels) -> str:
        """The name of a thing of the policy."""
        return labels.zh if self.lang == "zh" else labels.en

    def code(self, code: object, kind: str) -> str:
        """The label of a code, or the code itself; each is looked up once."""
        key = ("" if code is None else str(code), kind)
        if key not in self._known:
            self._known[key] = self._codes.label(*key)
        return self._known[key]

    def codes_of(self, name: str) -> list[tuple[str, str]]:
        """Codes of the pack's list ``name`` with their labels, in its order."""
        return [(code, self.label(labels)) for code, labels in self.pack.code_lists.get(name, {}).items()]

    def money(self, value: Decimal | None) -> str:
        """An amount to the minor unit, a dash where there is none."""
        return "–" if value is None else self.numbers.money_digits(value)

    def percent(self, value: Decimal | Fraction | None, digits: int = 2) -> str:
        """A ratio as a percentage, a dash where there is none."""
        return "–" if value is None else self.numbers.percent(value, digits)

    def points(self, value: Decimal | None) -> str:
        """Points to two digits, a dash where there are none."""
        return "–" if value is None else self.numbers.decimals(value, 2)

    def day(self, value: object) -> str:
        """A day; the first of all days is no day but always."""
        return self.word("day.always") if value in {None, FIRST_DAY} else str(value)

    def span(self, start: dt.date | None, end: dt.date | None) -> str:
        """The days from ``start`` to the last one before ``end``, as people say it: both included."""
        last = None if end in {None, LAST_DAY} or end is None else end - dt.timedelta(days=1)
        first = None if start == FIRST_DAY else start
        if first is None and last is None:
            return self.word("day.always")
        if last is None:
            return self.word("day.since", start=first)
        return self.word("day.until", end=last) if first is None else self.word("day.span", start=first, end=last)

    def value(self, value: Value | None, type_: Type, *, codes: str = "") -> str:
        """An exact value as a sentence shows it: money to the minor unit, a number to six digits.

        A longer number ends in an ellipsis, so that nobody takes it for the whole.
        """
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, Fraction | int):
            return self._number(Fraction(value), type_)
        if isinstance(value, dt.date):
            return value.isoformat()
        return self.code(value, codes) if codes else str(value)

    def _number(self, value: Fraction, type_: Type) -> str:
        digits = self.pack.minor_digits if type_ is Type.MONEY else _DIGITS
        units = Decimal(round_fraction(value, digits)).scaleb(-digits)
        text = f"{units:f}" if type_ is Type.MONEY else plain(units)
        return grouped(text) + ("" if Fraction(units) == value else "…")
