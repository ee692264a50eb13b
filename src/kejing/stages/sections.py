"""The sections of a policy and the stage that owns each: checked together with the pack itself."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from kejing.measure.findings import Finding, Place, Severity
from kejing.policy import Pack
from kejing.policy.cases import RunSql
from kejing.policy.check import check
from kejing.stages.decide.hotline.settings import HotlineSettings
from kejing.stages.decide.segment.settings import SegmentSettings
from kejing.stages.decide.staff.settings import StaffSettings
from kejing.stages.deploy.assign.settings import AssignSettings
from kejing.stages.deploy.handover.settings import HandoverSettings
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.deploy.visit.check import check_visit
from kejing.stages.deploy.visit.settings import VisitSettings
from kejing.stages.earn.adjustment.settings import AdjustmentSettings
from kejing.stages.earn.credit.settings import CreditSettings
from kejing.stages.earn.dispute.settings import DisputeSettings
from kejing.stages.earn.fund.named import check_fund
from kejing.stages.earn.fund.settings import FundSettings
from kejing.stages.earn.grade.check import check_grade
from kejing.stages.earn.grade.settings import GradeReviewSettings
from kejing.stages.earn.pay.settings import PaySettings
from kejing.stages.earn.pool.named import check_pool
from kejing.stages.earn.pool.settings import PoolSettings
from kejing.stages.earn.score.settings import ScoreSettings
from kejing.stages.earn.settle.regulation import check_settle
from kejing.stages.earn.settle.settings import SettleSettings
from kejing.stages.earn.value.settings import ValueSettings
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.stages.flow_settings import FlowSettings
from kejing.stages.guard.churn.check import check_churn
from kejing.stages.guard.churn.settings import ChurnSettings
from kejing.stages.guard.outflow.rules import check_outflow
from kejing.stages.guard.outflow.settings import OutflowSettings
from kejing.stages.serve.deal.gates import check_deal
from kejing.stages.serve.deal.settings import DealSettings

SECTIONS: dict[str, type[BaseModel]] = {
    "flow": FlowSettings,
    "segment": SegmentSettings,
    "staff": StaffSettings,
    "hotline": HotlineSettings,
    "assign": AssignSettings,
    "handover": HandoverSettings,
    "visit": VisitSettings,
    "target": TargetSettings,
    "credit": CreditSettings,
    "value": ValueSettings,
    "score": ScoreSettings,
    "pay": PaySettings,
    "pool": PoolSettings,
    "adjustment": AdjustmentSettings,
    "fund": FundSettings,
    "dispute": DisputeSettings,
    "settle": SettleSettings,
    "grade_review": GradeReviewSettings,
    "churn": ChurnSettings,
    "outflow": OutflowSettings,
    "deal": DealSettings,
}

STAGE_TABLES = frozenset(
    {
        "service_line",
        "service_standard",
        "rm_span",
        "officer_ratio",
        "churn_hours",
        "churn_by_coverage",
        "rm_productivity",
        "rm_ramp",
        "staff_growth",
        "staff_leaving",
        "staff_move",
        "staff_project",
        "staff_lever",
        "rm_eligibility",
        "pool_cost",
        "handover_standard",
    }
)
"""Tables that staff, assign and handover read by these names."""


def check_policy(pack: Pack, *, run_sql: RunSql | None = None) -> list[Finding]:
    """Everything that is wrong with a pack: the checker's findings and those of the stages' sections.

    With ``run_sql`` every case must give the same by the evaluator and by the compiled SQL.
    """
    findings = list(
        check(pack, EARN_VOCABULARY, sections=frozenset(SECTIONS), stage_tables=STAGE_TABLES, run_sql=run_sql)
    )
    for name, model in SECTIONS.items():
        section = pack.section(name)
        if not section:
            continue
        try:
            model.model_validate(section)
        except ValidationError as error:
            findings.extend(_section_finding(name, detail) for detail in error.errors(include_url=False))
    findings.extend(_missing_names(pack))
    findings.extend(check_pool(pack))
    findings.extend(check_fund(pack))
    findings.extend(check_settle(pack))
    findings.extend(check_grade(pack))
    findings.extend(check_visit(pack))
    findings.extend(check_churn(pack))
    findings.extend(check_outflow(pack))
    findings.extend(check_deal(pack))
    return sorted(findings, key=Finding.sort_key)


def _section_finding(section: str, detail: object) -> Finding:
    assert isinstance(detail, dict)
    path = ".".join([section, *(str(part) for part in detail["loc"])])
    place = Place(file="policy.yaml", column=path, value=str(detail["input"])[:80])
    return Finding(
        code="policy.bad_section",
        severity=Severity.ERROR,
        place=place,
        stage="policy",
        facts={"detail": str(detail["msg"])},
    )


def _missing_names(pack: Pack) -> list[Finding]:
    """Formulas that sections name and the pack lacks."""
    named: list[tuple[str, str]] = []
    score = pack.section("score")
    named += [(f"score.{key}", str(score[key])) for key in ("completion", "points", "total") if key in score]
    pay = pack.section("pay")
    components = pay.get("components")
    for component in components if isinstance(components, list) else []:
        if isinstance(component, dict):
            named += [
                (f"pay.components.{key}", str(component[key])) for key in ("amount", "weight") if component.get(key)
            ]
    value = pack.section("value")
    scheme_settings = ("tier_scheme", "class_scheme")
    named += [(f"value.{key}", str(name)) for key, name in value.items() if key not in scheme_settings]
    if pay.get("deferred"):
        named.append(("pay.deferred", str(pay["deferred"])))
    shares = pay.get("deferred_of")
    named += [(f"pay.deferred_of.{key}", str(name)) for key, name in shares.items()] if isinstance(shares, dict) else []
    return [
        Finding(
            code="policy.unknown_formula",
            severity=Severity.ERROR,
            place=Place(file="policy.yaml", column=path, value=name),
            stage="policy",
        )
        for path, name in named
        if name not in pack.formulas
    ]
