"""The tree behind a figure, as `kejing explain` gives it, ready for a page; what a wall hides is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder
from kejing.office.shell.voices import voice_of
from kejing.policy.exact import Figure
from kejing.report.clauses import Voice
from kejing.verbs.explaining import explain_rows


@dataclass(frozen=True, slots=True)
class Node:
    """One figure: name, value as people write it, whose it is, clause and source, and what it was made of."""

    label: str
    value: str
    of: str
    rule: str
    source: str
    children: tuple[Node, ...]


def why(run: Run, table: str, key: Mapping[str, str], hidden: Iterable[str]) -> list[Node]:
    """Trees behind rows of a table of a run.

    Parameters
    ----------
    hidden
        Ids of customers and lines that no node may name.

    Raises
    ------
    NoSuchRowError, FactsMissingError
        There is nothing to explain, or nothing to explain it from.
    """
    voice, unseen = voice_of(run), tuple(hidden)
    return [_node(figure, voice, unseen) for figure in explain_rows(run_folder(run), table, key)]


def _node(figure: Figure, voice: Voice, unseen: tuple[str, ...]) -> Node:
    whose = " ".join(str(part) for part in figure.key if part not in {None, ""})
    if any(name in whose or name == figure.value for name in unseen):
        return Node("", voice.value(figure.value, figure.type), "", figure.rule, "", ())
    return Node(
        voice.label(figure.labels),
        f"{voice.value(figure.value, figure.type)} {figure.unit}".rstrip(),
        whose,
        figure.rule,
        figure.source,
        tuple(_node(child, voice, unseen) for child in figure.children),
    )
