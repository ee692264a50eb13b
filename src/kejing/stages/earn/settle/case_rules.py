"""Cases of the settlement: an amount and a post → instalments; instalments and incidents → what is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

from kejing.measure.money import from_minor, to_minor
from kejing.measure.period import named_period, parse_day
from kejing.policy import Case, Pack, Type
from kejing.policy.literals import parse_value
from kejing.stages.earn.settle.incidents import demand_of
from kejing.stages.earn.settle.posts import ASKED, Tables, clause_of
from kejing.stages.earn.settle.settings import SettleSettings
from kejing.stages.earn.settle.take_back import Cell, take_back

type Answers = dict[tuple[str, ...], dict[str, Fraction | str]]


def instalment_case(pack: Pack, case: Case) -> Answers:
    """Instalments of the deferred amounts a case gives, with the days they vest.

    ``deferred`` rows have rm_id, amount, and what the tables of posts and deferral ask (line, grade, …); the deferral
    counts from the first day after ``as_of``.
    """
    tables = Tables(pack, SettleSettings.model_validate(pack.section("settle")).deferral)
    assert isinstance(case.as_of, dt.date), f"Expected as_of in case {case.name}."
    got: Answers = {}
    for row in case.given["deferred"]:
        terms = tables.terms(case.as_of, {name: _word(row, name) for name in ASKED})
        if terms.schedule is None:
            continue
        days = terms.schedule.vests_on(case.as_of + dt.timedelta(days=1))
        parts = terms.schedule.instalments(_minor(pack, row["amount"]))
        for (number, amount), day in zip(parts.items(), days, strict=True):
            figures: dict[str, Fraction | str] = {
                "amount": Fraction(from_minor(amount, pack.currency)),
                "vests_on": day.isoformat(),
                "post": terms.post,
            }
            got[str(row["rm_id"]), str(number)] = figures
    return got


def malus_case(pack: Pack, case: Case) -> Answers:
    """What the incidents of a case take from its instalments (``instalment``) and paid amounts (``paid``)."""
    settings = SettleSettings.model_validate(pack.section("settle"))
    assert settings.malus is not None, f"Expected malus in section settle for case {case.name}."
    table = pack.table(settings.malus.table)
    cells = [_cell(pack, row) for name in ("instalment", "paid") for row in case.given.get(name, ())]
    demands = []
    for row in case.given["incident"]:
        days = {name: _day(row[name]) for name in ("happened_on", "confirmed_on")}
        found = table.decide(days["confirmed_on"], {"cause": str(row["cause"])})
        if found and (found["duty"] == "must" or settings.malus.apply_may):
            clause = clause_of(table, found.rule_ids[0], days["confirmed_on"])
            demands.append(demand_of({**row, **days}, found.outputs, clause))
    return {
        (taking.demand.incident_id, taking.cell.period, str(taking.cell.number)): {
            "amount": Fraction(from_minor(taking.amount, pack.currency)),
            "kind": taking.kind,
        }
        for taking in take_back(cells, demands)
    }


def _cell(pack: Pack, row: Mapping[str, object]) -> Cell:
    period = str(row["period"])
    return Cell(
        str(row["rm_id"]),
        period,
        named_period(period, pack.calendar.start_month)[1],
        int(str(row.get("number", 0))),
        _minor(pack, row["amount"]),
        _day(row["vests_on"]) if "vests_on" in row else None,
    )


def _minor(pack: Pack, value: object) -> int:
    amount = parse_value(str(value), Type.MONEY)
    assert isinstance(amount, Fraction)
    return to_minor(amount, pack.currency)


def _word(row: Mapping[str, object], name: str) -> object:
    value = row.get(name)
    return value if value is None or isinstance(value, int) else str(value)


def _day(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else parse_day(str(value))
