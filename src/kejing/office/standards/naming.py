"""What the policy of a run calls its tiers, schemes, components and measures."""

from __future__ import annotations

from functools import lru_cache

import yaml

from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder, run_totals
from kejing.office.shell.words import has_words, say
from kejing.report.read_run import PolicyLabels
from kejing.text.labels import CodeLabels, Lang, Words

_RUNS_KEPT = 32


class Names:
    """Codes of one run in words of one language; a code without a word stays as it is."""

    def __init__(self, labels: PolicyLabels, lang: Lang) -> None:
        self._labels = labels
        self._codes = CodeLabels(labels.all_lists, Words("report", lang))

    def of(self, code: str, kind: str) -> str:
        """The word of a code, such as a role, a component or a measure."""
        return self._codes.label(code, kind) or code

    def of_tier(self, tier: str, scheme: str) -> str:
        """The word of a tier of a scheme."""
        return self._codes.within(tier, self._labels.tier_list(scheme)) or self.of(tier, "tier")


def names_of(run: Run, lang: Lang) -> Names:
    """Words of the policy that ``run`` was made with."""
    return _names(run.run_id, run.folder, lang)


@lru_cache(maxsize=_RUNS_KEPT)
def _names(run_id: str, folder: str, lang: Lang) -> Names:
    path = run_folder(Run(run_id=run_id, folder=folder)) / "policy" / "policy.yaml"
    told = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) if path.is_file() else {}
    return Names(PolicyLabels.model_validate(told), lang)


def tiers_of(run: Run) -> tuple[tuple[str, str], ...]:
    """Every tier that ``run`` gave, with its scheme."""
    return _tiers(run.run_id, run.folder)


@lru_cache(maxsize=_RUNS_KEPT)
def _tiers(run_id: str, folder: str) -> tuple[tuple[str, str], ...]:
    rows = run_totals(Run(run_id=run_id, folder=folder), "segment", by=("tier", "scheme"))
    return tuple((row["tier"], row["scheme"]) for row in rows)


def coded(code: str) -> str:
    """A channel, an outcome or a tag in words; one that the institution brought stays as it is."""
    key = f"contacts.code.{code}"
    return say(key) if has_words(key) else code
