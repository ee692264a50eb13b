"""``kejing policy``: is a policy sound, do its cases hold, what would a change move?"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from kejing.measure.errors import KejingError, RefusedInputError
from kejing.measure.findings import Finding, Severity
from kejing.policy import Pack
from kejing.policy.diff import diff_packs
from kejing.stages.sections import check_policy
from kejing.verbs.policy_cases import MovedFigure, case_engine, cases_of, failing_cases, stage_cases, told_apart
from kejing.verbs.policy_folder import lighten_cases, load_policy
from kejing.verbs.running import Progress, run
from kejing.warehouse.engine import DuckEngine


class EffectsNeedBothError(KejingError):
    """Effects of a change were asked for with facts but no day, or with a day but no facts."""

    code = "policy.diff_needs_both"


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What a check or test of a policy found.

    ``passed``, ``failed`` and ``moved_cases`` count cases; ``moved`` lists the figures of the last.
    """

    pack: Pack | None
    findings: tuple[Finding, ...]
    passed: int = 0
    failed: int = 0
    moved: tuple[MovedFigure, ...] = ()
    name: str = ""

    @property
    def moved_cases(self) -> int:
        """Cases of the policy below that the overlay moves."""
        return len({figure.case for figure in self.moved})

    def counts(self) -> dict[str, object]:
        """Facts for the sentence that closes a check."""
        pack = self.pack
        if pack is None:
            return {
                "pack": self.name,
                "count": len(self.findings),
                "version": "",
                "tables": 0,
                "formulas": 0,
                "cases": 0,
            }
        sizes = {"tables": len(pack.tables), "formulas": len(pack.formulas), "cases": len(pack.cases)}
        return {"pack": pack.name, "version": pack.version, "count": len(self.findings), **sizes}


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One rule that differs: its name, and what it says before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change moves: a figure before and after, and how many rows move."""

    name: str
    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Rules that differ between a policy and its overlay, and what they move."""

    rules: tuple[RuleDifference, ...]
    effects: tuple[Effect, ...]

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {"rules": [asdict(rule) for rule in self.rules], "effects": [asdict(effect) for effect in self.effects]}


def _overlays(overlay: str | Path | None) -> list[Path]:
    return [Path(overlay)] if overlay is not None else []


def policy_check(policy: str | Path, overlay: str | Path | None = None) -> PolicyAnswer:
    """Every finding of a policy: structure, gaps, overlaps, names, cycles, units, sections, cases.

    Raises
    ------
    RefusedInputError
        The overlay cannot be read: there is nothing to check the policy with.
    """
    try:
        pack = load_policy(policy, _overlays(overlay))
    except RefusedInputError as error:
        if any(
            finding.place.file.partition("/")[0] == path.name
            for path in _overlays(overlay)
            for finding in error.findings
        ):
            raise
        return PolicyAnswer(None, tuple(error.findings), name=Path(policy).name)
    with case_engine() as run_sql:
        findings = lighten_cases(check_policy(pack, run_sql=run_sql), _overlays(overlay))
    if not any(finding.severity is Severity.ERROR for finding in findings):
        findings += lighten_cases(stage_cases(pack), _overlays(overlay))
    return PolicyAnswer(pack, tuple(findings))


def policy_test(policy: str | Path, overlay: str | Path | None = None) -> PolicyAnswer:
    """Run every case of a policy; formula cases by the exact evaluator and by the compiled SQL.

    A figure of the policy's own cases that is right without ``overlay`` and another one with it is moved, not wrong:
    to move it may be what the overlay is for.

    Raises
    ------
    RefusedInputError
        The policy, or the overlay, cannot be read.
    """
    pack = load_policy(policy, _overlays(overlay))
    findings = failing_cases(pack)
    moved: tuple[MovedFigure, ...] = ()
    failures = findings
    if overlay is not None and findings:
        moved, failures = told_apart(findings, below=load_policy(policy), overlays=_overlays(overlay))
    answer = PolicyAnswer(pack, tuple(failures), failed=len(cases_of(failures)), moved=moved)
    return replace(answer, passed=len(pack.cases) - answer.failed - answer.moved_cases)


