"""A deferral rule below the minimum of the regulator is found before anybody is paid, with source and date."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kejing.measure.findings import Severity
from kejing.policy import Pack
from kejing.stages.earn.settle.regulation import check_settle
from tests.stages.earn.settle.scene import pack


def with_section(policy: Pack, **changes: Any) -> Pack:
    """``policy`` with parts of its settle section replaced."""
    return replace(policy, sections={**policy.sections, "settle": {**policy.section("settle"), **changes}})


def test_the_shipped_policy_keeps_the_minimum() -> None:
    """40 % over three years for risk-bearing posts and 60 % for principal executives are enough (2010 guidance)."""
    assert check_settle(pack()) == []


def test_below_the_minimum_in_share_and_years() -> None:
    """30 % over two years breaks both rules of a risk-bearing post; findings carry place, limit, source and date."""
    found = check_settle(pack("weak"))
    told = {(finding.code, finding.facts["post"], finding.facts["limit"], finding.place.column) for finding in found}
    assert told == {
        ("settle.below_deferral_share", "risk_bearing", "0.4", "share"),
        ("settle.below_deferral_years", "risk_bearing", "3", "years"),
    }
    assert {finding.facts["since"] for finding in found} == {"2010-03-01"}
    assert all("商业银行稳健薪酬监管指引" in finding.facts["source"] for finding in found)
    assert {finding.severity for finding in found} == {Severity.WARNING}


def test_a_principal_executive_needs_more_than_half() -> None:
    """Exactly 50 % is too low where the post occurs: the guidance asks for more than 50 %."""
    found = check_settle(pack("weak", "with_heads"))
    posts = {(finding.facts["post"], finding.facts["limit"], finding.facts["comparison"]) for finding in found}
    assert ("principal", "0.5", ">") in posts


def test_a_post_without_a_row_is_below_every_minimum() -> None:
    """No row for a risk-bearing post means that nothing is deferred."""
    found = check_settle(pack("no_row_for_others"))
    assert {finding.code for finding in found} == {"settle.below_deferral_share", "settle.below_deferral_years"}


@pytest.mark.parametrize("severity", ["error", "info"])
def test_the_institution_sets_the_severity(severity: str) -> None:
    """A bank may refuse a policy below the minimum, or only be told."""
    regulation = {**pack("weak").section("settle")["regulation"], "severity": severity}  # type: ignore[dict-item]  # a section is a mapping
    found = check_settle(with_section(pack("weak"), regulation=regulation))
    assert {str(finding.severity) for finding in found} == {severity}


def test_without_the_section_nothing_is_asked() -> None:
    """A policy of an institution outside the regulation leaves it out."""
    assert check_settle(with_section(pack("weak"), regulation=None)) == []


def test_names_that_do_not_exist_are_found() -> None:
    """A table or pay component that the policy lacks is named with its place in the section."""
    broken = with_section(pack(), malus={"table": "no_such_table"})
    assert [(one.code, one.place.column) for one in check_settle(broken)] == [
        ("settle.unknown_table", "settle.malus.table")
    ]
    deferral = {**pack().section("settle")["deferral"], "performance": ["bonus"]}  # type: ignore[dict-item]  # a section is a mapping
    assert {one.code for one in check_settle(with_section(pack(), deferral=deferral))} == {"settle.unknown_component"}


def test_rows_that_give_no_calendar_are_found() -> None:
    """Parts that do not sum to one, or years that no whole number of instalments fills, are errors at their cell."""
    found = check_settle(pack("no_calendar"))
    assert {(one.code, one.place.column, one.place.row) for one in found} == {
        ("settle.bad_schedule", "vesting", 2),
        ("settle.bad_schedule", "vesting", 3),
    }
