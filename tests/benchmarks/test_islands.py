"""The benchmarks of islands and of the month end at toy size: what they compare is equal."""

from __future__ import annotations

from pathlib import Path

from benchmarks.data import Shape, prepare_workload
from benchmarks.islands import compare
from benchmarks.month_end import deliver, one_path


def test_islands_of_late_facts_equal_the_run_over_everything(tmp_path: Path) -> None:
    """A late reassignment and a thousand late facts: statements, credit and pay by hash."""
    report = compare(Shape(lines=6_000), tmp_path)
    changes = [found for found in report.values() if isinstance(found, dict) and "equal" in found]
    assert [found["equal"] for found in changes] == [True, True]
    assert all(found["posted"] for found in changes)


def test_month_end_in_shards_gives_the_same_statements(tmp_path: Path) -> None:
    """From files to statement rows: one hash in one shard and in three."""
    shape = Shape(lines=4_000)
    folder = prepare_workload(tmp_path, shape)
    files = deliver(folder, tmp_path / "delivery")
    one, three = (one_path("kejing", folder, files, shards=shards, memory="1GiB") for shards in (1, 3))
    assert one["rows"]
    assert one["sha256"] == three["sha256"]
