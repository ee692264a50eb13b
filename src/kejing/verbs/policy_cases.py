"""The cases of a policy: run on one engine, and told apart into what an overlay moves and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from kejing.measure.findings import Finding, Severity
from kejing.policy import Pack
from kejing.policy.cases import RunSql, run_case
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.sql import Step
from kejing.stages.cases import run_case as run_stage_case
from kejing.stages.earn.vocabulary import EARN_VOCABULARY
from kejing.verbs.policy_folder import lighten_cases
from kejing.warehouse.engine import DuckEngine

_FAILED = "policy.case_failed"


@dataclass(frozen=True, slots=True)
class MovedFigure:
    """A figure that a case of the policy below proves and an overlay moves."""

    case: str
    name: str
    before: str
    after: str


def failing_cases(pack: Pack) -> list[Finding]:
    """What the cases of ``pack`` find wrong, by the evaluator, by the compiled SQL and by the stages.

    Raises
    ------
    RefusedInputError
        A formula cannot be bound.
    """
    binding = bind_or_refuse(pack, EARN_VOCABULARY)
    with case_engine() as run_sql:
        findings = [found for case in pack.cases if not case.stage for found in run_case(binding, case, run_sql)]
    return findings + stage_cases(pack)


def stage_cases(pack: Pack) -> list[Finding]:
    """What the cases that a stage runs find wrong."""
    return [found for case in pack.cases if case.stage for found in run_stage_case(pack, case)]


def cases_of(findings: Sequence[Finding]) -> set[str]:
    """Names of the cases that ``findings`` are about."""
    return {_case_of(finding) for finding in findings}


def told_apart(
    findings: Sequence[Finding], *, below: Pack, overlays: Sequence[Path]
) -> tuple[tuple[MovedFigure, ...], list[Finding]]:
    """Figures that ``overlays`` move, and the findings that remain failures.

    Moved is a figure of a case that holds in ``below``, stands in its files, and can still be computed. A case with
    one failure is a failure as a whole.
    """
    held = {case.name for case in below.cases} - cases_of(failing_cases(below))
    light = lighten_cases(findings, overlays)
    is_moved = [
        finding.code == _FAILED and finding.severity is Severity.INFO and _case_of(finding) in held for finding in light
    ]
    failures = [finding for finding, moved in zip(findings, is_moved, strict=True) if not moved]
    failed = cases_of(failures)
    failures += [
        finding for finding, moved in zip(findings, is_moved, strict=True) if moved and _case_of(finding) in failed
    ]
    moved = tuple(
        MovedFigure(_case_of(finding), finding.facts["name"], finding.facts["expected"], finding.facts["got"])
        for finding, moved in zip(findings, is_moved, strict=True)
        if moved and _case_of(finding) not in failed
    )
    return moved, failures


def _case_of(finding: Finding) -> str:
    return finding.facts.get("case", finding.place.column)


@contextmanager
def case_engine() -> Iterator[RunSql]:
    """One embedded engine for compiled sheets, emptied after each case: no case sees what another one left."""
    with DuckEngine(threads=1) as engine:

        def run_sql(steps: Sequence[Step], tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
            made = dict.fromkeys((*tables, *(step.relation for step in steps)))
            try:
                for name, table in tables.items():
                    engine.attach_arrow(name, table)
                for step in steps:
                    engine.create(step.relation, step.sql)
                sheets = [step.relation for step in steps if step.relation.endswith("_sheet")]
                return {name: engine.fetch(f"SELECT * FROM {name}") for name in sheets}
            finally:
                for name in made:
                    engine.run_script(f"DROP TABLE IF EXISTS {name}")

        yield run_sql
