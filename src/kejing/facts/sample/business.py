"""What customers do with the bank: accounts with balances, habits that bring fees, month by month.

Amounts are drawn, not calculated: floats shape the draw and become whole cents here, once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.facts.sample.clients import Clients
from kejing.facts.sample.organisation import Days, Flags, Floats, Ints
from kejing.facts.sample.parameters import Plan, Product, months_later

HOME_CURRENCY = 0
"""Index of the home currency; the foreign ones follow in the order of the parameters."""


@dataclass(frozen=True)
class Accounts:
    """Accounts with a balance, shape ``[n_accounts]``; ``base`` is in units of the account's currency."""

    client: Ints
    product: Ints
    base: Floats
    currency: Ints
    margin: Floats
    every: Ints


@dataclass(frozen=True)
class Habits:
    """Fee business, shape ``[n_habits]``; ``rate`` lines a month of about ``ticket`` each."""

    client: Ints
    product: Ints
    rate: Floats
    ticket: Floats
    sigma: Floats
    currency: Ints


@dataclass(frozen=True)
class Lines:
    """Income lines of one month, shape ``[n_lines]``; ``cents`` in the line's currency."""

    client: Ints
    product: Ints
    cents: Ints
    currency: Ints
    day: Days


@dataclass(frozen=True)
class Balances:
    """Average balances of one month, shape ``[n_balances]``."""

    client: Ints
    product: Ints
    cents: Ints
    currency: Ints


class Business:
    """The business of the customers of one kind, one month at a time, so that memory holds one month only."""

    def __init__(self, plan: Plan, clients: Clients) -> None:
        self._plan = plan
        self._clients = clients
        self._chance = plan.chance(f"business {clients.kind}")
        self._accounts, self._habits = _holdings(plan, clients, self._chance)
        industries = list(plan.institution.industries.values())
        self._peak = np.array([item.peak_quarter for item in industries] + [0])[clients.industry]

    def month(self, index: int) -> tuple[Balances, Lines]:
        """Balances and income lines of the month ``index`` [0..23]."""
        start = self._plan.months[index]
        end = months_later(start, 1)
        balance, is_open = self._balances(index, start, end)
        accounts = self._accounts
        rows = np.flatnonzero(is_open & (balance >= 1))
        held = Balances(accounts.client[rows], accounts.product[rows], _cents(balance[rows]), accounts.currency[rows])
        return held, self._lines(index, start, end, np.where(is_open, balance, 0.0))

    def _balances(self, index: int, start: np.datetime64, end: np.datetime64) -> tuple[Floats, Flags]:
        accounts, clients = self._accounts, self._clients
        growth = (1 + clients.growth[accounts.client]) ** (index / 12)
        decay_on = clients.decay_on[accounts.client]
        shrinking_days = (start - np.where(decay_on < start, decay_on, start)).astype(np.int64)
        decay = (1 - self._plan.institution.life.decay_a_month) ** (shrinking_days / 30)
        noise = np.exp(self._chance.normal(0, 0.025, len(accounts.client)))
        balance = accounts.base * growth * decay * noise * self._season(index, accounts.product, accounts.client)
        is_open = (clients.opened[accounts.client] < end) & ~(clients.closed[accounts.client] <= start)
        return balance, is_open

    def _season(self, index: int, product: Ints, client: Ints) -> Floats:
        """Factor of the month on every account."""
        by_product = np.array([self._factor(index, item) for item in self._plan.institution.products])
        quarter = index % 12 // 3 + 1
        peak = np.where(self._peak[client] == quarter, self._plan.institution.seasons.industry_peak, 1.0)
        return by_product[product] * peak

    def _factor(self, index: int, product: Product) -> float:
        seasons = self._plan.institution.seasons
        name = "fee" if product.business_type == "fee" else f"{product.kind}_{product.business_type}"
        factor = seasons.quarter_end[name] if index % 3 == 2 else 1.0
        month = self._plan.months[index].astype("datetime64[M]")
        festivals = {np.datetime64(day, "M") for day in self._plan.institution.spring_festival.values()}
        return factor * (seasons.spring_festival[name] if month in festivals else 1.0)

    def _lines(self, index: int, start: np.datetime64, end: np.datetime64, balance: Floats) -> Lines:
        accounts, habits, chance = self._accounts, self._habits, self._chance
        due = np.flatnonzero(((index + 1) % accounts.every == 0) & (balance * accounts.margin > 0.5))
        interest = balance[due] * accounts.margin[due] * accounts.every[due] / 12
        expected = habits.rate * self._season(index, habits.product, habits.client)
        expected = expected * (1 + self._clients.growth[habits.client]) ** (index / 12)
        times = chance.poisson(expected)
        fee = np.repeat(np.arange(len(times)), times)
        ticket = habits.ticket[fee] * np.exp(chance.normal(0, habits.sigma[fee]))
        days = int((end - start).astype(int))
        settled = np.full(len(due), 20)  # banks settle interest on the 21st
        offset = np.concatenate([settled, chance.integers(0, days, len(fee))])
        client = np.concatenate([accounts.client[due], habits.client[fee]])
        day = start + offset.astype("timedelta64[D]")
        kept = np.flatnonzero(self._clients.is_open(client, day))
        order = kept[np.argsort(day[kept], kind="stable")]
        cents = np.maximum(_cents(np.concatenate([interest, ticket])), 1)
        product = np.concatenate([accounts.product[due], habits.product[fee]])
        currency = np.concatenate([accounts.currency[due], habits.currency[fee]])
        return Lines(client[order], product[order], cents[order], currency[order], day[order])


