"""Wall time, CPU seconds and peak memory of the phases of one process."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Phase:
    """What one phase took: wall time and CPU time of all threads, user and system [s]."""

    name: str
    wall: float
    cpu: float


@dataclass(slots=True)
class Stopwatch:
    """Phases in the order they ran."""

    phases: list[Phase] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what runs inside."""
        wall, cpu = time.perf_counter(), _cpu_seconds()
        yield
        self.phases.append(Phase(name, time.perf_counter() - wall, _cpu_seconds() - cpu))

    def named(self, *names: str) -> Phase:
        """The phases of these names, added up."""
        chosen = [phase for phase in self.phases if phase.name in names]
        return Phase(" + ".join(names), sum(phase.wall for phase in chosen), sum(phase.cpu for phase in chosen))


def peak_bytes() -> int:
    """Largest resident memory of this process so far [bytes]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
