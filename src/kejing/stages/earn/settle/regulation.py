"""Is the deferral of a policy what the regulator asks? Asked when the policy is checked, before anybody is paid."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import DecisionTable, Pack, Type, Value
from kejing.policy.literals import show_value
from kejing.stages.earn.settle.posts import Tables, Terms, UnknownTableInputError
from kejing.stages.earn.settle.schedule import BadScheduleError, read_schedule
from kejing.stages.earn.settle.settings import RegulationSettings, SettleSettings
from kejing.stages.earn.settle.take_back import SCOPES
from kejing.stages.sound_section import sound_section

COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": lambda figure, limit: figure >= limit,
    ">": lambda figure, limit: figure > limit,
    "<=": lambda figure, limit: figure <= limit,
    "<": lambda figure, limit: figure < limit,
}
STATIC = ("deferral_share", "deferral_years")
"""Rules that a deferral row keeps or breaks by itself; the others need figures."""
_OTHER = "\u2026"
"""Stands for any word that no cell names."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the regulation table: what a figure of a post must be."""

    check: str
    post: str
    comparison: str
    limit: Fraction
    rule_id: str
    source: str
    since: dt.date

    def is_kept(self, figure: Fraction) -> bool:
        """Whether ``figure`` is within the limit."""
        return COMPARISONS[self.comparison](figure, self.limit)


def limits_on(pack: Pack, settings: RegulationSettings, day: dt.date) -> list[Limit]:
    """Limits in force on ``day``, one for each post that a row names."""
    table = pack.table(settings.table)
    found = []
    for row in table.rows_on(day):
        for check, post in itertools.product(*(_words(table, name, row.cells[name]) for name in ("check", "post"))):
            limit = row.outputs["limit"]
            assert isinstance(limit, Fraction)
            comparison = str(row.outputs["comparison"])
            found.append(Limit(check, post, comparison, limit, row.rule_id, row.source, row.valid_from))
    return found


def _words(_table: DecisionTable, name: str, cell: object) -> Sequence[str]:
    words: Sequence[str] = getattr(cell, "words", ())
    assert words, f"Expected words in column {name} of the regulation table."
    return words


def check_settle(pack: Pack) -> list[Finding]:
    """What is wrong with the ``settle`` section of a pack beyond its shape.

    Unknown tables, rows of the deferral table that give no calendar, rows of the malus table that cannot be read,
    and deferral below the minimum of the regulator, with source and date.
    """
    settings = sound_section(pack, "settle", SettleSettings)
    if settings is None:
        return []
    named = {"deferral.posts": settings.deferral.posts, "deferral.table": settings.deferral.table}
    if settings.malus is not None:
        named["malus.table"] = settings.malus.table
    if settings.regulation is not None:
        named["regulation.table"] = settings.regulation.table
    missing = [
        _finding("settle.unknown_table", Place(file="policy.yaml", column=f"settle.{path}", value=name))
        for path, name in named.items()
        if name not in pack.tables
    ]
    if missing:
        return missing
    findings = [*_bad_components(pack, settings), *_bad_schedules(pack, settings), *_bad_causes(pack, settings)]
    if not findings and settings.regulation is not None:
        try:
            findings += _below_minimum(pack, settings, settings.regulation)
        except UnknownTableInputError as error:
            findings.append(
                _finding(
                    error.code, Place(file="tables.yaml"), **{name: str(fact) for name, fact in error.facts.items()}
                )
            )
    return findings


def _bad_components(pack: Pack, settings: SettleSettings) -> Iterator[Finding]:
    """Components that the section names and the pay section does not pay."""
    components = pack.section("pay").get("components")
    paid = (
        {one.get("component") for one in components if isinstance(one, dict)} if isinstance(components, list) else set()
    )
    named = [("deferral.performance", name) for name in settings.deferral.performance]
    if settings.regulation is not None:
        named += [("regulation.base", name) for name in settings.regulation.base]
        named += [("regulation.guaranteed", name) for name in settings.regulation.guaranteed]
    for path, name in named:
        if name not in paid:
            place = Place(file="policy.yaml", column=f"settle.{path}", value=name)
            yield _finding("settle.unknown_component", place)


