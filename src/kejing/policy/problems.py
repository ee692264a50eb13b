"""Errors of the policy room, and the short way to write one finding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kejing.measure.errors import KejingError
from kejing.measure.findings import Finding, Place, Severity


class PolicyGapError(KejingError):
    """No policy value is in force on the date asked for."""

    code = "policy.no_value_in_force"

    def __init__(self, *, name: str, as_of: str, earliest: str | None) -> None:
        super().__init__(name=name, as_of=as_of, earliest=earliest or "-")


class UnknownPolicyNameError(KejingError):
    """The pack has no parameter, table, card or section of that name."""

    code = "policy.not_in_pack"

    def __init__(self, *, kind: str, name: str, pack: str) -> None:
        super().__init__(kind=kind, name=name, pack=pack)


class PackNotFoundError(KejingError):
    """No shipped pack, and no folder, has that name."""

    code = "policy.pack_not_found"

    def __init__(self, *, name: str, available: str) -> None:
        super().__init__(name=name, available=available or "-")


class AmbiguousRuleError(KejingError):
    """Several rows of a table that allows one hold of the same values."""

    code = "policy.ambiguous_rule"

    def __init__(self, *, table: str, rules: str, as_of: str) -> None:
        super().__init__(table=table, rules=rules, as_of=as_of)


class ScaleTooWideError(KejingError):
    """A formula needs more digits than the widest exact integer of an engine has."""

    code = "policy.scale_too_wide"

    def __init__(self, *, formula: str, digits: int) -> None:
        super().__init__(formula=formula, digits=digits)


def problem(code: str, place: Place, severity: Severity = Severity.ERROR, /, **facts: object) -> Finding:
    """A finding of the policy room at ``place``."""
    return Finding(
        code=f"policy.{code}",
        severity=severity,
        place=place,
        stage="policy",
        facts={name: str(fact) for name, fact in facts.items()},
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` was most likely meant to be, or ``-``."""
    found = difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=0.5)
    return found[0] if found else "-"