def policy_diff(
    policy: str | Path,
    overlay: str | Path,
    *,
    facts: str | Path | None = None,
    as_of: str | dt.date | None = None,
    progress: Progress | None = None,
) -> Difference:
    """Rules that an overlay changes; with ``facts`` and ``as_of`` also the customers, heads and money that move.

    Raises
    ------
    RefusedInputError
        One of the two policies has errors.
    EffectsNeedBothError
        Only one of ``facts`` and ``as_of`` is given.
    """
    if (facts is None) != (as_of is None):
        raise EffectsNeedBothError(given="--facts" if as_of is None else "--as-of")
    before, after = load_policy(policy), load_policy(policy, [overlay])
    rules = tuple(
        RuleDifference(
            f"{change.kind} {change.name}{f'#{change.rule_id}' if change.rule_id else ''}",
            str(change.before or ""),
            str(change.after or ""),
        )
        for change in diff_packs(before, after)
    )
    if facts is None or as_of is None:
        return Difference(rules, ())
    with tempfile.TemporaryDirectory(prefix="kejing-diff-") as scratch:
        folders = Path(scratch) / "before", Path(scratch) / "after"
        run(facts, policy=policy, as_of=as_of, out=folders[0], progress=progress)
        run(facts, policy=policy, overlays=[overlay], as_of=as_of, out=folders[1], progress=progress)
        return Difference(rules, run_effects(*folders))


_EFFECTS = {
    "customers_retiered": (
        "segment",
        """
        SELECT scheme, customer_id, valid_from, MIN(tier) AS figure FROM {table}
        GROUP BY scheme, customer_id, valid_from
        """,
        "COUNT(*)",
    ),
    "heads": (
        "staff",
        """
        SELECT method, unit_id, line, tier, CAST(required_heads AS DECIMAL(38, 2)) AS figure
        FROM {table} WHERE tier = ''
        """,
        "SUM(figure)",
    ),
    "books": (
        "assign",
        "SELECT customer_id, role, MIN(rm_id) AS figure FROM {table} GROUP BY customer_id, role",
        "COUNT(*)",
    ),
    "targets": (
        "target",
        "SELECT period, measure, rm_id, SUM(increment_target) AS figure FROM {table} GROUP BY period, measure, rm_id",
        "SUM(figure)",
    ),
    "pay_gross": ("pay_total", "SELECT period, rm_id, gross AS figure FROM {table}", "SUM(figure)"),
}
"""Effect → (table, one figure per key, how the figures are summed up)."""


def run_effects(before: Path, after: Path) -> tuple[Effect, ...]:
    """What moves between two runs: customers between tiers, heads, books, targets, gross pay.

    Parameters
    ----------
    before, after
        Folders of runs; a table that one of them lacks is passed over.
    """
    effects = []
    with DuckEngine() as engine:
        for name, (table, select, total) in _EFFECTS.items():
            if not ((before / f"{table}.parquet").exists() and (after / f"{table}.parquet").exists()):
                continue
            engine.attach_parquet("raw_before", before / f"{table}.parquet")
            engine.attach_parquet("raw_after", after / f"{table}.parquet")
            engine.create("figure_before", select.format(table="raw_before"))
            engine.create("figure_after", select.format(table="raw_after"))
            keys = [column for column in engine.columns("figure_before") if column != "figure"]
            joined = " AND ".join(f"a.{key} = b.{key}" for key in keys)
            moved = engine.value(
                f"SELECT COUNT(*) FROM figure_before AS b FULL JOIN figure_after AS a ON {joined}"
                " WHERE a.figure IS NULL OR b.figure IS NULL OR a.figure <> b.figure"
            )
            totals = [str(engine.value(f"SELECT {total} FROM figure_{side}")) for side in ("before", "after")]
            effects.append(Effect(name, totals[0], totals[1], int(str(moved))))
    return tuple(effects)