def _bad_schedules(pack: Pack, settings: SettleSettings) -> Iterator[Finding]:
    for row in pack.table(settings.deferral.table).rows:
        try:
            read_schedule(row.outputs, rule_id=row.rule_id)
        except BadScheduleError as error:
            yield _finding(error.code, row.place("vesting"), **{name: str(fact) for name, fact in error.facts.items()})


def _bad_causes(pack: Pack, settings: SettleSettings) -> Iterator[Finding]:
    allowed = {"scope": SCOPES, "duty": ("must", "may"), "counts_from": ("happened", "confirmed")}
    for row in pack.table(settings.malus.table).rows if settings.malus is not None else ():
        for name, words in allowed.items():
            if row.outputs[name] not in words:
                yield _finding("settle.bad_word", row.place(name), rule=row.rule_id, known=", ".join(words))
        share = row.outputs["share"]
        if not isinstance(share, Fraction) or not 0 <= share <= 1:
            yield _finding("settle.bad_share", row.place("share"), rule=row.rule_id)


def _below_minimum(pack: Pack, settings: SettleSettings, regulation: RegulationSettings) -> Iterator[Finding]:
    tables = Tables(pack, settings.deferral)
    asked = (tables.posts, tables.deferral)
    days = sorted({day for table in (*asked, pack.table(regulation.table)) for day in table.slice_starts()})
    told = set()
    for day in days:
        limits = [limit for limit in limits_on(pack, regulation, day) if limit.check in STATIC]
        if not limits or not all(table.rows_on(day) for table in asked):
            continue
        for rm in _kinds(pack, tables, day):
            terms = tables.terms(day, rm)
            for limit in limits:
                mark = (terms.rule_id, limit.rule_id, limit.post)
                if limit.post == terms.post and mark not in told and not _keeps(terms, limit):
                    told.add(mark)
                    yield _too_low(tables.deferral, terms, limit, regulation.severity, day)


def _keeps(terms: Terms, limit: Limit) -> bool:
    if terms.schedule is None:
        return False
    return limit.is_kept(terms.schedule.share if limit.check == "deferral_share" else terms.schedule.years)


def _too_low(table: DecisionTable, terms: Terms, limit: Limit, severity: Severity, day: dt.date) -> Finding:
    row = next((row for row in table.rows_on(day) if row.rule_id == terms.rule_id), None)
    place = row.place("share" if limit.check == "deferral_share" else "years") if row else table.place
    facts = {
        "table": table.name,
        "rule": terms.rule_id or "–",
        "post": terms.post,
        "comparison": limit.comparison,
        "limit": show_value(limit.limit),
        "source": limit.source,
        "since": limit.since.isoformat(),
    }
    return _finding(f"settle.below_{limit.check}", place, severity, **facts)


def _kinds(pack: Pack, tables: Tables, day: dt.date) -> Iterator[dict[str, object]]:
    """One RM of each kind that the two tables can tell apart."""
    choices = []
    for name in tables.asked:
        values: set[object] = {_OTHER} if name != "unit_level" else {-1}
        for table in (tables.posts, tables.deferral):
            column = table.inputs.get(name)
            if column is None:
                continue
            if column.codes is not None:
                values = (values - {_OTHER}) | set(pack.code_lists.get(column.codes, {}))
            for row in table.rows_on(day):
                values |= _sampled(row.cells[name], column.type)
        choices.append(sorted(values, key=str))
    for chosen in itertools.product(*choices):
        yield dict(zip(tables.asked, chosen, strict=True))


def _sampled(cell: object, type_: Type) -> set[object]:
    """Values on both sides of every boundary of a cell."""
    if type_ is Type.TEXT:
        return set(getattr(cell, "words", ()))
    ends: set[Value] = {
        end for part in getattr(cell, "intervals", ()) for end in (part.low, part.high) if end is not None
    }
    whole = {int(end) for end in ends if isinstance(end, Fraction)}
    return {value + step for value in whole for step in (-1, 0, 1)}


def _finding(code: str, place: Place, severity: Severity = Severity.ERROR, /, **facts: str) -> Finding:
    return Finding(code=code, severity=severity, place=place, stage="policy", facts=facts)
