"""Customers of the sample: heavy-tailed sizes, industries, groups, places, growth, moves and closings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kejing.facts.sample.organisation import NEVER, Days, Flags, Floats, Ints, Organisation
from kejing.facts.sample.parameters import Kind, Plan

type Texts = NDArray[np.object_]

KM_PER_DEGREE = 111.2
BANDS = ("large", "mid", "small", "micro")


@dataclass
class Clients:
    """Customers of one kind, one array per column, all of shape ``[n_customers]``.

    Attributes
    ----------
    size
        Annual sales of a corporate, assets of a retail customer [yuan].
    band
        Index into `BANDS`; 0 for retail.
    department, earlier_department, moved_on
        Index of the department now, the one before, and the day of the move (`NEVER` without one).
    growth
        Growth of the business with us [share a year].
    decay_on
        Day from which balances shrink; `NEVER` for most.
    """

    kind: Kind
    customer_id: Texts
    name: Texts
    group_id: Texts
    industry: Ints
    department: Ints
    earlier_department: Ints
    moved_on: Days
    lat: Floats
    lon: Floats
    opened: Days
    closed: Days
    size: Floats
    band: Ints
    growth: Floats
    decay_on: Days
    in_dollars: Flags
    is_near_line: Flags
    skill: Texts = field(default_factory=lambda: np.array([], dtype=object))

    def __len__(self) -> int:
        return len(self.customer_id)

    def department_on(self, rows: Ints, days: Days) -> Ints:
        """Index of the department that served each of ``rows`` on each of ``days``."""
        return np.where(days < self.moved_on[rows], self.earlier_department[rows], self.department[rows])

    def is_open(self, rows: Ints, days: Days) -> Flags:
        """Whether each of ``rows`` was a customer on each of ``days``."""
        return (days >= self.opened[rows]) & ~(days >= self.closed[rows])


def build_clients(plan: Plan, organisation: Organisation, kind: Kind) -> Clients:
    """The customers of one kind."""
    chance = plan.chance(f"clients {kind}")
    count = plan.scaled(plan.institution.counts[kind])
    home = _homes(plan, organisation, kind, count, chance)
    group = _groups(plan, home, chance) if kind == "corporate" else np.full(count, "", object)
    industry = _industries(plan, group, chance) if kind == "corporate" else np.full(count, -1)
    size, in_dollars, is_near_line = (
        _sales(plan, count, chance) if kind == "corporate" else _assets(plan, count, chance)
    )
    lat, lon = _places(plan, organisation, home, kind, chance)
    opened, closed, decay_on = _lives(plan, count, chance)
    clients = Clients(
        kind=kind,
        customer_id=_ids(kind, count),
        name=_company_names(plan, industry, chance) if kind == "corporate" else _person_names(plan, count, chance),
        group_id=group,
        industry=industry,
        department=home,
        earlier_department=home.copy(),
        moved_on=np.full(count, NEVER),
        lat=lat,
        lon=lon,
        opened=opened,
        closed=closed,
        size=size,
        band=_bands(plan, size) if kind == "corporate" else np.zeros(count, np.int64),
        growth=chance.normal(plan.institution.life.growth_mean, plan.institution.life.growth_sigma, count).clip(
            -0.4, 0.8
        ),
        decay_on=decay_on,
        in_dollars=in_dollars,
        is_near_line=is_near_line,
    )
    _move(plan, organisation, clients, chance)
    return clients


def _ids(kind: Kind, count: int) -> Texts:
    """Eight digits; corporate ids begin with zeros, which spreadsheets lose."""
    first = 100_001 if kind == "corporate" else 20_000_001
    return np.array([f"{first + index:08d}" for index in range(count)], dtype=object)


def _homes(plan: Plan, organisation: Organisation, kind: Kind, count: int, chance: np.random.Generator) -> Ints:
    indexes = [index for index, department in enumerate(organisation.departments) if department.kind == kind]
    branches = [plan.institution.branches[organisation.departments[index].branch] for index in indexes]
    weights = np.array([branch.corporate if kind == "corporate" else branch.retail for branch in branches])
    return chance.choice(np.array(indexes), count, p=weights / weights.sum())


def _groups(plan: Plan, home: Ints, chance: np.random.Generator) -> Texts:
    """Group ids; a group has its seat in one department and most of its members there."""
    count, groups = len(home), plan.scaled(plan.institution.counts["groups"])
    weights = chance.pareto(1.5, groups) + 1
    chosen = chance.permutation(count)[: int(count * plan.institution.life.grouped_share)]
    group = np.full(count, "", object)
    members = np.concatenate(
        [np.arange(groups), chance.choice(groups, max(0, len(chosen) - groups), p=weights / weights.sum())]
    )
    members = members[: len(chosen)]
    group[chosen] = np.array([f"G{index + 1:05d}" for index in range(groups)], dtype=object)[members]
    seats = chance.choice(home, groups)
    stays_at_seat = chance.random(len(chosen)) < 0.75
    home[chosen] = np.where(stays_at_seat, seats[members], home[chosen])
    return group


def _industries(plan: Plan, group: Texts, chance: np.random.Generator) -> Ints:
    shares = np.array([industry.share for industry in plan.institution.industries.values()])
    industry = chance.choice(len(shares), len(group), p=shares / shares.sum())
    names, member = np.unique(group.astype(str), return_inverse=True)
    of_group = chance.choice(len(shares), len(names), p=shares / shares.sum())
    follows = (group != "") & (chance.random(len(group)) < 0.7)
    return np.where(follows, of_group[member], industry)


def _sales(plan: Plan, count: int, chance: np.random.Generator) -> tuple[Floats, Flags, Flags]:
    """Annual sales: a lognormal body, a Pareto tail, and some customers beside a tier line."""
    sales = plan.institution.sales
    size = sales.median * np.exp(chance.normal(0, sales.sigma, count))
    size = np.minimum(size, sales.tail_from * 0.9)
    order = chance.permutation(count)
    tail = order[: max(2, round(count * sales.tail_share))]
    size[tail] = sales.tail_from * (1 - chance.random(len(tail))) ** (-1 / sales.tail_exponent)
    near = order[len(tail) : len(tail) + max(4, round(count * sales.near_line_share))]
    lines = np.array(sales.lines_usd, float) * sales.usd_rate
    weights = np.array([0.02, 0.28, 0.70])
    size[near] = chance.choice(lines, len(near), p=weights) * (1 + chance.uniform(-0.03, 0.03, len(near)))
    in_dollars = chance.random(count) < sales.usd_share
    in_dollars[tail[::2]] = True
    is_near = np.zeros(count, bool)
    is_near[near] = True
    return np.maximum(size, 60_000), in_dollars, is_near


def _assets(plan: Plan, count: int, chance: np.random.Generator) -> tuple[Floats, Flags, Flags]:
    wealth = plan.institution.wealth
    size = wealth.median * np.exp(chance.normal(0, wealth.sigma, count))
    return np.clip(size, 500, 80_000_000), np.zeros(count, bool), np.zeros(count, bool)


def _bands(plan: Plan, size: Floats) -> Ints:
    lines = np.array(plan.institution.sales.lines_usd, float) * plan.institution.sales.usd_rate
    return (size[:, None] < lines[None, :]).sum(axis=1)


def _places(
    plan: Plan, organisation: Organisation, home: Ints, kind: Kind, chance: np.random.Generator
) -> tuple[Floats, Floats]:
    """Points around the branch, inside the box; some customers have none."""
    branches = plan.institution.branches
    branch = np.array([department.branch for department in organisation.departments])[home]
    spread = plan.institution.life.spread_km[kind] / KM_PER_DEGREE
    lat = np.array([item.lat for item in branches])[branch] + chance.normal(0, spread, len(home))
    lon = np.array([item.lon for item in branches])[branch] + chance.normal(0, spread * 1.15, len(home))
    box = plan.institution.box
    lat, lon = np.round(np.clip(lat, box.south, box.north), 5), np.round(np.clip(lon, box.west, box.east), 5)
    is_unknown = chance.random(len(home)) < plan.institution.life.no_location_share
    return np.where(is_unknown, np.nan, lat), np.where(is_unknown, np.nan, lon)


def _lives(plan: Plan, count: int, chance: np.random.Generator) -> tuple[Days, Days, Days]:
    """Opening, closing and the day from which balances shrink."""
    life = plan.institution.life
    first = plan.months[0]
    opened = first - chance.integers(40, 6200, count).astype("timedelta64[D]")
    is_new = chance.random(count) < life.opened_in_period_share
    opened = np.where(is_new, first + chance.integers(10, 640, count).astype("timedelta64[D]"), opened)
    is_closed = ~is_new & (chance.random(count) < life.closed_share)
    closed = np.where(is_closed, first + chance.integers(150, 690, count).astype("timedelta64[D]"), NEVER)
    decays = ~is_new & ~is_closed & (chance.random(count) < life.decay_share)
    decay_on = np.where(decays, first + chance.integers(60, 600, count).astype("timedelta64[D]"), NEVER)
    return opened, closed, decay_on


def _move(plan: Plan, organisation: Organisation, clients: Clients, chance: np.random.Generator) -> None:
    """Move some long-standing customers to a department of another branch, half of them on 15 May."""
    life = plan.institution.life
    wanted = plan.scaled(life.moved_corporate if clients.kind == "corporate" else life.moved_retail, at_least=4)
    steady = np.flatnonzero(
        np.isnat(clients.closed) & (clients.opened < plan.months[0]) & (clients.band < BANDS.index("micro"))
    )
    moved = chance.choice(steady, min(wanted, len(steady)), replace=False)
    others = np.array([index for index, item in enumerate(organisation.departments) if item.kind == clients.kind])
    position = {int(index): place for place, index in enumerate(others)}
    shift = chance.integers(1, len(others), len(moved))
    old = np.array([position[int(index)] for index in clients.department[moved]])
    clients.department[moved] = others[(old + shift) % len(others)]
    days = plan.day("01-10") + chance.integers(0, 300, len(moved)).astype("timedelta64[D]")
    days[: (len(moved) + 1) // 2] = plan.day("05-15")
    clients.moved_on[moved] = days


def _company_names(plan: Plan, industry: Ints, chance: np.random.Generator) -> Texts:
    names = plan.institution.names
    brand, suffix = np.array(names.brand, object), np.array(list(names.corporate_suffix.values()), object)
    count = len(industry)
    syllables = brand[chance.integers(len(brand), size=count)] + brand[chance.integers(len(brand), size=count)]
    return np.asarray(plan.institution.city + syllables + suffix[industry] + "有限公司", dtype=object)


def _person_names(plan: Plan, count: int, chance: np.random.Generator) -> Texts:
    names = plan.institution.names
    surname, given = np.array(names.surname, object), np.array(names.given, object)
    drawn = surname[chance.integers(len(surname), size=count)] + given[chance.integers(len(given), size=count)]
    return np.asarray(drawn, dtype=object)
