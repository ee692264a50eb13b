"""Visit plans: every RM's quarter at once, against CP-SAT one RM at a time.

``python -m benchmarks.visits --rms 10000 --customers 100 --peers 5 --json``. Each RM's day is given the minutes that
its contacts take on average, so all time is needed and a day may hold 1.15 of the mean: the hardest quarter that can
be met at all. ``--policy-time`` gives the policy's hours instead, which some books exceed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.measuring import Stopwatch, peak_bytes  # noqa: E402
from benchmarks.visit_book import open_book  # noqa: E402
from benchmarks.visit_peer import Peer  # noqa: E402
from kejing.stages.context import StageContext  # noqa: E402
from kejing.stages.deploy.visit.columns import DueColumns, Rules  # noqa: E402
from kejing.stages.deploy.visit.laws import LAWS  # noqa: E402
from kejing.stages.deploy.visit.plan import Outcome, Status, make_plan  # noqa: E402
from kejing.stages.deploy.visit.publish import publish  # noqa: E402
from kejing.stages.deploy.visit.read import Book, read_book  # noqa: E402
from kejing.stages.deploy.visit.run import read_rules  # noqa: E402
from kejing.stages.deploy.visit.settings import VisitSettings  # noqa: E402
from kejing.warehouse.engine import DuckEngine  # noqa: E402


def main() -> None:
    """Plan, publish, check the laws, and hold the same books against the peer."""
    asked = _arguments()
    watch = Stopwatch()
    with DuckEngine() as warm:  # compiled kernels are loaded before the clock starts
        context = open_book(warm, 2, 20, asked.seed)
        make_plan(tight_book(context), read_rules(context))
    with DuckEngine() as engine:
        context = open_book(engine, asked.rms, asked.customers, asked.seed)
        rules = read_rules(context)
        with watch.phase("read"):
            book = policy_book(context) if asked.policy_time else tight_book(context)
        with watch.phase("plan"):
            outcome = make_plan(book, rules)
        with watch.phase("publish"):
            publish(context, book, outcome)
        with watch.phase("laws"):
            broken = [law.name for law in LAWS if engine.fetch(law.sql).num_rows]
    told = _figures(book, outcome) | {
        "laws_broken": broken,
        "seconds": {one.name: {"wall": round(one.wall, 2), "cpu": round(one.cpu, 2)} for one in watch.phases},
        "wall": round(watch.named("read", "plan", "publish").wall, 2),
        "cpu": round(watch.named("read", "plan", "publish").cpu, 2),
        "peak_gib": round(peak_bytes() / 2**30, 2),
        "seed": asked.seed,
        "versions": {name: version(name) for name in ("kejing", "numba", "numpy", "duckdb", "ortools")},
    }
    if asked.peers:
        told["peer"] = _peers(book, outcome, rules, asked, told["seconds"]["plan"]["cpu"] / asked.rms)
    _show(told, as_json=asked.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rms", type=int, default=1_000)
    parser.add_argument("--customers", type=int, default=100, help="a book's customers on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", type=int, default=0, help="RMs that CP-SAT plans as well")
    parser.add_argument("--seconds", type=float, default=20.0, help="time limit of the peer for one RM")
    parser.add_argument("--policy-time", action="store_true", help="the policy's hours instead of the mean load")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def policy_book(context: StageContext) -> Book:
    """The books with the hours of the policy."""
    return read_book(context, VisitSettings.model_validate(context.policy.section("visit")))


def tight_book(context: StageContext) -> Book:
    """The books with just the minutes a day that each RM's contacts take."""
    book = policy_book(context)
    minutes = np.bincount(book.dues.rm, weights=_ahead(book), minlength=len(book.daily)).astype(np.int64)
    days = int(book.worked[book.today + 1 :].sum())
    return replace(book, daily=-(-minutes // days))


def _ahead(book: Book) -> np.ndarray:
    """Minutes of each contact of the quarter that is planned; nothing of the quarter before."""
    return DueColumns(book).minutes * (book.dues.first > book.today)


def _figures(book: Book, outcome: Outcome) -> dict[str, Any]:
    """What holds: RM days within 1.15 of the mean, contacts apart, nothing left out."""
    ahead = book.dues.first > book.today
    planned = outcome.status == Status.PLANNED
    days = book.away.shape[1]
    key = book.dues.rm[planned] * days + outcome.day[planned]
    load = np.bincount(key, weights=DueColumns(book).minutes[planned], minlength=len(book.daily) * days)
    used = load > 0
    most = np.repeat(outcome.most, days)
    return {
        "rms": len(book.daily),
        "customers": book.customers.num_rows,
        "contacts": int(ahead.sum()),
        "planned": int(planned.sum()),
        "left_out": int((ahead & (outcome.status == Status.LEFT_OUT)).sum()),
        "days_used": int(used.sum()),
        "days_within_minutes": round(float((load[used] <= most[used]).mean()), 6),
        "contacts_apart": round(float((outcome.breach[planned] < 2).mean()), 6),
        "km_per_visit_day": round(float(outcome.metres.sum()) / 1000 / max(1, int(used.sum())), 2),
    }


def _peers(book: Book, outcome: Outcome, rules: Rules, asked: argparse.Namespace, ours: float) -> dict[str, Any]:
    rms = np.linspace(0, asked.rms - 1, asked.peers).astype(int)
    peer = Peer(book, outcome, rules, asked.seconds)
    rows = [peer.solve(int(rm)) for rm in rms]
    cpu = float(np.mean([row["cpu"] for row in rows]))
    return {"per_rm_cpu": round(cpu, 2), "ours_per_rm_cpu": round(ours, 5), "times": round(cpu / ours), "rows": rows}


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        print(f"{name:22} {value}")


if __name__ == "__main__":
    main()
