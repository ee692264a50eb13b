"""Does a policy pay what its funds hand over? Asked when the policy is checked, before anybody is paid."""

from __future__ import annotations

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.stages.earn.fund.settings import FundSettings
from kejing.stages.sound_section import sound_section


def check_fund(pack: Pack) -> list[Finding]:
    """Kinds of funds whose component the pay section has not, or has not over funds: they would be paid to nobody."""
    settings = sound_section(pack, "fund", FundSettings)
    components = pack.section("pay").get("components")
    handed = {
        str(one.get("component"))
        for one in (components if isinstance(components, list) else [])
        if isinstance(one, dict) and one.get("over") == "fund"
    }
    return [
        Finding(
            code="policy.fund_component",
            severity=Severity.ERROR,
            place=Place(file="policy.yaml", column=f"fund.pays.{kind}", value=component),
            stage="policy",
        )
        for kind, component in (settings.pays.items() if settings else ())
        if component not in handed
    ]
