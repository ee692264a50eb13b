"""What a shown run says of contacts: what counts, and what each RM owes. A run never changes, so it is read once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from kejing.measure.period import FiscalCalendar, Grain
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder, run_rows
from kejing.office.shell.voices import pack_of
from kejing.office.standards.due import Due
from kejing.stages.deploy.visit.read import parameter
from kejing.stages.deploy.visit.settings import VisitSettings

_RUNS_KEPT, _BOOKS_KEPT = 16, 4_096
_COLUMNS = ("customer_id", "channel", "due_to", "due_from", "number", "tier", "standard")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the policy of a run counts.

    Attributes
    ----------
    counting_days
        Days from one contact that counts to the next [days].
    """

    settings: VisitSettings
    quarters: FiscalCalendar
    counting_days: int

    def channels_of(self, *, channel: str, direction: str, outcome: str) -> list[str]:
        """Channels of the standard that a contact of this kind counts for."""
        return [
            name
            for name, wanted in self.settings.channels.items()
            if channel in wanted.contacts
            and (not wanted.directions or direction in wanted.directions)
            and (not wanted.outcomes or outcome in wanted.outcomes)
        ]

    def booked_for(self, channel: str) -> list[str]:
        """Channels of the standard that a booking by ``channel`` will count for."""
        return [name for name, wanted in self.settings.channels.items() if channel in wanted.contacts]


def rules_of(run: Run) -> Rules | None:
    """What the policy of ``run`` counts; None where it plans no contacts."""
    return _rules(run.run_id, run.folder, run.as_of)


def dues_of(run: Run, *, rm_id: str, quarter: str) -> tuple[Due, ...]:
    """What ``rm_id`` owes in ``quarter`` by ``run``."""
    return _dues(run.run_id, run.folder, rm_id, quarter)


@lru_cache(maxsize=_RUNS_KEPT)
def _rules(run_id: str, folder: str, as_of: dt.date) -> Rules | None:
    run = Run(run_id=run_id, folder=folder)
    if not (run_folder(run) / "policy").is_dir():
        return None
    pack = pack_of(run)
    if "visit" not in pack.sections:
        return None
    return Rules(
        VisitSettings.model_validate(pack.section("visit")),
        FiscalCalendar(Grain.QUARTER, pack.calendar.start_month),
        int(parameter(pack, "visit_counting_days", as_of)),
    )


@lru_cache(maxsize=_BOOKS_KEPT)
def _dues(run_id: str, folder: str, rm_id: str, quarter: str) -> tuple[Due, ...]:
    run = Run(run_id=run_id, folder=folder)
    rows = run_rows(run, "visit", where={"rm_id": rm_id, "quarter": quarter}, columns=_COLUMNS)
    return tuple(Due(**row) for row in rows)
