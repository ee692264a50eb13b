"""From one seed to a folder of files: the order in which the sample is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path

import numpy as np

from kejing.facts.sample.business import HOME_CURRENCY, Balances, Business, Lines
from kejing.facts.sample.clients import Clients, build_clients
from kejing.facts.sample.contact_files import ContactBook
from kejing.facts.sample.coverage_files import write_coverage
from kejing.facts.sample.customer_files import write_annual_sales, write_assets, write_customers, write_grades
from kejing.facts.sample.defects import DefectPlan, PlantedDefect
from kejing.facts.sample.delivery import Delivery
from kejing.facts.sample.ledger import DisputedLine, Ledger
from kejing.facts.sample.organisation import Floats, build_organisation
from kejing.facts.sample.parameters import Kind, Plan, read_institution
from kejing.facts.sample.pay_files import write_pay_matters
from kejing.facts.sample.registers import (
    write_goals,
    write_losses,
    write_pins,
    write_products,
    write_rates,
    write_rms,
    write_units,
)
from kejing.facts.sample.teams import build_teams

MAPPING = "mapping.yaml"
DEFECTS = "defects.json"
KINDS: tuple[Kind, ...] = ("corporate", "retail")
MONTHS = 24
STEPS = MONTHS + 3
FEE_INCOME = "fee_income"

type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SampleReport:
    """What was written.

    Attributes
    ----------
    rows
        Rows by file and sheet, headers not counted.
    people
        Number of ``corporate`` and ``retail`` customers, ``rms``, ``units`` and ``groups``.
    defects
        Every planted defect with its place.
    """

    folder: Path
    mapping: Path
    seed: int
    size: Fraction
    as_of: dt.date
    rows: dict[tuple[str, str], int]
    people: dict[str, int]
    defects: tuple[PlantedDefect, ...]

    def count(self, kind: str) -> int:
        """Planted defects of one kind."""
        return sum(defect.kind == kind for defect in self.defects)


def _silent(step: str, done: int, total: int) -> None:
    """Show no progress."""


def write_sample(
    folder: Path,
    *,
    seed: int,
    size: Fraction | int = 1,
    as_of: dt.date = dt.date(2025, 12, 31),
    progress: Progress | None = None,
) -> SampleReport:
    """Write the files that a fictional city bank would bring, the mapping for them and the list of their defects.

    Parameters
    ----------
    folder
        Made if it is missing; files of the same names are replaced.
    seed
        The only source of chance: the same seed, size and day give the same bytes.
    size
        Scales customers, RMs and lines [> 0]; 1 is about 3,000 corporate and 20,000 retail customers and 120 RMs.
    as_of
        Last of the 24 months; a 31 December.
    progress
        Told the step, and how many steps of how many are done.

    Raises
    ------
    ValueError
        ``size`` is not above zero.
    SampleYearError
        ``as_of`` is no year end, or its Spring Festival is not in the parameters.
    """
    if size <= 0:
        msg = f"Expected size > 0, got {size}."
        raise ValueError(msg)
    tell = progress or _silent
    folder.mkdir(parents=True, exist_ok=True)
    delivery = _prepare(Plan(read_institution(), seed, Fraction(size), as_of), folder)
    tell("sample_people", 1, STEPS)
    _write_people(delivery)
    tell("sample_books", 2, STEPS)
    totals, disputed = _write_business(delivery, tell)
    write_products(delivery)
    write_rates(delivery)
    write_goals(delivery, totals)
    write_losses(delivery)
    write_pins(delivery)
    write_pay_matters(delivery, disputed)
    text = resources.files(__package__).joinpath(MAPPING).read_text(encoding="utf-8")
    (folder / MAPPING).write_text(text, encoding="utf-8", newline="\n")
    delivery.defects.write(folder / DEFECTS)
    tell("sample_done", STEPS, STEPS)
    return _report(delivery)


def _prepare(plan: Plan, folder: Path) -> Delivery:
    """People, customers and teams, before any file."""
    organisation = build_organisation(plan)
    corporate, retail = (build_clients(plan, organisation, kind) for kind in KINDS)
    served = (
        (corporate, build_teams(plan, organisation, corporate)),
        (retail, build_teams(plan, organisation, retail)),
    )
    return Delivery(plan, organisation, served, folder, DefectPlan(plan))


def _report(delivery: Delivery) -> SampleReport:
    plan, organisation = delivery.plan, delivery.organisation
    people = {
        "corporate": len(delivery.corporate),
        "retail": len(delivery.retail),
        "groups": len(set(delivery.corporate.group_id) - {""}),
        "rms": len(organisation.rms),
        "units": len(organisation.units),
    }
    return SampleReport(
        folder=delivery.folder,
        mapping=delivery.folder / MAPPING,
        seed=plan.seed,
        size=plan.size,
        as_of=plan.as_of,
        rows=dict(sorted(delivery.log.rows.items())),
        people=people,
        defects=tuple(delivery.defects.in_order()),
    )


def _write_people(delivery: Delivery) -> None:
    write_units(delivery)
    write_rms(delivery)
    write_customers(delivery)
    write_coverage(delivery)
    write_annual_sales(delivery)
    write_grades(delivery)
    write_assets(delivery)


def _write_business(delivery: Delivery, tell: Progress) -> tuple[dict[str, Floats], list[DisputedLine]]:
    """Write the 24 months; returns the monthly sums that goals are set from, by measure, and the contested lines."""
    plan, departments = delivery.plan, delivery.organisation.departments
    businesses = {str(clients.kind): (clients, Business(plan, clients)) for clients, _ in delivery.served}
    measures = (*plan.institution.goals.increments, FEE_INCOME)
    totals = {measure: np.zeros((len(departments), MONTHS)) for measure in measures}
    with Ledger(delivery) as ledger, ContactBook(delivery) as contacts:
        for month in range(MONTHS):
            parts: dict[str, tuple[Clients, Balances, Lines]] = {
                kind: (clients, *business.month(month)) for kind, (clients, business) in businesses.items()
            }
            for clients, balances, lines in parts.values():
                _add_up(plan, totals, month, clients, balances)
                _add_up(plan, totals, month, clients, lines)
            ledger.write_month(month, parts)
            contacts.write_month(month)
            tell("sample_month", 3 + month, STEPS)
        contacts.write_booked()
        ledger.write_late()
        disputed = ledger.disputed
    return totals, disputed


def _add_up(plan: Plan, totals: dict[str, Floats], month: int, clients: Clients, facts: Balances | Lines) -> None:
    """Add the month to the sums of the department that serves the customer now [yuan, at one rough rate]."""
    products = plan.institution.products
    yuan = facts.cents / 100 * np.where(facts.currency == HOME_CURRENCY, 1.0, plan.institution.sales.usd_rate)
    for measure, sums in totals.items():
        if (measure == FEE_INCOME) == isinstance(facts, Lines):
            counts = np.array([product.measure == measure for product in products])[facts.product]
            department = clients.department[facts.client[counts]]
            sums[:, month] += np.bincount(department, yuan[counts], minlength=len(sums))
