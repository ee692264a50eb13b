"""Clauses and reasons as sheets of a workbook: what the page says, in rows."""

from __future__ import annotations

from collections.abc import Sequence

from kejing.report.clauses import Voice
from kejing.report.clauses.formula_words import Branch
from kejing.report.clauses.phrase import plain_text
from kejing.report.clauses.rules import Clause, Clauses
from kejing.report.statements.sheet import Paper, Sheet
from kejing.report.statements.why import Why


def branch_text(branches: Sequence[Branch], voice: Voice) -> str:
    """The cases of a formula in one cell, a line each."""
    said = []
    for branch in branches:
        value = plain_text(branch.value)
        if branch.condition:
            start = f"{voice.word('clause.when')} {plain_text(branch.condition)}{voice.word('clause.then')}"
        else:
            start = voice.word("clause.else") if len(branches) > 1 else ""
        said.append(start + value)
    return "\n".join(said)


def clause_sheet(paper: Paper, clauses: Clauses, voice: Voice) -> None:
    """Formulas and parameters with their versions, then every table rule by rule."""
    sheet = paper.sheet(voice.word("section.clauses"), (30, 28, 60, 60, 14, 40))
    heads = ("clause.name_label", "clause.name", "clause.words", "clause.written", "clause.in_force", "clause.source")
    sheet.head([voice.word(key) for key in heads])
    sheet.freeze()
    for clause in (*clauses.formulas, *clauses.parameters):
        _versions(sheet, clause, voice)
    for card in clauses.cards:
        tables = " × ".join(label for _, label in card.tables)
        sheet.line([card.label, card.name, tables, "", "", ""], kinds=("", "", "wrap"))
    for table in clauses.tables:
        sheet.part(f"{table.label} · {table.name} · {table.hit}")
        sheet.head(
            [*table.columns, *(voice.word(f"clause.{key}") for key in ("rule_id", "in_force", "source", "note"))]
        )
        for rule in table.rules:
            sheet.line([*rule.cells, rule.rule_id, rule.span, rule.source, rule.note])


def _versions(sheet: Sheet, clause: Clause, voice: Voice) -> None:
    for version in clause.versions:
        words = branch_text(version.branches, voice) if version.branches else version.text
        written = version.text if version.branches else ""
        since = voice.word("clause.since", day=version.since)
        sheet.line(
            [clause.label, clause.name, words, written, since, version.source],
            kinds=("", "", "wrap", "wrap", "", "wrap"),
        )


def why_rows(sheet: Sheet, node: Why, *, level: int = 1) -> None:
    """A figure and, deeper in the outline, what it comes from."""
    sheet.line([("    " * (level - 1)) + node.label, node.value, _how(node), node.rule], level=min(level, 7))
    for child in node.children:
        why_rows(sheet, child, level=level + 1)


def _how(node: Why) -> str:
    return f"= {plain_text(node.how)}" if node.how else ""
