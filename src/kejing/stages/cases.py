"""Cases of the stages' own rules: targets spread from a goal, amounts split by weights.

A case stands in a policy's ``cases/*.yaml`` with a ``stage``: ``target`` (goal and RMs → contributions and
targets) or ``split`` (an amount and weights → parts). Amounts are written as people write them (``1.2亿``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from kejing.measure.findings import Finding, Severity
from kejing.measure.money import from_minor, to_minor
from kejing.measure.rounding import round_fraction
from kejing.measure.share import largest_remainder
from kejing.policy import Case, Pack, Type
from kejing.policy.literals import parse_value
from kejing.stages.deploy.target import TargetSettings
from kejing.stages.deploy.target import allocate as rules

type Row = Mapping[str, object]


def run_case(pack: Pack, case: Case) -> list[Finding]:
    """Findings of one stage case; none if every expectation holds."""
    match case.stage:
        case "target":
            got = _target(pack, case)
        case "split":
            got = _split(pack, case)
        case _:
            return [_finding("policy.case_unknown_stage", case, stage=case.stage)]
    return _compare(case, got)


def _number(value: object, type_: Type = Type.NUMBER) -> Fraction:
    parsed = parse_value(str(value), type_)
    assert isinstance(parsed, Fraction)
    return parsed


def _money(pack: Pack, value: object) -> int:
    return to_minor(_number(value, Type.MONEY), pack.currency)


def _target(pack: Pack, case: Case) -> dict[str, dict[str, Fraction]]:
    """Contribution and increment of each RM of the case, by the policy's method unless the case names one."""
    as_of = case.as_of
    assert isinstance(as_of, dt.date)
    settings = TargetSettings.model_validate(pack.section("target"))
    goal = _first(case.given, "goal")
    people = case.given["rm"]
    stock = {str(row["rm_id"]): _money(pack, row.get("stock", 0)) for row in people}
    given = {str(row["rm_id"]): _number(row["contribution"]) for row in people if "contribution" in row}
    found = given or rules.contributions({"stock": stock}, {"stock": Fraction(1)})
    cap = _number(goal["growth_cap"]) if "growth_cap" in goal else None
    floor = _money(pack, goal.get("stock_floor", 0))
    shares = {
        rm: rules.Share(
            _number(row.get("weight", 1)),
            found.get(rm),
            None if cap is None else int(cap * max(stock[rm], floor)),
        )
        for rm, row in ((str(row["rm_id"]), row) for row in people)
    }
    weights = _weights(str(goal.get("method", settings.method)), goal, shares)
    targets = rules.allocate(_money(pack, goal["amount"]), weights, shares)
    return {
        rm: {
            "contribution": found.get(rm, Fraction(0)),
            "increment_target": Fraction(from_minor(targets[rm], pack.currency)),
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


def _split(pack: Pack, case: Case) -> dict[str, dict[str, Fraction]]:
    total = _money(pack, _first(case.given, "total")["amount"])
    weights = {str(row["id"]): _number(row["weight"]) for row in case.given["part"]}
    return {
        key: {"amount": Fraction(from_minor(part, pack.currency))}
        for key, part in largest_remainder(total, weights).items()
    }


def _first(given: Mapping[str, Sequence[Row]], name: str) -> Row:
    row = given[name]
    return row if isinstance(row, Mapping) else row[0]


def _compare(case: Case, got: Mapping[str, Mapping[str, Fraction]]) -> list[Finding]:
    findings = []
    for rows in case.expect.values():
        for row in rows:
            key = str(row.get("rm_id", row.get("id")))
            for name, expected in row.items():
                if name not in {"rm_id", "id"} and not _same(str(expected), got[key][name]):
                    findings.append(
                        _finding(
                            "policy.case_fails",
                            case,
                            key=key,
                            figure=name,
                            expected=expected,
                            got=_text(got[key][name]),
                        )
                    )
    return findings


def _same(expected: str, got: Fraction) -> bool:
    """Whether ``got`` is ``expected`` at the precision it is written in."""
    exact = _number(expected)
    if not expected.replace(",", "").lstrip("-").replace(".", "").isdigit():
        return exact == got
    decimals = len(expected.partition(".")[2])
    return round_fraction(got, decimals) == round_fraction(exact, decimals)


def _text(value: Fraction) -> str:
    return f"{Decimal(round_fraction(value, 8)).scaleb(-8):f}"


def _finding(code: str, case: Case, **facts: object) -> Finding:
    texts = {name: str(fact) for name, fact in facts.items()}
    return Finding(
        code=code, severity=Severity.ERROR, place=case.place, stage="policy", facts={"case": case.name, **texts}
    )
