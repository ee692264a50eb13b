"""The tree behind a figure, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator

from kejing.cli import show
from kejing.cli.words import word
from kejing.policy.exact import Figure
from kejing.text.labels import Lang
from kejing.text.values import value_text

_CHILDREN = 40


def _line(figure: Figure, lang: Lang) -> str:
    label = figure.labels.zh if lang == "zh" else figure.labels.en
    unit = f" {figure.unit}" if figure.unit else ""
    key = f" [{'/'.join(str(part) for part in figure.key)}]" if figure.key else ""
    notes = []
    if figure.rule:
        notes.append(f"{word('explain.clause', lang)} {figure.rule}")
    if figure.source:
        notes.append(f"{word('explain.source', lang)} {figure.source}")
    tail = f"  ({'; '.join(notes)})" if notes else ""
    return f"{label} = {value_text(figure.value)}{unit}{key}{tail}"


def print_tree(figure: Figure, lang: Lang) -> None:
    """Print the tree; long lists of like children are cut and counted.

    A line is never cut: clause and source stand at its end.
    """
    for line in tree_lines(figure, lang):
        show.out.print(line, markup=False, highlight=False, no_wrap=True, overflow="ignore", crop=False)


def tree_lines(figure: Figure, lang: Lang) -> Iterator[str]:
    """The figure and, indented under branches, everything that it comes from."""
    yield _line(figure, lang)
    shown = figure.children[:_CHILDREN]
    cut = len(figure.children) - len(shown)
    for place, child in enumerate(shown, start=1):
        is_last = place == len(shown) and not cut
        first, rest = ("└── ", "    ") if is_last else ("├── ", "│   ")
        for number, line in enumerate(tree_lines(child, lang)):
            yield (rest if number else first) + line
    if cut:
        yield "└── " + word("explain.more", lang).format(count=cut)


def tree_as_json(figure: Figure, lang: Lang) -> dict[str, object]:
    """The whole tree, nothing cut; numbers as exact text."""
    return {
        "name": figure.name,
        "label": figure.labels.zh if lang == "zh" else figure.labels.en,
        "value": value_text(figure.value),
        "unit": figure.unit,
        "rule": figure.rule,
        "source": figure.source,
        "key": [str(part) for part in figure.key],
        "children": [tree_as_json(child, lang) for child in figure.children],
    }
