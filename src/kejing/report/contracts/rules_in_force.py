"""What of a policy a contract repeats: how pay, points and deferral are worked out, sentence by sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from kejing.measure.period import Period
from kejing.policy import Pack
from kejing.policy.literals import Value
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.components import component_labels, pool_labels
from kejing.report.clauses.phrase import markup
from kejing.report.clauses.rules import Clauses
from kejing.stages.earn.pay.settings import HANDED, PaySettings

_MONEY_SECTIONS = ("settle", "pool", "grade_review", "dispute", "adjustment", "fund")
"""Sections beside pay that an RM is bound by, where the policy has them."""

_BY_MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class RuleSentence:
    """One rule: its name, how it is worked out, where its clause stands, and a remark."""

    label: str
    sentence: Markup
    anchor: str
    note: str = ""


class RulesInForce:
    """The rules of ``pack`` within some days, in the language of ``voice``."""

    def __init__(self, pack: Pack, book: ClauseBook, voice: Voice, days: Period) -> None:
        self.pack = pack
        self.book = book
        self.voice = voice
        self.days = days
        section = pack.section("pay")
        self.pay = PaySettings.model_validate(section) if section else None
        self._components = component_labels(pack) if section else {}

    def components(self) -> list[RuleSentence]:
        """Every pay component."""
        found = []
        for one in self.pay.components if self.pay else ():
            if one.over in HANDED:  # sections of their own say how a pool is shared and who adjusts
                continue
            key = "component.split" if one.split else "component.by_line" if one.over == "line" else ""
            label = one.labels.zh if self.voice.lang == "zh" else one.labels.en
            found.append(self._sentence(one.amount, label, self.voice.word(key) if key else ""))
        return found

    def scores(self) -> list[RuleSentence]:
        """Completion, points and their total."""
        section = self.pack.section("score")
        names = [str(section[key]) for key in ("completion", "points", "total") if key in section]
        return [self._sentence(name, self.voice.label(self.pack.formulas[name].labels)) for name in names]

    def deferral(self) -> list[RuleSentence]:
        """How much is deferred; empty where the policy defers nothing."""
        if self.pay is None or not self.pay.deferred:
            return []
        name = self.pay.deferred
        return [self._sentence(name, self.voice.label(self.pack.formulas[name].labels))]

    def money_sections(self) -> list[tuple[str, list[tuple[str, Markup]]]]:
        """Sections beside pay that the policy has: title, and settings with names instead of codes."""
        found = []
        for name in _MONEY_SECTIONS:
            settings: dict[str, list[Markup]] = {}
            for path, value in flattened(self.pack.section(name)):
                settings.setdefault(path, []).append(self._named(path, value))
            told = [
                (self._setting(f"{name}.{path}"), Markup(self.voice.word("formula.comma")).join(values))  # noqa: S704  # our own words
                for path, values in settings.items()
            ]
            if told:
                found.append((self.voice.word(f"section.money.{name}"), told))
        return found

    def _setting(self, path: str) -> str:
        """What a setting is called, that of a pool after the pool; the setting itself where it has no words."""
        section, _, rest = path.partition(".pools.")
        pool, _, inner = rest.partition(".")
        labels = pool_labels(self.pack)
        if pool in labels:
            key = f"setting.{section}.pools.NAME.{inner}"
            said = self.voice.word(key) if key in self.voice.words else inner
            return self.voice.word("setting.of_pool", pool=self.voice.label(labels[pool]), setting=said)
        key = f"setting.{path}"
        return self.voice.word(key) if key in self.voice.words else path

    def _named(self, path: str, value: str) -> Markup:
        """A table, parameter or formula as a link, a choice as words, anything else as it is written."""
        for kind, parts in (("t", self.pack.tables), ("p", self.pack.parameters), ("f", self.pack.formulas)):
            if value in parts:
                label = self.voice.label(parts[value].labels)
                return Markup('<a href="#{}-{}">{}</a>').format(kind, value, label)
        if value in self._components:
            return escape(self.voice.label(self._components[value]))
        key = f"choice.{value}"
        return escape(
            self.voice.word(key) if key in self.voice.words else self.voice.code(value, path.rpartition(".")[2])
        )

    def has_take_back(self) -> bool:
        """Whether the policy takes back pay after an incident."""
        return bool(self.pack.section("settle").get("malus"))

    def clauses(self) -> Clauses:
        """Everything that the rules rest on, within the days."""
        names = [one.amount for one in self.pay.components if one.amount] if self.pay else []
        names += [one.weight for one in self.pay.components if one.weight] if self.pay else []
        names += [self.pay.deferred] if self.pay and self.pay.deferred else []
        score = self.pack.section("score")
        names += [str(score[key]) for key in ("completion", "points", "total") if key in score]
        more = {value for name in _MONEY_SECTIONS for _, value in flattened(self.pack.section(name))}
        names += [name for name in more if name in self.pack.formulas]
        return self.book.resting(names, within=self.days, more=more)

    def weights(self, measure: str, day: dt.date) -> list[tuple[str, str]]:
        """What tables by measure alone give to ``measure`` in points: label and value."""
        section = self.pack.section("score")
        points = [str(section[key]) for key in ("points",) if key in section]
        found = []
        for clause in self.book.resting(points, within=self.days).tables:
            table = self.pack.tables[clause.name]
            if list(table.inputs) != [_BY_MEASURE]:
                continue
            decision = table.decide(day, {_BY_MEASURE: measure})
            for name, value in decision.outputs.items():
                found.append((clause.label, self._value(value, table.outputs[name].type)))
        return found

    def _value(self, value: Value, type_: object) -> str:
        return self.voice.value(value, type_)  # type: ignore[arg-type]  # a column's type

    def _sentence(self, formula: str, label: str, note: str = "") -> RuleSentence:
        return RuleSentence(label, markup(self.book.sentence(formula, self.days.last_day)), f"f-{formula}", note)


def flattened(section: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Settings of a section as ``path`` and value, labels left out.

    Examples
    --------
    >>> list(flattened({"guard": {"growth_cap": "cap"}, "lines": ["a", "b"], "labels": {"zh": "x"}}))
    [('guard.growth_cap', 'cap'), ('lines', 'a'), ('lines', 'b')]
    """
    if isinstance(section, dict):
        for name, inner in section.items():
            if name != "labels":
                yield from flattened(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(section, list):
        for inner in section:
            yield from flattened(inner, path)
    elif section is not None:
        yield path, str(section).lower() if isinstance(section, bool) else str(section)
