"""Errors: the run cannot go on. A stable dotted code and named facts; the sentence is in `kejing.text`."""

from __future__ import annotations

from typing import ClassVar

from kejing.measure.findings import Finding


class KejingError(Exception):
    """Something that stops the work and that a person can put right.

    Subclasses set ``code``; the facts are plain strings, so that the texts of both
    languages can be filled from them.
    """

    code: ClassVar[str] = "kejing.error"

    def __init__(self, **facts: object) -> None:
        self.facts = {name: str(fact) for name, fact in facts.items()}
        super().__init__(self.code, self.facts)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={fact!r}" for name, fact in self.facts.items())
        return f"{self.code}: {facts}" if facts else self.code


class RefusedInputError(KejingError):
    """The input has findings that make a result meaningless; they travel with the error."""

    code = "input.refused"

    def __init__(self, findings: list[Finding], **facts: object) -> None:
        self.findings = findings
        super().__init__(count=len(findings), **facts)


class BrokenLawError(KejingError):
    """A stage's output breaks a law that must hold; nothing of the run is published."""

    code = "run.law_broken"

    def __init__(self, *, stage: str, law: str, detail: str) -> None:
        super().__init__(stage=stage, law=law, detail=detail)
