"""The run of the stage: pairs, plan with bound, tables, certificate, findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.stages.context import StageContext
from kejing.stages.deploy.assign.baselines import deal
from kejing.stages.deploy.assign.book import Book, read_book
from kejing.stages.deploy.assign.certificate import write_certificate
from kejing.stages.deploy.assign.curve import curve_table, price_table
from kejing.stages.deploy.assign.decisions import Decisions, form_decisions, pool_costs, read_eligibility
from kejing.stages.deploy.assign.instance import Instance, Ints, PlanFigures, Prices, lower_bound, measure_plan
from kejing.stages.deploy.assign.measures import CustomerPlan, today_plan
from kejing.stages.deploy.assign.pairs import Figures, Pairing, pair
from kejing.stages.deploy.assign.parts import Part, join, separate
from kejing.stages.deploy.assign.publish import publish
from kejing.stages.deploy.assign.review import report
from kejing.stages.deploy.assign.rows import Overload, hold_bands, make_room_for_pins, today_choice, with_implied
from kejing.stages.deploy.assign.settings import AssignSettings
from kejing.stages.deploy.assign.solve import Limits, Solution, mend, solve


@dataclass(frozen=True, slots=True)
class SolvedPart:
    """One island with its plan."""

    part: Part
    solution: Solution


@dataclass(frozen=True, slots=True)
class Books:
    """Everything known of the books of one run, for tables and findings."""

    book: Book
    settings: AssignSettings
    decisions: Decisions
    figures: Figures
    pairing: Pairing
    instance: Instance
    overloads: tuple[Overload, ...]
    parts: tuple[SolvedPart, ...]
    choice: Ints
    prices: Prices
    proposed: CustomerPlan
    today: CustomerPlan
    baselines: dict[str, CustomerPlan]
    measured: PlanFigures
    bound: int


def run(context: StageContext) -> None:
    """Create relations ``assign`` and ``assign_summary`` and the certificate of the plan.

    Notes
    -----
    ``assign_decision``, ``assign_allowed`` and ``assign_load`` stand beside them for the laws.
    """
    settings = AssignSettings.model_validate(context.policy.section("assign"))
    book = read_book(context, settings)
    books = plan_books(context, settings, book)
    publish(context, books)
    if settings.tradeoffs:
        _publish_tradeoffs(context, books)
    write_certificate(context.folder / "certificate", books)
    report(context, books)


def _publish_tradeoffs(context: StageContext, books: Books) -> None:
    """Relations ``assign_curve`` and ``assign_price``."""
    plans = books.settings.tradeoffs
    today = today_choice(books.instance, books.decisions, books.book)
    curve = curve_table(books, _limits(books.settings), today, plans=plans, seed=context.seed)
    context.engine.attach_arrow("assign_curve", curve)
    context.engine.attach_arrow("assign_price", price_table(books))


def plan_books(context: StageContext, settings: AssignSettings, book: Book) -> Books:
    """The plan, its bound and what it is compared with."""
    decisions = form_decisions(book, settings)
    tiers = set(decisions.tiers)
    eligibility = read_eligibility(context.policy, context.as_of, book, tiers)
    pool = pool_costs(context.policy, context.as_of, set(book.customers.tiers))
    figures = Figures(book, decisions, eligibility, pool, travel=settings.travel_in_hours)
    pairing = pair(book, decisions, figures, settings)
    instance, overloads = make_room_for_pins(pairing.instance, decisions)
    instance = with_implied(hold_bands(instance, book))
    parts = _solve_parts(context, settings, instance, today_choice(instance, decisions, book))
    choice, prices = join(instance, [(solved.part, solved.solution.choice, solved.solution.prices) for solved in parts])
    return Books(
        book=book,
        settings=settings,
        decisions=decisions,
        figures=figures,
        pairing=pairing,
        instance=instance,
        overloads=overloads,
        parts=tuple(parts),
        choice=choice,
        prices=prices,
        proposed=_customer_plan(book, decisions, instance, choice),
        today=today_plan(book),
        baselines={name: deal(book, figures, name) for name in settings.baselines},
        measured=measure_plan(instance, choice),
        bound=lower_bound(instance, prices) if decisions.ids else 0,
    )


def _solve_parts(context: StageContext, settings: AssignSettings, instance: Instance, today: Ints) -> list[SolvedPart]:
    limits = _limits(settings)
    parts = separate(instance) if instance.decisions else []
    solved = []
    for number, part in enumerate(parts):
        context.progress("assign", number, len(parts))
        start = np.searchsorted(part.pairs, today[part.decisions])
        if settings.mode == "repair":
            solution = mend(part.instance, start, limits, seed=context.seed)
        else:
            solution = solve(part.instance, [start], limits, seed=context.seed)
        solved.append(SolvedPart(part, solution))
    context.progress("assign", len(parts), len(parts))
    return solved


def _limits(settings: AssignSettings) -> Limits:
    return Limits(settings.exact_pairs, settings.lp_pairs, settings.core_rms, settings.polish_rounds)


def _customer_plan(book: Book, decisions: Decisions, instance: Instance, choice: Ints) -> CustomerPlan:
    rm = np.full(len(book.customers.ids), -1, dtype=np.int64)
    rm[decisions.members] = np.repeat(instance.rm[choice], np.diff(decisions.first))
    return CustomerPlan(rm)
