"""Does a policy pay what its funds hand over? Asked when the policy is checked, before anybody is paid."""

from __future__ import annotations

from pydantic import ValidationError

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.stages.earn.fund.settings import FundSettings


def check_fund(pack: Pack) -> list[Finding]:
    """Kinds of funds whose component the pay section has not, or has not over funds: they would be paid to nobody."""
    section = pack.section("fund")
    try:
        settings = FundSettings.model_validate(section) if section else None
    except ValidationError:
        return []  # told of as a section that is not as it should be
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
