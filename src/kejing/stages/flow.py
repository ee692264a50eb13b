"""The order of the stages: the main job of the product on one screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kejing.measure.errors import BrokenLawError, KejingError
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.controls import count_controls
from kejing.stages.decide import hotline, segment, staff
from kejing.stages.decide.hotline.laws import LAWS as HOTLINE_LAWS
from kejing.stages.decide.segment.laws import LAWS as SEGMENT_LAWS
from kejing.stages.decide.staff.laws import LAWS as STAFF_LAWS
from kejing.stages.deploy import assign, handover, target, visit
from kejing.stages.deploy.assign.laws import LAWS as ASSIGN_LAWS
from kejing.stages.deploy.handover.laws import LAWS as HANDOVER_LAWS
from kejing.stages.deploy.target.laws import LAWS as TARGET_LAWS
from kejing.stages.deploy.visit.laws import LAWS as VISIT_LAWS
from kejing.stages.earn import adjustment, credit, dispute, fund, grade, pay, pool, score, settle, value
from kejing.stages.earn.adjustment.laws import LAWS as ADJUSTMENT_LAWS
from kejing.stages.earn.credit.laws import LAWS as CREDIT_LAWS
from kejing.stages.earn.dispute.laws import LAWS as DISPUTE_LAWS
from kejing.stages.earn.fund.laws import LAWS as FUND_LAWS
from kejing.stages.earn.grade.laws import LAWS as GRADE_LAWS
from kejing.stages.earn.pay.laws import LAWS as PAY_LAWS
from kejing.stages.earn.pool.laws import LAWS as POOL_LAWS
from kejing.stages.earn.score.laws import LAWS as SCORE_LAWS
from kejing.stages.earn.settle.laws import LAWS as SETTLE_LAWS
from kejing.stages.earn.value.laws import LAWS as VALUE_LAWS
from kejing.stages.flow_settings import FlowSettings
from kejing.stages.law import Law
from kejing.stages.population import list_directory, prepare
from kejing.stages.team import build_teams
from kejing.warehouse.pair import EnginePair


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its rules, the laws its output must keep, the tables it writes and the stages it needs.

    A stage with a ``section`` runs only where the policy has that section.
    """

    name: str
    run: Callable[[StageContext], None]
    laws: tuple[Law, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    section: str | None = None


_VISIT_TABLES = ("visit", "visit_summary", "visit_lever")

FLOW = (
    Stage("segment", segment.run, SEGMENT_LAWS, ("segment",)),
    Stage("staff", staff.run, STAFF_LAWS, staff.WRITES, ("segment",)),
    Stage("hotline", hotline.run, HOTLINE_LAWS, hotline.WRITES, section="hotline"),
    Stage("assign", assign.run, ASSIGN_LAWS, assign.WRITES, ("segment", "staff")),
    Stage("handover", handover.run, HANDOVER_LAWS, handover.WRITES, ("segment", "staff", "assign"), "handover"),
    Stage("visit", visit.run, VISIT_LAWS, _VISIT_TABLES, ("segment", "assign"), section="visit"),
    Stage("target", target.run, TARGET_LAWS, ("target",)),
    Stage("credit", credit.run, CREDIT_LAWS, ("credit",)),
    Stage("value", value.run, VALUE_LAWS, ("value", "profit"), ("segment", "credit"), section="value"),
    Stage("score", score.run, SCORE_LAWS, ("score",), ("target", "credit")),
    Stage("pool", pool.run, POOL_LAWS, ("pool",), ("score",), section="pool"),
    Stage("adjustment", adjustment.run, ADJUSTMENT_LAWS, (), section="adjustment"),
    Stage("fund", fund.run, FUND_LAWS, ("fund",), section="fund"),
    Stage("pay", pay.run, PAY_LAWS, ("pay", "pay_total"), ("segment", "score")),
    Stage("settle", settle.run, SETTLE_LAWS, ("instalment", "held", "malus", "settlement"), ("pay",), "settle"),
    Stage("grade", grade.run, GRADE_LAWS, ("grade_review", "praise"), ("score",), "grade_review"),
    Stage("dispute", dispute.run, DISPUTE_LAWS, ("dispute", "dispute_posting"), ("pay",), section="dispute"),
)
"""Segment, staff, assign, target, credit, score, pay: decide, deploy, earn."""


CARRIED = frozenset({"credit", "score", "pay"})
"""Stages that run on the engine chosen for the run; what is small or needs a solver stays on the embedded one."""


class UnknownStageError(KejingError):
    """No stage has this name, or a stage asked for needs one that was not."""

    code = "run.unknown_stage"


def chosen(names: Sequence[str] | None) -> list[Stage]:
    """The stages asked for, in the order of the flow; None is all.

    Raises
    ------
    UnknownStageError
        A name is unknown, or a needed stage is missing from ``names``.
    """
    if names is None:
        return list(FLOW)
    known = {stage.name: stage for stage in FLOW}
    for name in names:
        if name not in known:
            raise UnknownStageError(stage=name, known=", ".join(known), missing="")
        missing = [need for need in known[name].needs if need not in names]
        if missing:
            raise UnknownStageError(stage=name, known=", ".join(known), missing=", ".join(missing))
    return [stage for stage in FLOW if stage.name in names]


def running(policy: Pack, names: Sequence[str] | None = None) -> list[Stage]:
    """The stages asked for that ``policy`` has something to say to: those without their section do not run."""
    return [stage for stage in chosen(names) if stage.section is None or policy.section(stage.section)]


def run_flow(context: StageContext, names: Sequence[str] | None = None) -> list[str]:
    """Run the stages in order and hold each to its laws; returns the tables written.

    Raises
    ------
    BrokenLawError
        A stage's output breaks a law; facts name stage, law and the first row.
    """
    prepare(context)
    customers = int(str(context.engine.value("SELECT COUNT(*) FROM customer_now")))
    for proxy in FlowSettings.model_validate(context.policy.section("flow")).declared:
        context.simulated(proxy.what, proxy.zh, proxy.en, customers, "flow.declared")
    build_teams(context, str(context.policy.section("credit")["roles"]))
    written: list[str] = []
    for stage in running(context.policy, names):
        _turn(context, to_chosen=stage.name in CARRIED)
        stage.run(context)
        for law in stage.laws:
            _hold(context, stage.name, law)
        written.extend(name for name in stage.writes if name in context.engine.relations())
    _turn(context, to_chosen=False)
    list_directory(context)
    _turn(context, to_chosen=True)  # where the lines are
    count_controls(context)
    return [*written, "directory", "control"]


def _turn(context: StageContext, *, to_chosen: bool) -> None:
    """Let what follows run on the engine chosen for the run, if it has one beside the embedded engine."""
    if isinstance(context.engine, EnginePair):
        context.engine.turn(to_chosen=to_chosen)


def _hold(context: StageContext, stage: str, law: Law) -> None:
    broken = context.engine.fetch(f"SELECT * FROM ({law.sql}) AS broken LIMIT 1")
    if broken.num_rows:
        row = ", ".join(f"{name}={value}" for name, value in broken.to_pylist()[0].items())
        raise BrokenLawError(stage=stage, law=law.name, detail=row)