def _cents(amount: Floats) -> Ints:
    return np.rint(amount * 100).astype(np.int64)


def _holdings(plan: Plan, clients: Clients, chance: np.random.Generator) -> tuple[Accounts, Habits]:
    """Draw who holds what, product by product."""
    accounts: list[tuple[Ints | Floats, ...]] = []
    habits: list[tuple[Ints | Floats, ...]] = []
    for index, product in enumerate(plan.institution.products):
        if product.kind != clients.kind:
            continue
        holders = np.flatnonzero(chance.random(len(clients)) < product.holding * _leaning(plan, clients, product))
        currency = _currencies(plan, product, len(holders), chance)
        scale = np.where(currency == HOME_CURRENCY, 1.0, 1 / plan.institution.sales.usd_rate)
        size = _effective_size(clients)[holders] * scale
        same = np.full(len(holders), index)
        if product.business_type == "fee":
            rate = np.full(len(holders), product.rate)
            habits.append((holders, same, rate, size * product.ticket, np.full(len(holders), product.sigma), currency))
        else:
            spread = np.exp(chance.normal(-(product.sigma**2) / 2, product.sigma, len(holders)))
            margin = product.margin * chance.uniform(0.7, 1.3, len(holders))
            accounts.append(
                (holders, same, size * product.size * spread, currency, margin, np.full(len(holders), product.every))
            )
    held = [np.concatenate(column) for column in zip(*accounts, strict=True)]
    order = np.lexsort((held[1], held[0]))
    done = [np.concatenate(column) for column in zip(*habits, strict=True)]
    return Accounts(*(column[order] for column in held)), Habits(*done)


def _leaning(plan: Plan, clients: Clients, product: Product) -> Floats:
    """How the industry leans towards a kind of business; 1 for retail."""
    factors = [getattr(item, product.business_type) for item in plan.institution.industries.values()]
    return np.array([*factors, 1.0])[clients.industry]


def _effective_size(clients: Clients) -> Floats:
    """Size that our business scales with: a city bank has a smaller slice of a large customer."""
    return np.where(clients.size > 3e8, 3e8 * (np.maximum(clients.size, 1) / 3e8) ** 0.45, clients.size)


def _currencies(plan: Plan, product: Product, count: int, chance: np.random.Generator) -> Ints:
    shares = list(plan.institution.foreign_shares.values())
    drawn = chance.choice(len(shares), count, p=shares) + 1
    return drawn if product.foreign else np.full(count, HOME_CURRENCY)
