"""Credited in any number of shards, a run leaves the same bytes."""

from __future__ import annotations

from pathlib import Path

from tests.stages.islands.changed import Bench, branches


def test_any_number_of_shards_gives_the_same_files(tmp_path: Path) -> None:
    """Every file of a run in one pass is that of a run in three shards, and in more shards than customers."""
    bench = Bench.of(branches(7), tmp_path)
    bench.run("one")
    for shards in (3, 100):
        bench.run(f"in-{shards}", shards=shards)
        assert bench.files(f"in-{shards}") == bench.files("one")
