"""Something wrong inside one formula."""

from __future__ import annotations

from kejing.policy.formula.syntax import Span

TOLD_ELSEWHERE = "told_elsewhere"
"""Code of a mistake that has its finding at another place."""


class FormulaProblem(Exception):  # noqa: N818  # it becomes a finding; nobody outside the room sees it raised
    """A mistake at ``span`` of a formula: ``code`` and ``facts`` fill the texts."""

    def __init__(self, code: str, span: Span, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.span = span
        self.facts = {name: str(fact) for name, fact in facts.items()}
