"""Cases of the stages' own rules: tiers, heads, targets spread from a goal, amounts split by weights.

A case stands in a policy's ``cases/*.yaml`` with a ``stage``:

``segment``
    a customer's figure → its tier, by the table of a scheme
``staff``
    customers by tier → heads by workload, span and ratio; RMs by tier → officers
``attention``
    the value of a customer of each tier → visits and hours per value, and whether they are inverted
``target``
    a goal and RMs → contributions and targets
``split``
    an amount and weights → parts
``instalment``
    deferred amounts and posts → instalments
``malus``
    instalments, paid amounts and incidents → what is taken back
``grade``
    scores of some periods and a grade → the proposal

Amounts are written as people write them (``1.2亿``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kejing.measure.findings import Finding, Place, Severity
from kejing.measure.money import from_minor, to_minor
from kejing.measure.rounding import round_fraction
from kejing.measure.share import largest_remainder
from kejing.policy import Case, Pack, Type
from kejing.policy.literals import parse_value
from kejing.stages.decide.segment import SegmentSettings
from kejing.stages.decide.staff import StaffSettings
from kejing.stages.decide.staff.case_rules import attention_case
from kejing.stages.decide.staff.methods import Heads, by_span, by_workload, officers
from kejing.stages.decide.staff.standard import read_standard
from kejing.stages.deploy.target import TargetSettings
from kejing.stages.deploy.target import allocate as rules
from kejing.stages.earn.grade.case_rules import grade_case
from kejing.stages.earn.settle.case_rules import instalment_case, malus_case

type Row = Mapping[str, object]
type Key = tuple[str, ...]
type Answer = Mapping[Key, Mapping[str, Fraction | str]]
"""Figures by the key of the row they belong to."""

_KEYS = {
    "segment": ("id",),
    "staff": ("method", "line", "tier"),
    "attention": ("tier", "measure"),
    "target": ("rm_id",),
    "split": ("id",),
    "instalment": ("rm_id", "number"),
    "malus": ("incident_id", "period", "number"),
    "grade": ("rm_id",),
}
"""Columns that name an expected row, by stage."""


def run_case(pack: Pack, case: Case) -> list[Finding]:
    """Findings of one stage case; none if every expectation holds."""
    match case.stage:
        case "segment":
            got = _segment(pack, case)
        case "staff":
            got = _staff(pack, case)
        case "attention":
            got = attention_case(pack, case)
        case "target":
            got = _target(pack, case)
        case "split":
            got = _split(pack, case)
        case "instalment":
            got = instalment_case(pack, case)
        case "malus":
            got = malus_case(pack, case)
        case "grade":
            got = grade_case(pack, case)
        case _:
            return [_finding("policy.case_unknown_stage", case.place, case, stage=case.stage)]
    return _compare(case, got)


def _number(value: object, type_: Type = Type.NUMBER) -> Fraction:
    parsed = parse_value(str(value), type_)
    assert isinstance(parsed, Fraction)
    return parsed


def _money(pack: Pack, value: object) -> int:
    return to_minor(_number(value, Type.MONEY), pack.currency)


def _day(case: Case) -> dt.date:
    assert isinstance(case.as_of, dt.date), f"Expected as_of in case {case.name}."
    return case.as_of


def _segment(pack: Pack, case: Case) -> Answer:
    """Tier of each customer's figure; ``unclassified`` where no rule holds."""
    schemes = SegmentSettings.model_validate(pack.section("segment")).schemes
    scheme = schemes[str(_first(case.given, "scheme")["name"])]
    table = pack.table(scheme.table)
    got: dict[Key, dict[str, Fraction | str]] = {}
    for row in case.given["customer"]:
        value = parse_value(str(row["value"]), table.inputs[scheme.input].type)
        tier = table.decide(_day(case), {scheme.input: value}).get(scheme.output)
        got[(str(row["id"]),)] = {"tier": "unclassified" if tier is None else str(tier)}
    return got


def _staff(pack: Pack, case: Case) -> Answer:
    """Heads on one site: of customers by every method, or officers of the RMs the case names."""
    settings = StaffSettings.model_validate(pack.section("staff"))
    standard = read_standard(pack, _day(case))
    demand = {("", str(row["tier"])): int(_number(row["customers"])) for row in case.given.get("customers", ())}
    churn = {
        ("", str(row["tier"])): _churn_factor(pack, case, row)
        for row in case.given.get("customers", ())
        if "churn_rate" in row
    }
    workload = by_workload(demand, standard, churn)
    spans = [
        row
        for number, name in enumerate(settings.standards)
        for row in by_span(demand, standard, name, method="span" if number == 0 else f"span_{name}")
    ]
    followed = workload if settings.officers_follow == "workload" else [row for row in spans if row.method == "span"]
    given = [_given_heads(row) for row in case.given.get("rms", ())]
    return {
        (row.method, row.line, row.tier): {
            "required_heads": Fraction(row.needed),
            "required_heads_lo": Fraction(row.low),
            "required_heads_hi": Fraction(row.high),
            "required_hours": Fraction(0) if row.hours is None else row.hours,
        }
        for row in [*workload, *spans, *officers(given or followed, standard)]
    }


