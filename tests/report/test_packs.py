from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kejing.report.read_run import PolicyLabels
from kejing.text.labels import LANGUAGES, CodeLabels, Words

PACKS = ("bank_corporate", "bank_retail", "telecom_4plus1")


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_shipped_packs_name_what_the_report_shows(repository: Path, pack: str, lang: str) -> None:
    """Schemes, their tiers and the pay components of a shipped pack have a label in the language of the page."""
    text = (repository / "policies" / pack / "policy.yaml").read_text(encoding="utf-8")
    policy = PolicyLabels.model_validate(yaml.safe_load(text))
    labels = CodeLabels(policy.all_lists, Words("report", lang))  # type: ignore[arg-type]  # one of LANGUAGES
    assert policy.segment.schemes
    assert policy.pay.components
    for scheme in (name for name, settings in policy.segment.schemes.items() if settings):
        assert labels.label(scheme, "scheme") != scheme
        assert policy.all_lists.get(policy.tier_list(scheme)), scheme
    for part in policy.pay.components:
        assert labels.label(part.component, "component") == part.labels[lang]
