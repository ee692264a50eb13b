"""One delivery of files: what it is made of, where it goes, and what is wrong with it on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kejing.facts.sample.clients import Clients
from kejing.facts.sample.defects import DefectPlan
from kejing.facts.sample.files import FileLog
from kejing.facts.sample.organisation import Organisation
from kejing.facts.sample.parameters import Plan
from kejing.facts.sample.teams import Teams


@dataclass(frozen=True)
class Delivery:
    """What every writer of files is given.

    Attributes
    ----------
    served
        Corporate customers with their teams, then retail customers with theirs.
    log
        Counts the rows of each file.
    """

    plan: Plan
    organisation: Organisation
    served: tuple[tuple[Clients, Teams], tuple[Clients, Teams]]
    folder: Path
    defects: DefectPlan
    log: FileLog = field(default_factory=FileLog)

    @property
    def corporate(self) -> Clients:
        """Corporate customers."""
        return self.served[0][0]

    @property
    def retail(self) -> Clients:
        """Retail customers."""
        return self.served[1][0]
