"""Can the standard be met: hours asked for against hours there are, and contacts done against contacts owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kejing.office.acts.remembering import remembered
from kejing.office.cockpit.part import RESTS_ON, RUNS, Part
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_rows, run_totals

DONE = "done"
_COLUMNS = ("rm_id", "standard", "done", "booked", "planned", "left_out", "required_hours", "available_hours", "load")


@dataclass(frozen=True, slots=True)
class RmLoad:
    """One RM in the quarter: hours [h], contacts [count], share of the hours that is asked for."""

    run: Run
    rm_id: str
    name: str
    unit_id: str
    required: Decimal
    available: Decimal
    load: Decimal
    standard: int
    done: int
    left_out: int

    @property
    def is_over(self) -> bool:
        """Whether the standard asks for more hours than there are."""
        return self.required > self.available


@dataclass(slots=True)
class Contacts:
    """Contacts owed and done, and how many customers have one that is not done."""

    owed: int = 0
    done: int = 0
    behind: int = 0

    @property
    def share_micro(self) -> int | None:
        """Done of owed [millionths]."""
        return self.done * 1_000_000 // self.owed if self.owed else None

    @property
    def step(self) -> int:
        """The shade of a cell: 0 (nothing done) to 4 (all done)."""
        return self.done * 4 // self.owed if self.owed else 0


@dataclass(frozen=True, slots=True)
class Heat:
    """Teams × tiers; units right below the part's top where teams are many."""

    tiers: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Contacts, ...]], ...]  # unit, its name, a cell for each tier


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours asked for and hours there are [h], of all RMs and by row of the heat; RMs over, and with nothing to do."""

    rms: int  # for whom a run plans visits in the quarter
    required: Decimal
    available: Decimal
    over: int
    idle: int
    teams: Mapping[str, tuple[Decimal, Decimal]]  # name of the unit to required, available

    @property
    def ratio(self) -> Decimal | None:
        """Asked for, of what there is."""
        return self.required / self.available if self.available else None


def hours(part: Part) -> Hours:
    """The loads of the part's RMs together."""
    people = loads(part)
    teams: dict[str, tuple[Decimal, Decimal]] = {}
    for each in people:
        name = part.unit_name(part.row(each.rm_id))
        required, available = teams.get(name, (Decimal(0), Decimal(0)))
        teams[name] = (required + each.required, available + each.available)
    return Hours(
        rms=len(people),
        required=sum((each.required for each in people), Decimal(0)),
        available=sum((each.available for each in people), Decimal(0)),
        over=sum(each.is_over for each in people),
        idle=sum(not each.required for each in people),
        teams=teams,
    )


def loads(part: Part) -> list[RmLoad]:
    """Every RM of the part for whom the runs plan visits in the quarter, the heaviest load first."""
    return remembered(("loads", part.key_of_rms), RUNS, lambda: _loads(part))


def _loads(part: Part) -> list[RmLoad]:
    found = []
    for run in part.runs:
        where = {"quarter": part.quarter, "channel": "", "rm_id": list(part.rms)}
        for row in run_rows(run, "visit_summary", where=where, columns=_COLUMNS, order=("rm_id",)):
            rm = part.rms[row["rm_id"]]
            found.append(
                RmLoad(
                    run=run,
                    rm_id=rm.rm_id,
                    name=rm.name,
                    unit_id=rm.unit_id,
                    required=row["required_hours"] or Decimal(0),
                    available=row["available_hours"] or Decimal(0),
                    load=row["load"] or Decimal(0),
                    standard=row["standard"],
                    done=row["done"],
                    left_out=row["left_out"],
                )
            )
    return sorted(found, key=lambda each: (-each.load, each.rm_id))


def contacts(part: Part) -> dict[tuple[str, str, str], Contacts]:
    """Contacts of the quarter by row of the heat, tier and customer, of customers that the viewer sees."""
    found: dict[tuple[str, str, str], Contacts] = defaultdict(Contacts)
    for run in part.runs:
        by = ("rm_id", "customer_id", "tier", "status")
        for row in run_totals(run, "visit", by=by, where={"quarter": part.quarter, "rm_id": list(part.rms)}):
            customer = row["customer_id"]
            if customer not in part.customer_ids:
                continue
            one = found[part.row(row["rm_id"]), row["tier"] or "", customer]
            one.owed += row["rows"]
            one.done += row["rows"] if row["status"] == DONE else 0
            one.behind = int(one.done < one.owed)
    return found


def heat(part: Part) -> Heat:
    """Contacts done of those owed, by unit and tier."""
    cells: dict[tuple[str, str], Contacts] = defaultdict(Contacts)
    for (unit, tier, _), one in contacts(part).items():
        cell = cells[unit, tier]
        cell.owed += one.owed
        cell.done += one.done
        cell.behind += one.behind
    tiers = tuple(sorted({tier for _, tier in cells}))
    units = sorted({unit for unit, _ in cells})
    rows = tuple((unit, part.unit_name(unit), tuple(cells[unit, tier] for tier in tiers)) for unit in units)
    return Heat(tiers, rows)


def behind(part: Part, tier: str | None) -> dict[str, Contacts]:
    """Customers of the part whose standard is not met, in the order of their ids, with their contacts."""
    return remembered(
        ("behind", tier, *part.key),
        RESTS_ON,
        lambda: remembered(("behind", tier, part.key_of_customers), RUNS, lambda: _behind(part, tier)),
    )


def _behind(part: Part, tier: str | None) -> dict[str, Contacts]:
    found: dict[str, Contacts] = {}
    for (_, of_tier, customer), one in contacts(part).items():
        if one.behind and (tier is None or tier == of_tier):
            kept = found.setdefault(customer, Contacts())
            kept.owed += one.owed
            kept.done += one.done
    return dict(sorted(found.items()))
