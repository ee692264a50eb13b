"""``kejing check``: do these facts and this policy fit each other?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kejing.facts import attach_facts
from kejing.measure.findings import Finding
from kejing.measure.period import LAST_DAY
from kejing.stages.fit import check_fit
from kejing.stages.sections import check_policy
from kejing.verbs.policy_folder import lighten_cases, load_policy
from kejing.warehouse.engine import DuckEngine


def check(facts: str | Path, *, policy: str | Path, overlays: Sequence[str | Path] = ()) -> list[Finding]:
    """Findings of the policy itself, and of codes, measures and tables that facts and policy do not share.

    Raises
    ------
    RefusedInputError
        The policy cannot be read at all.
    """
    pack = load_policy(policy, overlays)
    findings = lighten_cases(check_policy(pack), overlays)
    with DuckEngine() as engine:
        attach_facts(engine, Path(facts), known_on=LAST_DAY)
        findings += check_fit(engine, pack)
    return sorted(findings, key=Finding.sort_key)
