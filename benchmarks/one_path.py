"""One path in a process of its own: phases, peak memory and the hash of its statement rows as one line of JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import pyarrow as pa

from benchmarks.measuring import Stopwatch, peak_bytes
from benchmarks.statements import canonical, digest, write

PATHS = {
    "kejing": ("benchmarks.kejing_path", "run_kejing", ("duckdb", "pandas")),
    "policy": ("benchmarks.policy_path", "run_policy", ("duckdb", "pandas")),
    "scan": ("benchmarks.sql_path", "run_scan", ("duckdb", "pandas")),
    "sql": ("benchmarks.sql_path", "run_sql", ("duckdb", "pandas")),
    "polars": ("benchmarks.frame_paths", "run_polars", ("polars",)),
    "pandas": ("benchmarks.frame_paths", "run_pandas", ("pandas",)),
}
"""Module, function, and what is loaded before the clock starts; DuckDB loads pandas where it is installed."""


def run_path(name: str, folder: Path, *, threads: int, keep: str | None = None) -> dict[str, object]:
    """Run one path on the workload in ``folder``; ``keep`` is where its canonical rows go."""
    module, function, libraries = PATHS[name]
    for library in libraries:
        import_module(library)
    run: Callable[..., pa.Table | None] = getattr(import_module(module), function)
    watch = Stopwatch()
    rows = run(folder, watch, threads=threads)
    result: dict[str, object] = {
        "path": name,
        "phases": [asdict(phase) for phase in watch.phases],
        "peak_bytes": peak_bytes(),
    }
    if rows is not None:
        table = canonical(rows)
        result |= {"rows": table.num_rows, "sha256": digest(table)}
        if keep:
            write(table, keep)
    return result


def main() -> None:
    """Run one path and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", choices=PATHS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep")
    asked = parser.parse_args()
    print(json.dumps(run_path(asked.path, asked.folder, threads=asked.threads, keep=asked.keep)))


if __name__ == "__main__":
    main()
