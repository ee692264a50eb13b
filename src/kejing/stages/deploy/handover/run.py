"""The run of the stage: who changes hands, on which days, what coverage then says, who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kejing.measure.findings import Severity
from kejing.stages.context import StageContext
from kejing.stages.deploy.handover.absences import report_cover, write_cover
from kejing.stages.deploy.handover.calendar import Dated, Terms, put_on_days, read_terms
from kejing.stages.deploy.handover.moves import efforts, find_moves
from kejing.stages.deploy.handover.people import banned_pairs, read_people
from kejing.stages.deploy.handover.publish import publish
from kejing.stages.deploy.handover.settings import HandoverSettings
from kejing.stages.rule_file import day_literal, run_rules

_STAGE = "handover"
_SHOWN = 5


def run(context: StageContext) -> None:
    """Create the relations of the stage and ``handover/coverage.csv``.

    Notes
    -----
    Where RMs are made up, or nobody leads anybody today, nothing changes hands.
    """
    settings = HandoverSettings.model_validate(context.policy.section(_STAGE))
    terms = read_terms(context.policy, context.as_of)
    _run_rules(context, terms)
    rows = context.engine.fetch("SELECT * FROM handover_customer ORDER BY customer_id").to_pylist()
    is_real = "roster" not in context.engine.relations() and bool(
        context.engine.value("SELECT COUNT(*) FROM assign_today")
    )
    people = read_people(context, terms.look_until)
    dated: list[Dated] = []
    if is_real:
        banned = banned_pairs(
            context.engine.fetch("SELECT customer_id, rm_id FROM assign_pin WHERE rule = 'forbid'").to_pylist()
        )
        effort = efforts(context.policy, context.as_of, frozenset(row["tier"] for row in rows))
        moves, left = find_moves(rows, people, effort, banned)
        dated = put_on_days(moves, terms, settings.tiers)
        _report_left(context, left)
    else:
        context.note("handover.no_books", _STAGE, severity=Severity.INFO)
    publish(context, dated, rows, terms)
    write_cover(context, people)
    _report(context, dated, terms)
    report_cover(context)


def _run_rules(context: StageContext, terms: Terms) -> None:
    lines = context.policy.section("assign")["lines"]
    assert isinstance(lines, Sequence)
    look = terms.look_until - context.as_of
    values = {
        "AS_OF": day_literal(context.as_of),
        "LOOK_FROM": day_literal(context.as_of - look),
        "LOOK_UNTIL": day_literal(terms.look_until),
        "LINES": ", ".join(f"'{line}'" for line in lines),
    }
    run_rules(context.engine, "kejing.stages.deploy.handover", "inputs.sql", values)


def _report_left(context: StageContext, left: Mapping[str, Sequence[str]]) -> None:
    """Customers whose books change on paper only: somebody must decide."""
    for why, customers in sorted(left.items()):
        severity = Severity.INFO if why == "arranged" else Severity.WARNING
        context.note(f"handover.{why}", _STAGE, severity=severity, count=len(customers), customers=_named(customers))


def _report(context: StageContext, dated: Sequence[Dated], terms: Terms) -> None:
    over = [each.move.customer_id for each in dated if each.is_over]
    if over:
        context.note("handover.over_budget", _STAGE, count=len(over), customers=_named(over))
    long = context.engine.fetch("SELECT customer_id FROM vacant_book WHERE is_long ORDER BY customer_id").to_pylist()
    if long:
        names = [row["customer_id"] for row in long]
        context.note("handover.long_vacant", _STAGE, count=len(long), days=terms.long_vacant, customers=_named(names))
    moved = (
        "SELECT rm_id, moves_on, customers, status FROM unit_move WHERE status <> 'follows' ORDER BY rm_id, moves_on"
    )
    rows: list[Mapping[str, Any]] = context.engine.fetch(moved).to_pylist()
    if rows:
        customers = sum(row["customers"] for row in rows)
        context.note("handover.not_followed", _STAGE, rms=_named([row["rm_id"] for row in rows]), customers=customers)


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_SHOWN]) + ("…" if len(ids) > _SHOWN else "")
