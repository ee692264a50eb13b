"""Which post an RM holds in a period, and how performance pay of the post is deferred."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.policy import DecisionTable, Pack, Value
from kejing.stages.context import StageContext
from kejing.stages.earn.settle.schedule import Schedule, read_schedule
from kejing.stages.earn.settle.settings import DeferralSettings

ASKED = ("line", "grade", "unit_level", "unit_id", "rm_id")
"""What the tables of posts and deferral may ask about an RM; the deferral table also about ``post``."""

_RULE = pa.schema(
    [
        ("period", pa.string()),
        ("rm_id", pa.string()),
        ("post", pa.string()),
        ("rule_id", pa.string()),
        ("clause", pa.string()),
        ("share_num", pa.int64()),
        ("share_den", pa.int64()),
    ]
)
_PART = pa.schema(
    [
        ("period", pa.string()),
        ("rule_id", pa.string()),
        ("number", pa.int64()),
        ("weight", pa.int64()),
        ("whole", pa.int64()),
        ("vests_on", pa.date32()),
    ]
)


class UnknownTableInputError(KejingError):
    """A table of the section asks for something that the stage does not know about an RM."""

    code = "settle.unknown_input"


@dataclass(frozen=True, slots=True)
class Terms:
    """Post of an RM on a day and the deferral row that applies; ``schedule`` is None where no row does."""

    post: str
    rule_id: str
    clause: str
    schedule: Schedule | None


class Tables:
    """The tables of posts and of deferral, asked once for each kind of RM and day."""

    def __init__(self, pack: Pack, settings: DeferralSettings) -> None:
        self.posts = pack.table(settings.posts)
        self.deferral = pack.table(settings.table)
        for table, known in ((self.posts, ASKED), (self.deferral, (*ASKED, "post"))):
            for name in table.inputs:
                if name not in known:
                    raise UnknownTableInputError(table=table.name, input=name, known=", ".join(known))
        self._known: dict[tuple[object, ...], Terms] = {}

    @property
    def asked(self) -> tuple[str, ...]:
        """The columns of an RM that either table reads."""
        return tuple(name for name in ASKED if name in self.posts.inputs or name in self.deferral.inputs)

    def terms(self, day: dt.date, rm: Mapping[str, object]) -> Terms:
        """What applies to an RM on ``day``."""
        key = (day, *(rm[name] for name in self.asked))
        if key not in self._known:
            self._known[key] = self._decide(day, {name: _value(rm[name]) for name in self.asked})
        return self._known[key]

    def _decide(self, day: dt.date, values: dict[str, Value | int | None]) -> Terms:
        post = self.posts.decide(day, values).get("post")
        found = self.deferral.decide(day, {**values, "post": post})
        if not found:
            return Terms(str(post or ""), "", "", None)
        rule_id = found.rule_ids[0]
        schedule = read_schedule(found.outputs, rule_id=rule_id)
        return Terms(str(post or ""), rule_id, clause_of(self.deferral, rule_id, day), schedule)


def clause_of(table: DecisionTable, rule_id: str, day: dt.date) -> str:
    """The row of a table in force on ``day``, as a clause."""
    row = next(row for row in table.rows_on(day) if row.rule_id == rule_id)
    return f"{table.name}#{rule_id}@{row.valid_from}"


def _value(value: object) -> Value | int | None:
    if isinstance(value, int):
        return Fraction(value)
    return None if value is None else str(value)


def attach_terms(context: StageContext, settings: DeferralSettings) -> None:
    """Create ``settle_rule`` (post and row of each RM and period) and ``settle_part`` (instalments of each row)."""
    tables = Tables(context.policy, settings)
    days = {name: (period.last_day, _since(context, period.end, settings)) for name, period in context.periods}
    rules, parts = [], {}
    for rm in _rms(context):
        period = str(rm["period"])
        day, since = days[period]
        terms = tables.terms(day, rm)
        if terms.schedule is None:
            rules.append({"period": period, "rm_id": rm["rm_id"], "post": terms.post, "rule_id": "", "clause": ""})
            continue
        share = terms.schedule.share
        numbers = {"share_num": share.numerator, "share_den": share.denominator}
        names = {"post": terms.post, "rule_id": terms.rule_id, "clause": terms.clause}
        rules.append({"period": period, "rm_id": rm["rm_id"], **names, **numbers})
        if (period, terms.rule_id) not in parts:
            parts[period, terms.rule_id] = list(_parts(period, terms.rule_id, terms.schedule, since))
    context.engine.attach_arrow("settle_rule", pa.Table.from_pylist(rules, schema=_RULE))
    rows = [row for group in parts.values() for row in group]
    context.engine.attach_arrow("settle_part", pa.Table.from_pylist(rows, schema=_PART))


def _rms(context: StageContext) -> Iterable[Mapping[str, object]]:
    rows: list[dict[str, object]] = context.engine.fetch(
        "SELECT t.period, t.rm_id, r.line, r.grade, u.level AS unit_level, t.unit_id"
        " FROM pay_total AS t JOIN rm_period AS r ON r.period = t.period AND r.rm_id = t.rm_id"
        " LEFT JOIN unit_now AS u ON u.unit_id = t.unit_id ORDER BY t.period, t.rm_id"
    ).to_pylist()
    return rows


def _since(context: StageContext, period_end: dt.date, settings: DeferralSettings) -> dt.date:
    return context.year.end if settings.counts_from == "year" else period_end


def _parts(period: str, rule_id: str, schedule: Schedule, since: dt.date) -> Iterator[dict[str, object]]:
    """Weights as whole numbers on one scale, so that the engine splits without fractions."""
    scale = math.lcm(*(weight.denominator for weight in schedule.weights)) if schedule.weights else 1
    whole = int(sum(schedule.weights, Fraction(0)) * scale)
    for number, (weight, day) in enumerate(zip(schedule.weights, schedule.vests_on(since), strict=True), start=1):
        numbers = {"number": number, "weight": int(weight * scale), "whole": whole, "vests_on": day}
        yield {"period": period, "rule_id": rule_id, **numbers}
