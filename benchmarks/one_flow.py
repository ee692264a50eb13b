"""The stages of the crediting workload on any engine: what several benchmarks run."""

from __future__ import annotations

from pathlib import Path

from benchmarks.data import POLICY
from benchmarks.kejing_path import AS_OF, without_targets
from benchmarks.measuring import Stopwatch
from kejing.measure.period import LAST_DAY
from kejing.policy import Pack
from kejing.stages.context import StageContext
from kejing.stages.earn import credit, pay
from kejing.stages.earn.sheets import reckon
from kejing.stages.population import prepare
from kejing.stages.team import build_teams
from kejing.warehouse.pair import EnginePair
from kejing.warehouse.protocol import Engine


def run_stages(engine: Engine, folder: Path, watch: Stopwatch | None = None) -> StageContext:
    """Population, teams, credit, formulas, pay: on the engine chosen for the lines where there are two."""
    timed = watch or Stopwatch()
    pack = Pack.load(POLICY)
    context = StageContext(engine=engine, policy=pack, as_of=AS_OF, known_on=LAST_DAY, seed=0, folder=folder)
    for name, relation in without_targets().items():
        engine.attach_arrow(name, relation)
    with timed.phase("population"):
        prepare(context)
    with timed.phase("teams"):
        build_teams(context, str(pack.section("credit")["roles"]))
    if isinstance(engine, EnginePair):
        engine.turn(to_chosen=True)
    with timed.phase("credit"):
        credit.run(context)
    with timed.phase("policy"):
        reckon(context)
    with timed.phase("pay"):
        pay.run(context)
    return context
