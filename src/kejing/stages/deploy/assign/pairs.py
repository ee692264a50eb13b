"""Eligible pairs of decisions and RMs with their whole-number costs and uses."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from kejing.stages.deploy.assign.book import BOOK_POINTS, SPAN_POINTS, Book, Flags
from kejing.stages.deploy.assign.decisions import Decisions, Eligibility, capacity_minutes
from kejing.stages.deploy.assign.instance import HARD, NO_LIMIT, Instance, Ints
from kejing.stages.deploy.assign.settings import AssignSettings

_EARTH_METRES = 6_371_008.8
_CHUNK = 2_000_000

BANDS = ("value", "load")
"""Rows that hold an RM near its share of the whole, at a price outside."""


class Figures:
    """Costs, distances and uses of any customer with any RM, whether eligible or not."""

    def __init__(
        self, book: Book, decisions: Decisions, eligibility: Eligibility, pool: dict[str, int], *, travel: bool
    ) -> None:
        customers, weights = book.customers, book.weights
        self.book, self.travel = book, travel
        self.travels: Flags = ~book.roll.is_remote
        self.eligibility = eligibility
        self.lead_tier = np.full(len(customers.ids), -1, dtype=np.int64)
        numbers = np.array([eligibility.tiers[tier] for tier in decisions.tiers], dtype=np.int64)
        self.lead_tier[decisions.members] = np.repeat(numbers, np.diff(decisions.first))
        share = weights.switch_cost_book / BOOK_POINTS
        self.switch = weights.switch_cost + weights.repair_cost + _scaled(customers.points, share)
        self.pool = np.array([pool.get(tier, 0) for tier in customers.tiers], dtype=np.int64)

    def metres(self, customer: Ints, rm: Ints) -> Ints:
        """Great-circle distance [m], broadcast; the policy's where a place is unknown, 0 if the RM never travels."""
        left, right = self.book.customers.place[customer], self.book.roll.place[rm]
        chord = np.zeros(np.broadcast_shapes(customer.shape, rm.shape))
        for axis in range(3):
            chord += (left[..., axis] - right[..., axis]) ** 2
        half = np.minimum(np.sqrt(chord) / 2, 1.0)
        metres = np.where(np.isnan(half), 0.0, np.rint(2 * _EARTH_METRES * np.arcsin(np.nan_to_num(half))))
        known = np.where(np.isnan(chord), self.book.weights.unknown_metres, metres.astype(np.int64))
        return np.where(self.travels[rm], known, 0)

    def travel_cost(self, metres: Ints) -> Ints:
        """Cost of a distance [points]."""
        return _scaled(metres, self.book.weights.km_cost / 1000)

    def is_move(self, customer: Ints, rm: Ints) -> Flags:
        """Whether the customer has another RM on the roll today."""
        today = self.book.customers.today[customer]
        return np.asarray((today >= 0) & (today != rm), dtype=bool)

    def mismatch(self, customer: Ints, rm: Ints) -> Ints:
        """Cost of a grade that fits badly [points]."""
        tier = np.maximum(self.lead_tier[customer], 0)
        if self.eligibility.mismatch.size == 0:
            return np.zeros(np.broadcast_shapes(customer.shape, rm.shape), dtype=np.int64)
        return self.eligibility.mismatch[tier, self.eligibility.kind[rm]]

    def cost(self, customer: Ints, rm: Ints, metres: Ints) -> Ints:
        """Travel, misfit and, for a move, the cost of changing the RM [points]."""
        change = np.where(self.is_move(customer, rm), self.switch[customer], 0)
        return self.travel_cost(metres) + self.mismatch(customer, rm) + change

    def pool_cost(self, customer: Ints) -> Ints:
        """Cost of no RM [points]."""
        return self.pool[customer] + np.where(self.book.customers.today[customer] >= 0, self.switch[customer], 0)

    def minutes(self, customer: Ints, metres: Ints) -> Ints:
        """Minutes a year the customer takes of the RM [min]."""
        contact = self.book.customers.minutes[customer]
        if not self.travel:
            return np.broadcast_to(contact, metres.shape)
        speed = self.book.weights.travel_kmh
        visits = self.book.customers.visits[customer]  # millionths
        return contact + _scaled(2 * metres * (visits // 1000), Fraction(60, 1_000_000) / speed)


def _scaled(values: Ints, factor: Fraction) -> Ints:
    """``values * factor`` rounded half up, in whole numbers; values >= 0."""
    return (2 * values * factor.numerator + factor.denominator) // (2 * factor.denominator)


@dataclass(frozen=True, slots=True)
class _Block:
    """Pairs of some decisions in a row."""

    decision: Ints
    rm: Ints
    cost: Ints
    use: Ints
    draw: Ints


@dataclass(frozen=True, slots=True)
class Pairing:
    """The instance and, per decision, why it can have no RM: 'eligibility', 'skill', 'ban', 'capacity' or ''."""

    instance: Instance
    blocked: tuple[str, ...]
    pins_outside: tuple[int, ...]


def pair(book: Book, decisions: Decisions, figures: Figures, settings: AssignSettings) -> Pairing:
    """Every eligible pair, or the nearest of each decision where all would be too many."""
    resources = tuple(
        name
        for name, is_wanted in (
            ("minutes", "hours" in settings.capacity),
            ("span", "count" in settings.capacity),
            ("value", settings.value_band),
            ("load", settings.load_band),
        )
        if is_wanted
    )
    budgets = ("moved_customers", "moved_points") if settings.disruption_budget else ()
    maker = _Maker(book, decisions, figures, settings, resources, budgets)
    blocks, blocked, outside = maker.all_blocks()
    instance = _assembled(book, decisions, blocks, resources, budgets)
    return Pairing(instance, tuple(blocked), tuple(outside))


class _Maker:
    """Makes the pairs block by block, so that memory stays bounded."""

    def __init__(
        self,
        book: Book,
        decisions: Decisions,
        figures: Figures,
        settings: AssignSettings,
        resources: tuple[str, ...],
        budgets: tuple[str, ...],
    ) -> None:
        self.book, self.decisions, self.figures = book, decisions, figures
        self.settings, self.resources, self.budgets = settings, resources, budgets
        self.m = len(book.roll.ids)
        self.high = _highs(book, resources)
        possible = len(decisions.ids) * max(1, self.m)
        self.nearest = self.m if possible <= settings.max_pairs else max(8, settings.max_pairs // len(decisions.ids))

    def all_blocks(self) -> tuple[list[_Block], list[str], list[int]]:
        """Blocks of all decisions, what blocks each, and the decisions pinned beyond the table."""
        blocks: list[_Block] = []
        blocked: list[str] = []
        outside: list[int] = []
        step = max(1, _CHUNK // max(1, self.m) // 4)
        for start in range(0, len(self.decisions.ids), step):
            stop = min(start + step, len(self.decisions.ids))
            is_open, why = self._eligible(start, stop, outside)
            blocked += why
            blocks.append(self._block(start, stop, is_open, blocked))
        return blocks, blocked, outside

    def _eligible(self, start: int, stop: int, outside: list[int]) -> tuple[Flags, list[str]]:
        """Which RMs each decision of the block may have [decisions, m]."""
        eligibility, decisions = self.figures.eligibility, self.decisions
        tiers = np.array([eligibility.tiers[tier] for tier in decisions.tiers[start:stop]], dtype=np.int64)
        is_open = eligibility.allowed[tiers][:, eligibility.kind] if self.m else np.zeros((stop - start, 0), dtype=bool)
        why = ["" if row.any() else "eligibility" for row in is_open]
        for decision in range(start, stop):
            row = decision - start
            self._drop_unskilled(decision, is_open[row], why, row)
            for rm in decisions.bans.get(decision, ()):
                is_open[row, rm] = False
                why[row] = why[row] or ("" if is_open[row].any() else "ban")
            if decision in decisions.pins:
                rm = decisions.pins[decision]
                if not is_open[row, rm]:
                    outside.append(decision)
                is_open[row] = False
                is_open[row, rm] = True
                why[row] = ""
        return is_open, why

    def _drop_unskilled(self, decision: int, row: Flags, why: list[str], place: int) -> None:
        if not self.settings.skills_required:
            return
        members = self.decisions.members[self.decisions.first[decision] : self.decisions.first[decision + 1]]
        for skill in sorted({skill for member in members if (skill := self.book.customers.skills[member])}):
            for rm in np.flatnonzero(row):
                row[rm] = skill in self.book.roll.skills[rm]
            if not row.any():
                why[place] = why[place] or "skill"

    def _drop_unbearable(self, is_open: Flags, uses: Ints, start: int, blocked: list[str]) -> None:
        """Close pairs that alone would break a hard row: no plan has them, and without them the bound is sharper."""
        fits = np.ones_like(is_open)
        for index, name in enumerate(self.resources):
            if name not in BANDS:
                fits &= uses[:, :, index] <= self.high[None, :, index]
        for row in range(len(is_open)):
            if start + row in self.decisions.pins:
                continue
            had = is_open[row].any()
            is_open[row] &= fits[row]
            if had and not is_open[row].any():
                blocked[start + row] = "capacity"

    def _block(self, start: int, stop: int, is_open: Flags, blocked: list[str]) -> _Block:
        first = self.decisions.first[start : stop + 1]
        members = self.decisions.members[first[0] : first[-1]]
        at = first[:-1] - first[0]
        rms = np.arange(self.m)[None, :]
        metres = self.figures.metres(members[:, None], rms)
        cost = np.add.reduceat(self.figures.cost(members[:, None], rms, metres), at, axis=0)
        uses = self._uses(members, at, metres)
        self._drop_unbearable(is_open, uses, start, blocked)
        if self.nearest < self.m:
            is_open = self._only_nearest(is_open, cost, start, members, at)
        row, rm = np.nonzero(is_open)
        draws = self._draws(members, at, is_open)
        pooled = np.array(
            [row for row in range(stop - start) if start + row not in self.decisions.pins], dtype=np.int64
        )
        pool_cost = np.add.reduceat(self.figures.pool_cost(members), at)
        decision = np.concatenate([row, pooled])
        all_rm = np.concatenate([rm, np.full(len(pooled), self.m)])
        all_cost = np.concatenate([cost[row, rm], pool_cost[pooled]])
        use = np.concatenate([uses[row, rm], np.zeros((len(pooled), len(self.resources)), dtype=np.int64)])
        draw = np.concatenate([draws[row, rm], draws[pooled, -1]])
        order = np.lexsort((all_rm, decision))
        return _Block(decision[order] + start, all_rm[order], all_cost[order], use[order], draw[order])

    def _only_nearest(self, is_open: Flags, cost: Ints, start: int, members: Ints, at: Ints) -> Flags:
        """The cheapest RMs of each decision, and today's."""
        ranked = np.argsort(np.where(is_open, cost, NO_LIMIT), axis=1, kind="stable")[:, : self.nearest]
        near = np.zeros_like(is_open)
        np.put_along_axis(near, ranked, values=True, axis=1)
        owner = np.repeat(np.arange(len(at)), np.diff(np.append(at, len(members))))
        today = self.book.customers.today[members]
        near[owner[today >= 0], today[today >= 0]] = True
        for row in range(len(at)):
            if start + row in self.decisions.pins:
                near[row, self.decisions.pins[start + row]] = True
        return near & is_open

    def _uses(self, members: Ints, at: Ints, metres: Ints) -> Ints:
        """Uses by decision, RM and resource."""
        customers = self.book.customers
        if not self.resources:
            return np.zeros((len(at), self.m, 0), dtype=np.int64)
        columns = []
        for name in self.resources:
            if name in {"minutes", "load"}:
                columns.append(np.add.reduceat(self.figures.minutes(members[:, None], metres), at, axis=0))
            else:
                each = customers.span_points if name == "span" else customers.points
                columns.append(np.repeat(np.add.reduceat(each[members], at)[:, None], self.m, axis=1))
        return np.stack(columns, axis=2)

    def _draws(self, members: Ints, at: Ints, is_open: Flags) -> Ints:
        """Moves by decision, RM (the pool last) and budget; a move nobody could avoid is no draw."""
        if not self.budgets:
            return np.zeros((len(at), self.m + 1, 0), dtype=np.int64)
        today = self.book.customers.today[members]
        owner = np.repeat(np.arange(len(at)), np.diff(np.append(at, len(members))))
        could_stay = (today >= 0) & (is_open[owner, np.maximum(today, 0)] if self.m else False)
        moves = could_stay[:, None] & (today[:, None] != np.arange(self.m + 1)[None, :])
        points = np.where(moves, self.book.customers.points[members][:, None], 0)
        return np.stack(
            [np.add.reduceat(moves.astype(np.int64), at, axis=0), np.add.reduceat(points, at, axis=0)], axis=2
        )


def _assembled(
    book: Book, decisions: Decisions, blocks: list[_Block], resources: tuple[str, ...], budgets: tuple[str, ...]
) -> Instance:
    def joined(name: str, width: int | None = None) -> Ints:
        empty = np.zeros((0,) if width is None else (0, width), dtype=np.int64)
        return np.concatenate([empty, *(getattr(block, name) for block in blocks)]).astype(np.int64)

    n = len(decisions.ids)
    decision, cost = joined("decision"), joined("cost")
    use = joined("use", len(resources))
    rm = joined("rm")
    high = _highs(book, resources)
    band_cost = ceil(book.weights.band_cost * 100 / BOOK_POINTS)
    soft = {"value": band_cost, "load": ceil(book.weights.load_cost / 60)}
    penalty = np.array([soft.get(name, HARD) for name in resources], dtype=np.int64)
    dear = int(cost.max(initial=0)) + 1
    dear += sum(
        2 * soft[name] * int(use[:, resources.index(name)].max(initial=0)) for name in BANDS if name in resources
    )
    return Instance(
        decisions=decisions.ids,
        rms=book.roll.ids,
        resources=resources,
        budgets=budgets,
        first=np.searchsorted(decision, np.arange(n + 1)).astype(np.int64),
        rm=rm,
        cost=cost,
        use=use,
        draw=joined("draw", len(budgets)),
        low=np.full_like(high, -NO_LIMIT),
        high=high,
        low_penalty=penalty,
        high_penalty=penalty,
        cap=np.array(_caps(book)[: len(budgets)], dtype=np.int64),
        cap_penalty=np.full(len(budgets), dear, dtype=np.int64),
    )


def _highs(book: Book, resources: tuple[str, ...]) -> Ints:
    """Upper limits of the RM rows [m, R]; value limits come once the islands are known."""
    high = np.full((len(book.roll.ids), len(resources)), NO_LIMIT, dtype=np.int64)
    for index, name in enumerate(resources):
        if name == "minutes":
            high[:, index] = capacity_minutes(book)
        elif name == "span":
            full = book.weights.count_factor * SPAN_POINTS
            high[:, index] = [floor(full * Fraction(int(fte), 1_000_000)) for fte in book.roll.fte]
    return high


def _caps(book: Book) -> list[int]:
    """Most customers and most value points that may move."""
    covered = (book.customers.today >= 0) & book.customers.is_served
    points = int(book.customers.points[covered].sum())
    return [
        floor(book.weights.max_moved_customers * int(covered.sum())),
        floor(book.weights.max_moved_value * points),
    ]


def band_limits(points: int, capacities: list[int], band: Fraction) -> tuple[list[int], list[int]]:
    """Lowest and highest points or minutes of each RM: its share of capacity times all, less and plus the band.

    Examples
    --------
    >>> band_limits(20_000, [100, 300], Fraction(3, 10))
    ([3500, 10500], [6500, 19500])
    """
    whole = sum(capacities)
    even = [Fraction(points * capacity, whole) if whole else Fraction(0) for capacity in capacities]
    low = [floor(share * (1 - band)) for share in even]
    high = [-floor(-share * (1 + band)) for share in even]
    return low, high
