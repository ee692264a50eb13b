"""The whole check of a pack: every mistake once, with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from kejing.measure.findings import Finding, Severity
from kejing.policy.cases import RunSql, run_case
from kejing.policy.check.coverage import check_table
from kejing.policy.check.curve import check_curve
from kejing.policy.check.rules import (
    check_beginnings,
    check_empty_tables,
    check_sections,
    check_units,
    check_unused,
)
from kejing.policy.formula.binding import Binding, bind_pack
from kejing.policy.layers import FindPack
from kejing.policy.pack import Pack
from kejing.policy.problems import ScaleTooWideError, problem
from kejing.policy.sql.compile import compile_bound
from kejing.policy.tables import Hit
from kejing.policy.vocabulary import Vocabulary


def check(
    pack: Pack,
    vocabulary: Vocabulary,
    *,
    sections: Collection[str],
    stage_tables: Collection[str] = (),
    run_sql: RunSql | None = None,
) -> list[Finding]:
    """Everything that is wrong with ``pack``, and what a person should know of it.

    Parameters
    ----------
    pack, vocabulary
        The rules and what they may read.
    sections
        Keys of ``policy.yaml`` that stages own.
    stage_tables
        Tables that stages read by a name of their own; others must be named by a formula, card or section.
    run_sql
        Runs compiled steps on an engine; with it every case must give the same on both ways.

    Returns
    -------
    list of Finding
        Ordered; errors refuse the pack. Cases run only where the rules themselves are right.
    """
    binding = bind_pack(pack, vocabulary)
    found = [*pack.findings, *binding.findings, *check_sections(pack, sections), *check_units(pack)]
    found += check_empty_tables(pack)
    for table in pack.tables.values():
        is_curve = table.hit is Hit.INTERPOLATE
        found += (check_curve if is_curve else check_table)(table, pack.code_lists)
    if not has_errors(binding.findings):
        found += check_beginnings(binding)
    if not has_errors(found):
        found += check_unused(binding, stage_tables)
        found += _scales(binding)
    if not has_errors(found):
        for case in pack.cases:
            if not case.stage:
                found += run_case(binding, case, run_sql)
    return sorted(found, key=Finding.sort_key)


def check_folder(  # noqa: PLR0913  # the folder, what it may speak of, and how to run its cases
    path: Path | str,
    vocabulary: Vocabulary,
    *,
    sections: Collection[str],
    stage_tables: Collection[str] = (),
    overlays: Iterable[Path | str] = (),
    find_pack: FindPack | None = None,
    run_sql: RunSql | None = None,
) -> list[Finding]:
    """As `check`, for a folder whose text may be wrong already."""
    pack, findings = Pack.read(path, overlays, find_pack)
    if pack is None:
        return findings
    return check(pack, vocabulary, sections=sections, stage_tables=stage_tables, run_sql=run_sql)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any finding refuses the pack."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _scales(binding: Binding) -> list[Finding]:
    """Formulas that need more digits than an exact integer has."""
    relations = {grain.name: grain.name for grain in binding.vocabulary}
    found = []
    for name in binding.order:
        given = [other for other in binding.order if other != name]
        try:
            compile_bound(binding, relations, only=[name], given=given, periods=("-",))
        except ScaleTooWideError as error:
            formula = binding.pack.formulas[name]
            place = formula.versions[-1].place
            found.append(problem("scale_too_wide", place, **error.facts))
    return found
