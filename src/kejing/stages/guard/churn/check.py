"""Is the churn section of a policy sound? Asked when the policy is checked."""

from __future__ import annotations

from collections.abc import Iterator

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.stages.guard.churn.settings import ChurnSettings
from kejing.stages.sound_section import sound_section


def check_churn(pack: Pack) -> list[Finding]:
    """Names in the ``churn`` section that the pack does not know."""
    settings = sound_section(pack, "churn", ChurnSettings)
    return [] if settings is None else list(_unknown(pack, settings))


def _unknown(pack: Pack, settings: ChurnSettings) -> Iterator[Finding]:
    schemes = pack.section("segment").get("schemes")
    if settings.scheme is not None and not (isinstance(schemes, dict) and schemes.get(settings.scheme)):
        yield _finding("scheme", settings.scheme)
    table = pack.tables.get(settings.reasons)
    if table is None or "reason" not in table.inputs or "class" not in table.outputs:
        yield _finding("reasons", settings.reasons)
    for industry in settings.industries:
        if industry not in pack.code_lists.get("industry", {}):
            yield _finding("industries", industry)


def _finding(column: str, value: str) -> Finding:
    place = Place(file="policy.yaml", column=f"churn.{column}", value=value)
    return Finding(code="churn.unknown_name", severity=Severity.ERROR, place=place, stage="policy")
