"""The churn of a half-year as a viewer may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.office import scope
from kejing.office.churn.halves import Half
from kejing.office.feeds.models import LoadedSnapshot, Run
from kejing.office.feeds.run_tables import run_rows, shown_runs
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import pack_of
from kejing.policy import Pack
from kejing.stages.guard.churn import REST, ChurnSettings, Ledger, LossLine, read_ledger
from kejing.warehouse.engine import DuckEngine

CHOICES = 4
_EARLIEST, _LATEST = dt.date(1900, 1, 1), dt.date(9000, 1, 1)
"""Days of a calendar that has half-years on both sides."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What churn is by the policy of a run."""

    run: Run
    pack: Pack
    settings: ChurnSettings

    @property
    def start_month(self) -> int:
        """First month of the fiscal year."""
        return self.pack.calendar.start_month

    def halves(self, day: dt.date) -> list[Half]:
        """The half-year of ``day`` and those before it, newest first."""
        found = [Half.of(min(max(day, _EARLIEST), _LATEST), self.start_month)]
        while len(found) < CHOICES:
            found.append(found[-1].before(self.start_month))
        return found

    def class_of(self, reason: str, day: dt.date) -> str:
        """The class of a reason that has a name; the rest otherwise."""
        return str(self.pack.table(self.settings.reasons).decide(day, {"reason": reason}).get("class") or REST)


@dataclass(frozen=True, slots=True)
class Churn:
    """One half-year.

    Attributes
    ----------
    customers
        The list on its first day: customer to industry.
    """

    definition: Definition
    half: Half
    ledger: Ledger
    customers: Mapping[str, str]
    snapshot_id: str

    def reason_of(self, line: LossLine) -> str:
        """The reason of a line, if it has a name."""
        return line.reason if self.class_of(line) != REST else REST

    def class_of(self, line: LossLine) -> str:
        """The class of the reason of a line."""
        return self.definition.class_of(line.reason, self.half.period.last_day)

    def industry_of(self, customer_id: str) -> str:
        """The industry of a customer, if it has a name."""
        industry = self.customers[customer_id]
        named = self.definition.settings.industries
        return industry if not named or industry in named else REST


def definitions() -> list[Definition]:
    """Shown runs whose policy says what churn is."""
    found = []
    for run in shown_runs():
        pack = pack_of(run)
        if section := pack.section("churn"):
            found.append(Definition(run, pack, ChurnSettings.model_validate(section)))
    return found


def churn_of(viewer: Viewer, definition: Definition, half: Half) -> Churn | None:
    """The churn of the customers that the viewer's positions reach in the books of its first day; None without facts.

    Notes
    -----
    The list is frozen on the first day, so a customer who was handed over or closed since still counts where he was.
    """
    loaded = LoadedSnapshot.objects.first()
    if loaded is None:
        return None
    start = half.period.start
    kinds = definition.pack.population.customer_kinds
    seen = scope.customers(viewer.at(start)).filter(kind__in=kinds)
    customers = dict(seen.order_by("customer_id").values_list("customer_id", "industry"))
    listed = _listed(definition, start)
    if listed is not None:
        customers = {customer: industry for customer, industry in customers.items() if customer in listed}
    with DuckEngine(threads=2, memory_limit="2GiB") as engine:
        attach_facts(
            engine, loaded.folder, known_on=LAST_DAY, snapshot_id=loaded.snapshot_id, only=("losses", "income")
        )
        ledger = read_ledger(
            engine,
            pa.table({"customer_id": pa.array(list(customers), pa.string())}),
            half.period,
            half.before(definition.start_month).period,
            currency=definition.pack.currency,
        )
    return Churn(definition, half, ledger, customers, loaded.snapshot_id)


def _listed(definition: Definition, day: dt.date) -> set[str] | None:
    """Customers in the tiers of the definition on ``day``; None where it names no scheme."""
    settings = definition.settings
    if settings.scheme is None:
        return None
    where = {"scheme": settings.scheme, "tier": settings.tiers}
    rows = run_rows(definition.run, "segment", where=where, columns=("customer_id", "valid_from", "valid_to"))
    return {row["customer_id"] for row in rows if row["valid_from"] <= day < row["valid_to"]}
