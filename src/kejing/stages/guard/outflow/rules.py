"""Rules and ladder of the ``outflow`` section, as they hold on a day; and what is wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack, TableRow
from kejing.stages.guard.outflow.settings import OutflowSettings
from kejing.stages.sound_section import sound_section

RULE_INPUTS, RULE_OUTPUTS = ("rule",), ("business_type", "fall", "days", "norm_days", "least_norm", "quiet_days")
RUNG_INPUTS, RUNG_OUTPUTS = ("step",), ("after_days", "post", "may_reassign")
POSTS = ("rm", "leader", "head")


@dataclass(frozen=True, slots=True)
class OutflowRule:
    """When money counts as leaving.

    Attributes
    ----------
    fall
        Least fall below the norm, as a share of it (0..1].
    days, norm_days
        The fall happened within ``days``; the norm is the mean of the ``norm_days`` before [calendar days].
    least_norm
        Norms below are not looked at [currency of the policy, whole units].
    quiet_days
        A second alert of the same customer and rule within them is the same alarm [calendar days].
    source
        Where the numbers come from; ``assumption:`` marks what the institution has to set.
    """

    rule_id: str
    business_type: str
    fall: Fraction
    days: int
    norm_days: int
    least_norm: Fraction
    quiet_days: int
    source: str


@dataclass(frozen=True, slots=True)
class Rung:
    """Whose turn it is after so many days without an answer, and whether he may hand the alert to somebody else."""

    rule_id: str
    after_days: int
    post: str
    may_reassign: bool
    source: str


def outflow_rules(pack: Pack, settings: OutflowSettings, day: dt.date) -> list[OutflowRule]:
    """Rules in force on ``day``."""
    return [
        OutflowRule(
            rule_id=row.rule_id,
            business_type=str(row.outputs["business_type"]),
            fall=_number(row, "fall"),
            days=int(_number(row, "days")),
            norm_days=int(_number(row, "norm_days")),
            least_norm=_number(row, "least_norm"),
            quiet_days=int(_number(row, "quiet_days")),
            source=row.source,
        )
        for row in pack.table(settings.rules).rows_on(day)
    ]


def ladder_of(pack: Pack, settings: OutflowSettings, day: dt.date) -> list[Rung]:
    """Rungs in force on ``day``, the earliest first."""
    rungs = [
        Rung(
            rule_id=row.rule_id,
            after_days=int(_number(row, "after_days")),
            post=str(row.outputs["post"]),
            may_reassign=bool(row.outputs["may_reassign"]),
            source=row.source,
        )
        for row in pack.table(settings.ladder).rows_on(day)
    ]
    return sorted(rungs, key=lambda rung: (rung.after_days, rung.rule_id))


def check_outflow(pack: Pack) -> list[Finding]:
    """What is wrong with the ``outflow`` section of a pack beyond its shape."""
    settings = sound_section(pack, "outflow", OutflowSettings)
    return [] if settings is None else list(_wrong(pack, settings))


def _wrong(pack: Pack, settings: OutflowSettings) -> Iterator[Finding]:
    if settings.judge_days not in pack.parameters:
        yield _finding("outflow.unknown_name", _spot("judge_days", settings.judge_days))
    expected = {"rules": (settings.rules, RULE_OUTPUTS), "ladder": (settings.ladder, RUNG_OUTPUTS)}
    for path, (name, outputs) in expected.items():
        if name not in pack.tables:
            yield _finding("outflow.unknown_name", _spot(path, name))
            return
        missing = [column for column in outputs if column not in pack.table(name).outputs]
        if missing:
            yield _finding("outflow.wrong_columns", _spot(path, name), columns=", ".join(missing))
            return
    for row in pack.table(settings.rules).rows:
        if not 0 < _number(row, "fall") <= 1:
            yield _finding("outflow.bad_number", row.place("fall"), rule=row.rule_id)
        for column in ("days", "norm_days"):
            if _number(row, column) < 1:
                yield _finding("outflow.bad_number", row.place(column), rule=row.rule_id)
    for row in pack.table(settings.ladder).rows:
        if row.outputs["post"] not in POSTS:
            yield _finding("outflow.bad_post", row.place("post"), rule=row.rule_id, known=", ".join(POSTS))


def _number(row: TableRow, column: str) -> Fraction:
    value = row.outputs[column]
    assert isinstance(value, Fraction)
    return value


def _spot(path: str, value: str) -> Place:
    return Place(file="policy.yaml", column=f"outflow.{path}", value=value)


def _finding(code: str, place: Place, **facts: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, place=place, stage="policy", facts=facts)
