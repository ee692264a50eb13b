"""Laws of the stage on random institutions: leavers, joiners, vacant books, teams with and without shares."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.decide import segment, staff
from kejing.stages.deploy import assign, handover
from kejing.stages.deploy.handover.laws import LAWS
from kejing.warehouse.engine import DuckEngine
from tests.stages.flow.random_institution import WHOLE_RUNS, Institution, institutions
from tests.stages.institution import Facts, broken, corporate_pack, digests, open_context


def light_pack() -> Pack:
    """The corporate policy without the months ahead of headcount, which handovers do not read."""
    pack = corporate_pack()
    return replace(pack, sections={**pack.sections, "staff": {**pack.section("staff"), "outlook": None}})


@contextmanager
def planned(made: Institution, facts: Facts) -> Iterator[StageContext]:
    """A context in which books and handovers stand."""
    with DuckEngine(threads=1) as engine, TemporaryDirectory() as folder:
        context = open_context(engine, light_pack(), facts, as_of=made.as_of, folder=Path(folder))
        for stage in (segment, staff, assign, handover):
            stage.run(context)
        yield context


@settings(WHOLE_RUNS, max_examples=5)
@given(institutions(policies=("corporate",)), st.integers(0, 99))
def test_laws_hold_and_the_order_of_rows_changes_nothing(made: Institution, shuffle: int) -> None:
    """Every law of the stage holds of any institution; fact rows in another order give the same bytes."""
    chance = random.Random(shuffle)  # noqa: S311  # a shuffle from a seed
    with planned(made, made.facts) as context:
        assert broken(context, LAWS) == []
        first = digests(context, handover.WRITES)
    shuffled = {name: chance.sample(list(rows), len(rows)) for name, rows in made.facts.items()}
    with planned(made, shuffled) as context:
        assert digests(context, handover.WRITES) == first
