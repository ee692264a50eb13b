"""``kejing demo``: the sample institution through the same door as anybody's files."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from kejing.facts.sample import write_sample
from kejing.measure.errors import KejingError
from kejing.report import write_index
from kejing.stages.flow import FLOW
from kejing.text.labels import LANGUAGES
from kejing.verbs.bring import import_facts
from kejing.verbs.reporting import report
from kejing.verbs.running import Progress, RunResult, run

AS_OF = dt.date(2025, 12, 31)
PACKS = ("bank_corporate", "bank_retail")
_SHEET_ROWS = 1_000
"""Rows a sheet of the demo's workbooks holds at most; the sheet names the file with the rest."""


class NotASizeError(KejingError):
    """The scale of the sample is no number above zero."""

    code = "demo.not_a_size"


@dataclass(frozen=True, slots=True)
class DemoResult:
    """Where the demo left its files."""

    report: Path
    facts: Path
    runs: tuple[RunResult, ...]
    import_findings: int

    def as_json(self) -> dict[str, object]:
        """The paths and run ids."""
        return {
            "report": str(self.report),
            "facts": str(self.facts),
            "runs": {result.folder.name: result.run_id for result in self.runs},
            "import_findings": self.import_findings,
        }


def demo(*, out: str | Path, size: str | Fraction = "1", seed: int = 1, progress: Progress | None = None) -> DemoResult:
    """Make the sample institution, import it, run both bank policies and write the reports.

    Parameters
    ----------
    out
        Folder for everything: ``files/`` (as an institution would bring them), ``facts/``, one folder per run,
        and ``index.html``.
    size
        Scale; 1 is about 3,000 corporate and 20,000 retail customers.
    seed
        All chance in the sample comes from it.

    Raises
    ------
    NotASizeError
        ``size`` is not a number above zero.
    """
    scale = _scale(size)
    folder = Path(out)
    files = folder / "files"
    folder.mkdir(parents=True, exist_ok=True)

    def sampling(_step: str, done: int, total: int) -> None:
        if progress is not None:
            progress("sample", done, total)

    write_sample(files, seed=seed, size=scale, as_of=AS_OF, progress=sampling)
    imported = import_facts([files], mapping=files / "mapping.yaml", into=folder / "facts", progress=progress)
    # Two engines that share nothing: side by side the two institutions are done when the larger one is.
    with ThreadPoolExecutor(max_workers=len(PACKS)) as side_by_side:
        runs = tuple(side_by_side.map(lambda pack: _run_and_report(folder, pack, seed, progress), PACKS))
    index = write_index(folder, [result.folder for result in runs], LANGUAGES)
    return DemoResult(index[0], folder / "facts", runs, len(imported.findings))


def _run_and_report(folder: Path, pack: str, seed: int, progress: Progress | None) -> RunResult:
    """Run one policy and write its reports; one bar that moves on with every stage and every report."""
    steps = len(FLOW) + len(LANGUAGES)
    begun: set[str] = set()

    def tell(step: str, _done: int = 0, _total: int = 1) -> None:
        begun.add(step)
        if progress is not None:
            progress(pack, min(len(begun), steps) - 1, steps)

    result = run(folder / "facts", policy=pack, as_of=AS_OF, out=folder / pack, seed=seed, progress=tell)
    for lang in LANGUAGES:
        tell(f"report.{lang}")
        report(folder / pack, lang=lang, max_rows=_SHEET_ROWS)
    if progress is not None:
        progress(pack, steps, steps)
    return result


def _scale(size: str | Fraction) -> Fraction:
    try:
        scale = Fraction(size)
    except (ValueError, ZeroDivisionError) as cause:
        raise NotASizeError(size=size) from cause
    if scale <= 0:
        raise NotASizeError(size=size)
    return scale