def _churn_factor(pack: Pack, case: Case, row: Row) -> Fraction:
    factor = (
        pack.table("churn_hours").decide(_day(case), {"churn_rate": _number(row["churn_rate"])}).get("hours_factor")
    )
    return factor if isinstance(factor, Fraction) else Fraction(1)


def _given_heads(row: Row) -> Heads:
    count = int(_number(row["rms"]))
    return Heads("", str(row["line"]), str(row["tier"]), "given", Fraction(0), None, count, count, count, "given")


def _target(pack: Pack, case: Case) -> Answer:
    """Contribution, increment and growth of each RM, by the policy's method unless the case names one."""
    settings = TargetSettings.model_validate(pack.section("target"))
    goal = _first(case.given, "goal")
    people = {str(row["rm_id"]): row for row in case.given["rm"]}
    stock = {rm: _money(pack, row.get("stock", 0)) for rm, row in people.items()}
    given = {rm: _number(row["contribution"]) for rm, row in people.items() if "contribution" in row}
    found = given or rules.contributions({"stock": stock}, {"stock": Fraction(1)})
    cap = _number(goal["growth_cap"]) if "growth_cap" in goal else None
    floor = _money(pack, goal.get("stock_floor", 0))
    shares = {
        rm: rules.Share(
            _number(row.get("weight", 1)),
            found.get(rm),
            None if cap is None else int(cap * max(stock[rm], floor)),
        )
        for rm, row in people.items()
    }
    weights = _weights(str(goal.get("method", settings.method)), goal, shares)
    targets = rules.allocate(_money(pack, goal["amount"]), weights, shares)
    return {
        (rm,): {
            "contribution": found.get(rm, Fraction(0)),
            "increment_target": Fraction(from_minor(targets[rm], pack.currency)),
            "total_target": Fraction(from_minor(stock[rm] + targets[rm], pack.currency)),
            "growth": Fraction(targets[rm], stock[rm]) if stock[rm] else Fraction(0),
        }
        for rm in shares
    }


def _weights(method: str, goal: Row, shares: Mapping[str, rules.Share]) -> dict[str, Fraction]:
    match method:
        case "linear_complement":
            return rules.linear_complement(shares)
        case "reciprocal":
            return rules.reciprocal(shares, alpha=_number(goal["alpha"]), epsilon=_number(goal["epsilon"]))
        case "fair_share":
            return rules.fair_share(shares, history_share=_number(goal["history_share"]))
        case "equal":
            return rules.equal(shares)
    msg = f"Expected a method of the target stage, got {method}."
    raise ValueError(msg)


def _split(pack: Pack, case: Case) -> Answer:
    total = _money(pack, _first(case.given, "total")["amount"])
    weights = {str(row["id"]): _number(row["weight"]) for row in case.given["part"]}
    parts = largest_remainder(total, weights)
    return {(key,): {"amount": Fraction(from_minor(part, pack.currency))} for key, part in parts.items()}


def _first(given: Mapping[str, Sequence[Row]], name: str) -> Row:
    row = given[name]
    return row if isinstance(row, Mapping) else row[0]


def _compare(case: Case, got: Answer) -> list[Finding]:
    findings = []
    names = _KEYS[case.stage]
    for grain, rows in case.expect.items():
        for index, row in enumerate(rows):
            key = tuple(str(row.get(name, "")) for name in names)
            if key not in got:
                findings.append(
                    _finding("policy.case_no_row", case.place_of("expect", grain, index), case, grain=grain)
                )
                continue
            findings += [
                _finding(
                    "policy.case_failed",
                    case.place_of("expect", grain, index, name),
                    case,
                    name=f"{' '.join(filter(None, key))} {name}",
                    expected=expected,
                    got=_text(got[key][name]),
                )
                for name, expected in row.items()
                if name not in names and not _same(str(expected), got[key][name])
            ]
    return findings


def _same(expected: str, got: Fraction | str) -> bool:
    """Whether ``got`` is ``expected`` at the precision it is written in."""
    if isinstance(got, str):
        return got == expected
    exact = _number(expected)
    if not expected.replace(",", "").lstrip("-").replace(".", "").isdigit():
        return exact == got
    decimals = len(expected.partition(".")[2])
    return round_fraction(got, decimals) == round_fraction(exact, decimals)


def _text(value: Fraction | str) -> str:
    return value if isinstance(value, str) else f"{Decimal(round_fraction(value, 8)).scaleb(-8):f}"


def _finding(code: str, place: Place, case: Case, **facts: object) -> Finding:
    texts = {name: str(fact) for name, fact in facts.items()}
    return Finding(code=code, severity=Severity.ERROR, place=place, stage="policy", facts={"case": case.name, **texts})
