"""A figure as the page shows it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kejing.policy.exact import Figure
from kejing.text.labels import Lang
from kejing.text.values import value_text

_CHILDREN = 40


@dataclass(frozen=True, slots=True)
class Branch:
    """One figure in the reader's language; ``hidden`` counts children that the page leaves out."""

    label: str
    value: str
    unit: str
    rule: str
    source: str
    key: str
    children: tuple[Branch, ...]
    hidden: int


def branch(figure: Figure, lang: Lang, hidden: Collection[str]) -> Branch:
    """The figure and what it comes from; long lists of like children are cut and counted.

    Parameters
    ----------
    hidden
        Ids that no branch may name.
    """
    key = tuple(part for part in map(str, figure.key) if part not in hidden)
    return Branch(
        label=figure.labels.zh if lang == "zh" else figure.labels.en,
        value="" if str(figure.value) in hidden else value_text(figure.value),
        unit=figure.unit,
        rule=figure.rule,
        source=figure.source,
        key=" / ".join(key),
        children=tuple(branch(child, lang, hidden) for child in figure.children[:_CHILDREN]),
        hidden=max(0, len(figure.children) - _CHILDREN),
    )
