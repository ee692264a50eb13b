"""Is the visit section of a policy sound? Asked when the policy is checked."""

from __future__ import annotations

from collections.abc import Iterator

import holidays

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.stages.deploy.visit.settings import VisitSettings
from kejing.stages.sound_section import sound_section

_PARAMETERS = (
    "visit_counting_days",
    "visit_spacing_share",
    "visit_day_peak",
    "visit_reserve_share",
    "visit_catch_up_days",
)


def check_visit(pack: Pack) -> list[Finding]:
    """Names in the ``visit`` section that the pack, or the world, does not know."""
    settings = sound_section(pack, "visit", VisitSettings)
    return [] if settings is None else list(_unknown(pack, settings))


def _unknown(pack: Pack, settings: VisitSettings) -> Iterator[Finding]:
    schemes = pack.section("segment").get("schemes")
    if not isinstance(schemes, dict) or not schemes.get(settings.scheme):
        yield _finding("scheme", settings.scheme)
    if settings.standard not in pack.tables:
        yield _finding("standard", settings.standard)
        return
    codes = pack.table(settings.standard).inputs["tier"].codes or ""
    for tier in settings.tiers:
        if tier not in pack.code_lists.get(codes, {}):
            yield _finding("tiers", tier)
    for name, event in settings.events.items():
        if event.channel not in settings.channels:
            yield _finding(f"events.{name}.channel", event.channel)
        for key in ("within", "at_least"):
            parameter = getattr(event, key)
            if parameter is not None and parameter not in pack.parameters:
                yield _finding(f"events.{name}.{key}", parameter)
    for parameter in _PARAMETERS:
        if parameter not in pack.parameters:
            yield _finding("parameters", parameter)
    if settings.calendar.country not in holidays.list_supported_countries():
        yield _finding("calendar.country", settings.calendar.country)


def _finding(column: str, value: str) -> Finding:
    place = Place(file="policy.yaml", column=f"visit.{column}", value=value)
    return Finding(code="visit.unknown_name", severity=Severity.ERROR, place=place, stage="policy")
