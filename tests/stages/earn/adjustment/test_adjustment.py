from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kejing.stages.context import StageContext
from kejing.stages.earn import adjustment
from kejing.stages.earn.adjustment.laws import LAWS
from tests.stages.institution import broken, corporate_pack, plain_bank, ran, rows_of

AS_OF = "2025-06-30"


def made(adjustment_id: str, **more: object) -> Mapping[str, object]:
    """An adjustment of 500.00 for A in the second quarter that two persons stand behind."""
    plain = {"rm_id": "A", "period": "2025-Q2", "amount": 500_00, "reason": "late fee"}
    persons = {"made_by": "administrator", "made_on": "2025-06-10", "approved_by": "head", "approved_on": "2025-06-12"}
    return {"adjustment_id": adjustment_id, **plain, **persons, **more}


@contextmanager
def approved(*adjustments: Mapping[str, object]) -> Iterator[StageContext]:
    """The bank with adjustments; the laws hold."""
    plain = corporate_pack()
    policy = replace(plain, sections={**plain.sections, "adjustment": {"component": "adjustment"}})
    plain_rms = plain_bank()["rms"]
    bank = plain_bank(adjustments=adjustments, rms=[*plain_rms, {"rm_id": "R", "unit_id": "B1", "line": "retail"}])
    with ran(policy, bank, as_of=AS_OF, stages=(adjustment,)) as context:
        assert broken(context, LAWS) == []
        yield context


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, None),
        ({"amount": -500_00}, None),
        ({"approved_on": AS_OF}, None),
        ({"approved_on": "2025-06-10"}, None),
        ({"approved_by": "administrator"}, "self_approved"),
        ({"approved_by": "A"}, "beneficiary_approved"),
        ({"approved_by": None}, "not_approved"),
        ({"approved_on": None}, "not_approved"),
        ({"approved_on": "2025-07-01"}, "not_yet"),
        ({"made_on": "2025-07-01", "approved_on": "2025-07-01"}, "not_yet"),
        ({"approved_on": "2025-06-09"}, "approved_early"),
        ({"currency": "USD"}, "other_currency"),
        ({"rm_id": "Z"}, "not_in_post"),
        ({"period": "2025-Q3"}, "other_period"),
    ],
)
def test_two_persons_stand_behind_an_adjustment_by_the_day_of_the_run(
    more: dict[str, object], code: str | None
) -> None:
    """Approved by another than maker and beneficiary, both days by the run's day: paid. Else a finding, and no pay."""
    with approved(made("T1", **more)) as context:
        paid = rows_of(context.engine, "SELECT * FROM adjustment_share")
        found = [finding.code for finding in context.findings if finding.stage == "adjustment"]
    assert found == ([f"adjustment.{code}"] if code else [])
    assert len(paid) == (0 if code else 1)


def test_each_adjustment_is_a_line_of_its_own() -> None:
    """Two adjustments of one RM and quarter are two pay lines, each under its id and the day it was approved."""
    with approved(made("T2", amount=-20_01), made("T1"), made("T0", amount=0)) as context:
        rows = rows_of(context.engine, "SELECT * FROM adjustment_share ORDER BY line_id")
    assert [(row["line_id"], row["amount"], row["clause"]) for row in rows] == [
        ("adj:T1", 500_00, "adjustment: T1@2025-06-12"),
        ("adj:T2", -20_01, "adjustment: T2@2025-06-12"),
    ]
    assert {(row["period"], row["rm_id"], row["component"]) for row in rows} == {("2025-Q2", "A", "adjustment")}


def test_an_adjustment_of_another_line_is_left_to_its_policy() -> None:
    """A retail RM's adjustment is neither paid nor refused under the corporate policy."""
    with approved(made("T1", rm_id="R", approved_by=None)) as context:
        assert rows_of(context.engine, "SELECT * FROM adjustment_share") == []
        assert [finding for finding in context.findings if finding.stage == "adjustment"] == []
