"""The evidence of a grade review in words: its rule parts, limits and figures come as codes and numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kejing.text.labels import Words

type Label = Callable[[str, str], str]
"""(code, kind) → what people call it."""

_SIGNS = {">=": "≥", "<=": "≤"}


def tell_evidence(evidence: str | None, words: Words, label: Label) -> str:
    """One sentence for each condition that decided, with the figure of each period.

    Parameters
    ----------
    evidence
        Column ``evidence`` of ``grade_review``: JSON, empty where no rule decided.
    words
        Words of the reports in one language.
    label
        Names measures and formulas.

    Returns
    -------
    str
        Empty without evidence; a text that is no evidence comes back as it is.
    """
    if not evidence:
        return ""
    try:
        content = json.loads(evidence)
    except ValueError:
        return evidence
    if "needed" in content:
        return words.say("evidence.short", days=content["service_days"], needed=content["needed"])
    return words.say("list.comma").join(_part(part, words, label) for part in content["parts"])


def _part(part: Mapping[str, Any], words: Words, label: Label) -> str:
    key = "evidence.in_a_row" if part["in_a_row"] and part["times"] > 1 else "evidence.of_last"
    if part["over"] == 1:
        key = "evidence.once"
    values = words.say("evidence.and").join(f"{period} {value}" for period, value in part["values"].items())
    measure = label(part["measure"], "measure") if part["measure"] else ""
    return words.say(
        key,
        figure=" ".join(filter(None, (measure, label(part["figure"], "figure")))),
        comparison=_SIGNS.get(part["comparison"], part["comparison"]),
        threshold=part["threshold"],
        times=part["times"],
        over=part["over"],
        values=values,
    )
