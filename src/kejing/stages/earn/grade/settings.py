"""The ``grade_review`` section of a policy: the ladder, the rules, appeals, and the boards of praise."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

type Verdict = Literal["exit", "demote", "promote", "watch"]
type Within = Literal["", "line", "unit_id", "grade"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AppealSettings(_Shape):
    """Appeals on these ``subjects`` bear on a review; ``suspend``: an open one holds up a demotion or exit."""

    subjects: tuple[str, ...] = ("grade", "score")
    suspend: bool = True


class BoardSettings(_Shape):
    """One board: the ``top`` RMs by a figure inside each group; whoever equals the last place is on it.

    ``at_least`` is a parameter: nobody below it is praised, however few the others are.
    """

    board: str
    figure: Literal["points", "completion"] = "points"
    measure: str = ""
    within: Within = ""
    top: int = Field(ge=1)
    at_least: str | None = None


class PraiseSettings(_Shape):
    """Boards of each period, cut off ``cut_off_days`` after its last day."""

    boards: tuple[BoardSettings, ...]
    cut_off_days: int = Field(default=0, ge=0)


class GradeReviewSettings(_Shape):
    """How grades are reviewed: the first verdict in ``precedence`` for which a rule holds is the proposal.

    ``ladder`` goes from the lowest grade to the highest; ``rules`` is a table, ``service_days`` and
    ``months_in_grade`` are parameters.
    """

    ladder: tuple[str, ...] = Field(min_length=1)
    rules: str
    precedence: tuple[Verdict, ...] = ("exit", "demote", "promote", "watch")
    service_days: str
    months_in_grade: str | None = None
    effective: Literal["next_day", "next_year"] = "next_day"
    appeals: AppealSettings = AppealSettings()
    praise: PraiseSettings | None = None
