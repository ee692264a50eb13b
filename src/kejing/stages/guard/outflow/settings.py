"""The ``outflow`` section of a policy: what counts as money leaving, and who must answer by when."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class OutflowSettings(BaseModel):
    """``rules`` and ``ladder`` are tables, ``judge_days`` is a parameter.

    A rule says how far a balance must fall, in how many days, against a norm of how many days. The ladder says after
    how many days without an answer whose turn it is. After ``judge_days`` an alert counts as judged: was there a loss?
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: str = "outflow_rule"
    ladder: str = "outflow_ladder"
    judge_days: str = "outflow_judge_days"
