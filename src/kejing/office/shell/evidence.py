"""The tree behind a figure, as ``kejing explain`` gives it, ready for a page; what a wall hides is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kejing.office import scope
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder, run_rows
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import voice_of
from kejing.office.shell.whose import Row, seen_rows
from kejing.policy.exact import Figure
from kejing.report.clauses import Voice
from kejing.verbs.explaining import explain_rows

_MOST_TREES = 40
_MOST_CHILDREN = 400
"""More than people read of one figure, few enough for a phone to lay out; what is left out is counted."""


@dataclass(frozen=True, slots=True)
class Node:
    """One figure: name, value as people write it, whose it is, clause, source, what it was made of.

    ``more`` counts figures below it that the page leaves out.
    ``label`` is empty where a wall hides the customer: nothing but the value and the clause is told then.
    """

    label: str
    value: str
    of: str
    rule: str
    source: str
    children: tuple[Node, ...]
    more: int


def evidence(viewer: Viewer, run: Run, table: str, key: Mapping[str, str]) -> list[Node]:
    """Trees behind the rows that have ``key`` and that the viewer sees, the first forty of them.

    Raises
    ------
    NoSuchTableError, NoSuchRowError, FactsMissingError
        There is nothing to explain that the viewer sees, or nothing to explain it from.
    """

    def choose(rows: list[Row]) -> list[Row]:
        return seen_rows(viewer, run, table, rows)[:_MOST_TREES]

    voice, unseen = voice_of(run), _unseen(viewer, run)
    return [_node(figure, voice, unseen) for figure in explain_rows(run_folder(run), table, key, choose=choose)]


def _unseen(viewer: Viewer, run: Run) -> tuple[str, ...]:
    """Ids of customers behind walls, and of their lines."""
    walled = list(scope.walled(viewer).values_list("customer_id", flat=True))
    lines = run_rows(run, "credit", where={"customer_id": walled}, columns=("line_id",)) if walled else []
    return (*walled, *sorted({row["line_id"] for row in lines}))


def _node(figure: Figure, voice: Voice, unseen: tuple[str, ...]) -> Node:
    whose = " ".join(str(part) for part in figure.key if part not in {None, ""})
    if any(name in whose or name == figure.value for name in unseen):
        return Node("", voice.value(figure.value, figure.type), "", figure.rule, "", (), 0)
    return Node(
        voice.label(figure.labels),
        f"{voice.value(figure.value, figure.type)} {figure.unit}".rstrip(),
        whose,
        figure.rule,
        figure.source,
        tuple(_node(child, voice, unseen) for child in figure.children[:_MOST_CHILDREN]),
        max(0, len(figure.children) - _MOST_CHILDREN),
    )
