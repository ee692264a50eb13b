"""What a stage is given: engine, policy, dates, seed; and where it says what it saw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.money import minor_digits
from kejing.measure.period import FiscalCalendar, Period
from kejing.policy.pack import Pack
from kejing.warehouse.protocol import Engine


@dataclass(frozen=True, slots=True)
class Simulated:
    """An input that the run made up because the institution brought none; every report lists it."""

    what: str
    zh: str
    en: str
    count: int
    rule: str


@dataclass(frozen=True, slots=True)
class FlowStep:
    """A step of the business flow and whether the policy has it; ``zh`` and ``en`` say why not."""

    step: str
    is_present: bool
    zh: str
    en: str


def _silent(stage: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(slots=True, kw_only=True)
class StageContext:
    """One run, as a stage sees it.

    Attributes
    ----------
    engine
        Holds the fact relations as known on ``known_on``, ``customer_now``, ``rm_now`` and the
        outputs of earlier stages.
    as_of
        The day the run looks from; nothing later counts.
    folder
        Where a stage may leave files beside the tables (certificates).
    """

    engine: Engine
    policy: Pack
    as_of: dt.date
    known_on: dt.date
    seed: int
    folder: Path
    progress: Callable[[str, int, int], None] = _silent
    findings: list[Finding] = field(default_factory=list)
    simulations: list[Simulated] = field(default_factory=list)
    steps: list[FlowStep] = field(default_factory=list)

    def find(self, finding: Finding) -> None:
        """Say that a person should look at something."""
        self.findings.append(finding)

    def note(
        self,
        code: str,
        stage: str,
        *,
        severity: Severity = Severity.WARNING,
        place: Place | None = None,
        **facts: object,
    ) -> None:
        """Short form of `find` for findings about tables rather than files."""
        texts = {name: str(fact) for name, fact in facts.items()}
        self.find(Finding(code=code, severity=severity, place=place or Place(), stage=stage, facts=texts))

    def simulated(self, what: str, zh: str, en: str, count: int, rule: str) -> None:
        """Declare a made-up input."""
        self.simulations.append(Simulated(what, zh, en, count, rule))

    def step(self, step: str, zh: str, en: str, *, is_present: bool) -> None:
        """Declare a step of the flow as present or absent, with the reason."""
        self.steps.append(FlowStep(step, is_present, zh, en))

    @property
    def calendar(self) -> FiscalCalendar:
        """The policy's fiscal calendar."""
        return self.policy.calendar

    @property
    def periods(self) -> list[tuple[str, Period]]:
        """Named periods of the fiscal year that have begun by ``as_of``."""
        return self.calendar.periods_to(self.as_of)

    @property
    def year(self) -> Period:
        """The fiscal year of ``as_of``."""
        start = self.calendar.year_start(self.as_of)
        return Period(start, start.replace(year=start.year + 1))

    @property
    def minor(self) -> int:
        """Minor units in one unit of the policy's currency."""
        return int(10 ** minor_digits(self.policy.currency))
