"""Totals that must agree: what the page sums against what the run controlled, with the difference in figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from kejing.report.read_run import Run, some
from kejing.report.speech import Speech

_CONTROL = """
SELECT SUM(amount) AS amount FROM control
WHERE stage = $$stage AND name = $$name AND ($$period = '' OR period = $$period)
"""


@dataclass(frozen=True, slots=True)
class Tie:
    """``ours`` must equal ``theirs``; ``key`` names the sentence. Without ``theirs`` the page says it was not given."""

    key: str
    ours: Decimal
    theirs: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Zero where the totals agree."""
        return None if self.theirs is None else self.ours - self.theirs

    def said(self, speech: Speech) -> Markup:
        """The tie as a sentence, the difference to the minor unit."""
        numbers = speech.numbers
        if self.theirs is None or self.difference is None:
            return speech.say(f"{self.key}_unknown", ours=numbers.money_exact(self.ours))
        return speech.say(
            self.key,
            ours=numbers.money_exact(self.ours),
            theirs=numbers.money_exact(self.theirs),
            difference=Markup('<strong class="{}">{}</strong>').format(
                "broken" if self.difference else "tied", numbers.money_digits(self.difference)
            ),
        )


def control_amount(run: Run, stage: str, name: str, period: str = "") -> Decimal | None:
    """Amount of one control total, all periods where none is named; null where the run controlled no such thing."""
    if not run.has("control"):
        return None
    return some(run.fetch(_CONTROL, {"stage": stage, "name": name, "period": period})[0]["amount"])
