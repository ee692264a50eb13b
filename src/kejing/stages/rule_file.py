"""Rule files: SQL beside the stage, one SELECT a relation.

``-- relation: name`` is computed and kept; ``-- view: name`` is named only, so that the engine pipelines through it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from string import Template

from kejing.warehouse.protocol import Engine

_HEADER = re.compile(r"^-- (relation|view): (\w+)\s*$", re.MULTILINE)


def day_literal(day: dt.date) -> str:
    """``day`` as a portable SQL literal.

    Examples
    --------
    >>> import datetime as dt
    >>> day_literal(dt.date(2025, 6, 30))
    "CAST('2025-06-30' AS DATE)"
    """
    return f"CAST('{day.isoformat()}' AS DATE)"


def text_literal(text: str) -> str:
    """``text`` as a portable SQL literal.

    Examples
    --------
    >>> text_literal("a'b$")
    "'a''b$$'"
    """
    return "'" + text.replace("'", "''").replace("$", "$$") + "'"


def stretches(column: str, edges: Sequence[str]) -> list[str]:
    """Conditions that cut ``column`` at the literals ``edges``; one of them is true of any value.

    Examples
    --------
    >>> stretches("n", ["3", "7"])
    ['n < 3', 'n >= 3 AND n < 7', 'n >= 7']
    """
    if not edges:
        return ["1 = 1"]
    between = [f"{column} >= {low} AND {column} < {high}" for low, high in pairwise(edges)]
    return [f"{column} < {edges[0]}", *between, f"{column} >= {edges[-1]}"]


def relations_of(text: str) -> list[tuple[str, str, str]]:
    """(kind, name, SELECT) of a rule file, in order; kind is ``relation`` or ``view``."""
    parts = _HEADER.split(text)
    return [
        (kind, name, body.split("\n;", 1)[0].strip().rstrip(";"))
        for kind, name, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


def run_rules(engine: Engine, package: str, file: str, values: Mapping[str, str] | None = None) -> None:
    """Create the relations of rule file ``file`` of ``package`` in order.

    ``values`` fill the file's own ``$NAME`` tokens (dates, weights); the tokens of the dialect are
    filled by the engine.
    """
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    if values:
        text = Template(text).safe_substitute(values)
    for kind, name, select in relations_of(text):
        if kind == "view":
            engine.create_view(name, select)
        else:
            engine.create(name, select)
