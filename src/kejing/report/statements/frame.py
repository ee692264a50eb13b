"""One language of the statements of one period: words, clauses, names, and the facts of their heads."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

from kejing.measure.period import LAST_DAY
from kejing.report.blocks import Fact
from kejing.report.clauses import ClauseBook, Voice
from kejing.report.clauses.rules import Clauses
from kejing.report.statements.gather import Frame
from kejing.report.statements.statement import Standing
from kejing.report.statements.why import Reasons
from kejing.stages.earn.pay.settings import PaySettings
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.text.labels import Lang

_HASH_SHOWN = 12


class Desk:
    """Everything a page of a period needs to say things in ``lang``."""

    def __init__(self, frame: Frame, lang: Lang) -> None:
        self.frame = frame
        self.lang: Lang = lang
        self.voice = Voice(frame.pack, lang)
        self.book = ClauseBook(frame.pack, EARN_VOCABULARY, self.voice)
        self.reasons = Reasons(self.book, self.voice)
        self.settings = PaySettings.model_validate(frame.pack.section("pay"))
        self.last_day: dt.date = min(frame.days.last_day, frame.run.manifest.as_of)

    @cached_property
    def clauses(self) -> Clauses:
        """What all pay of the period rests on: the same for everybody, told on every statement."""
        settings = self.settings
        formulas = [one.amount for one in settings.components if one.amount]
        formulas += [one.weight for one in settings.components if one.weight]
        score = self.frame.pack.section("score")
        formulas += [str(score[key]) for key in ("completion", "points") if key in score]
        formulas += [settings.deferred] if settings.deferred else []
        return self.book.resting(formulas, within=self.frame.days)

    def rm(self, rm_id: str) -> str:
        """Name of an RM, or the id."""
        return self.frame.names.get(rm_id) or rm_id

    def unit(self, unit_id: str) -> str:
        """Name of a unit, or the id."""
        return str(self.frame.run.names["unit"].get(unit_id, {}).get("name") or unit_id)

    @property
    def institution(self) -> str:
        """The unit at the top of the tree; what the policy calls itself where there is no tree."""
        roots = [key for key, above in self.frame.parents.items() if not above]
        return self.unit(roots[0]) if len(roots) == 1 else self.voice.label(self.frame.pack.labels)

    @property
    def standing(self) -> str:
        """Provisional or final, as a word."""
        return self.voice.word(f"standing.{self.frame.standing}")

    @property
    def is_closed(self) -> bool:
        """Whether the period is closed."""
        return self.frame.standing is not Standing.PROVISIONAL

    def facts(self) -> list[Fact]:
        """Which period, rules, facts and run the figures rest on."""
        manifest, voice = self.frame.run.manifest, self.voice
        days = self.frame.days
        span = voice.span(days.start, days.end if days.end != LAST_DAY else None)
        known = manifest.known_on.isoformat() if manifest.known_on else voice.word("head.all_known")
        policy = manifest.policy
        return [
            Fact(voice.word("head.period"), f"{self.frame.period} · {span}"),
            Fact(voice.word("head.standing"), self.standing),
            Fact(voice.word("head.policy"), f"{policy.pack} {policy.version}"),
            Fact(voice.word("head.policy_hash"), policy.sha256[:_HASH_SHOWN], hint=policy.sha256, is_code=True),
            Fact(voice.word("head.run"), manifest.run_id, is_code=True),
            Fact(
                voice.word("head.snapshot"),
                manifest.facts.snapshot[:_HASH_SHOWN],
                hint=manifest.facts.snapshot,
                is_code=True,
            ),
            Fact(voice.word("head.as_of"), manifest.as_of.isoformat()),
            Fact(voice.word("head.known_on"), known),
            Fact(voice.word("head.currency"), manifest.currency),
        ]
