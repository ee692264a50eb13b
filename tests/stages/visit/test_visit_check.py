"""A visit section that names what is not there is told before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kejing.policy import Pack
from kejing.stages.deploy.visit.check import check_visit
from tests.stages.visit.scene import carrier


def changed(**settings: Any) -> Pack:
    """The carrier's policy with other settings of its visit section."""
    pack = carrier()
    return replace(pack, sections={**pack.sections, "visit": {**pack.section("visit"), **settings}})


@pytest.mark.parametrize(
    ("settings", "column"),
    [
        pytest.param({"scheme": "no_such"}, "visit.scheme", id="scheme"),
        pytest.param({"standard": "no_such"}, "visit.standard", id="table"),
        pytest.param({"tiers": ["crystal", "no_such"]}, "visit.tiers", id="tier"),
        pytest.param({"calendar": {"country": "ATLANTIS"}}, "visit.calendar.country", id="calendar"),
        pytest.param(
            {"events": {"loss": {"source": "losses", "channel": "no_such", "within": "visit_event_days"}}},
            "visit.events.loss.channel",
            id="channel",
        ),
        pytest.param(
            {"events": {"loss": {"source": "losses", "channel": "visit", "within": "no_such"}}},
            "visit.events.loss.within",
            id="parameter",
        ),
    ],
)
def test_an_unknown_name_is_told(settings: dict[str, Any], column: str) -> None:
    """The finding says which setting it is; the shipped section has none."""
    assert check_visit(carrier()) == []
    assert [(one.code, one.place.column) for one in check_visit(changed(**settings))] == [
        ("visit.unknown_name", column)
    ]
