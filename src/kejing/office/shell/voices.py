"""The policy of a run, and how it names things in the reader's language."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kejing.measure.period import Period, parse_day
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import run_folder, shown_runs
from kejing.office.shell.words import language
from kejing.policy import Pack
from kejing.report.clauses import Voice
from kejing.text.labels import Lang

_KEPT = 16


def shown_run(policy: str) -> Run | None:
    """The run that pages show for a policy."""
    return next((run for run in shown_runs() if run.policy == policy), None)


def pack_of(run: Run) -> Pack:
    """The policy that a run used, overlays and all."""
    return _pack(run_folder(run), run.run_id)


def voice_of(run: Run) -> Voice:
    """Labels and figures of a run as the reader's language has them; simplified script, for the filter ``script``."""
    return _voice(run_folder(run), run.run_id, language())


def periods_of(run: Run) -> dict[str, Period]:
    """Periods of a run, in order."""
    return {
        row["period"]: Period(parse_day(row["start"]), parse_day(row["end"])) for row in manifest_of(run)["periods"]
    }


def last_day(run: Run, period: str) -> dt.date:
    """The last day of a period that the run saw."""
    return min(periods_of(run)[period].end - dt.timedelta(days=1), run.as_of)


def manifest_of(run: Run) -> Mapping[str, Any]:
    """What a run says of itself."""
    return _manifest(run_folder(run), run.run_id)


def exact(amount: Decimal | None, voice: Voice) -> str:
    """An amount to the minor unit, without mark-up."""
    return "–" if amount is None else f"{amount:,.{voice.pack.minor_digits}f}"


@lru_cache(maxsize=_KEPT)
def _pack(folder: Path, _run_id: str) -> Pack:
    return Pack.load(folder / "policy")


@lru_cache(maxsize=_KEPT)
def _voice(folder: Path, run_id: str, lang: Lang) -> Voice:
    return Voice(_pack(folder, run_id), lang)


@lru_cache(maxsize=_KEPT)
def _manifest(folder: Path, _run_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found
