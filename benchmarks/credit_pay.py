"""Crediting and pay: Kejing against a raw scan, hand-written SQL, Polars and pandas, on the same lines in one call.

``python -m benchmarks.credit_pay --lines 1000000``. Each path runs in a process of its own; what is compared is
CPU seconds (user and system, all threads), because wall time depends on who else uses the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.data import Shape, prepare_workload  # noqa: E402
from benchmarks.statements import cents_off  # noqa: E402

PEERS = ("scan", "sql", "polars", "pandas")
EXACT = ("kejing", "sql", "polars")
LIBRARIES = ("kejing", "duckdb", "polars", "pandas", "pyarrow", "numpy")
WITHIN = {
    "kejing": ("attach", "population", "teams", "credit", "policy", "pay", "statements"),
    "sql": ("teams", "statements"),
    "polars": ("teams", "statements"),
    "pandas": ("teams", "statements"),
    "scan": ("scan",),
    "policy": ("policy", "hand"),
}
"""Phases that count; what is missing here (the laws) is measured and reported beside."""
TEAMS = ("attach", "population", "teams")


def measure(folder: Path, path: str, *, threads: int, keep: Path) -> dict[str, Any]:
    """One run of one path in its own process."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.one_path",
        path,
        str(folder),
        "--threads",
        str(threads),
        "--keep",
        str(keep),
    ]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"path {path} failed, see above")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def summary(path: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The run with the least CPU of several, phases added up."""

    def total(run: dict[str, Any], kind: str, names: tuple[str, ...]) -> float:
        return float(sum(phase[kind] for phase in run["phases"] if phase["name"] in names))

    counted = WITHIN[path]
    best = min(runs, key=lambda run: total(run, "cpu", counted))
    lines = tuple(name for name in counted if name not in TEAMS)
    return {
        "path": path,
        "wall": total(best, "wall", counted),
        "cpu": total(best, "cpu", counted),
        "cpu_of_runs": [round(total(run, "cpu", counted), 3) for run in runs],
        "cpu_lines": total(best, "cpu", lines),
        "wall_lines": total(best, "wall", lines),
        "peak_bytes": best["peak_bytes"],
        "phases": best["phases"],
        "sha256": best.get("sha256"),
        "rows": best.get("rows"),
    }


def machine() -> dict[str, Any]:
    """Cores, memory, processor, and how busy the machine was."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        named = [line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else ""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "cpu": model or platform.processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def compare(shape: Shape, paths: list[str], *, data: Path, threads: int, repeat: int) -> dict[str, Any]:
    """Run ``paths`` on the workload of ``shape``, in turn and ``repeat`` times, and compare."""
    folder = prepare_workload(data, shape)
    runs: dict[str, list[dict[str, Any]]] = {path: [] for path in paths}
    before = machine()
    with tempfile.TemporaryDirectory() as kept:
        for _ in range(repeat):
            for path in paths:
                runs[path].append(measure(folder, path, threads=threads, keep=Path(kept) / f"{path}.parquet"))
        results = {path: summary(path, runs[path]) for path in paths}
        exact = pq.read_table(Path(kept) / "kejing.parquet") if "kejing" in paths else None
        for path, result in results.items():
            if exact is not None and path in {"sql", "polars", "pandas"}:
                result["is_equal"] = result["sha256"] == results["kejing"]["sha256"]
                result["cents_off"] = cents_off(pq.read_table(Path(kept) / f"{path}.parquet"), exact)
    return {
        "lines": shape.lines,
        "seed": shape.seed,
        "sorted": shape.is_sorted,
        "skew": shape.has_skew,
        "threads": threads,
        "repeat": repeat,
        "machine": before,
        "versions": {name: version(name) for name in LIBRARIES},
        "paths": results,
        "ratios": _ratios(results),
    }


def _ratios(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """CPU of Kejing over that of each peer; over the scan also without the teams, which a run builds once."""
    ratios: dict[str, float] = {}
    if "kejing" in results:
        ours = results["kejing"]
        ratios |= {f"kejing / {path}": ours["cpu"] / result["cpu"] for path, result in results.items() if path in PEERS}
        for path in ("scan", "sql", "polars", "pandas"):
            if path in results:
                ratios[f"kejing / {path}, lines only"] = ours["cpu_lines"] / results[path]["cpu_lines"]
    if "scan" in results and "sql" in results:
        ratios["sql / scan, lines only"] = results["sql"]["cpu_lines"] / results["scan"]["cpu"]
    if "policy" in results:
        cpu = {phase["name"]: phase["cpu"] for phase in results["policy"]["phases"]}
        ratios["policy / hand-written"] = cpu["policy"] / cpu["hand"]
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    order = "sorted" if report["sorted"] else "unsorted"
    skew = ", skew" if report["skew"] else ""
    print(f"{report['lines']:,} lines, seed {report['seed']}, {order}{skew}, {report['threads']} threads")
    print("machine: " + ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    print("versions: " + ", ".join(f"{name} {value}" for name, value in report["versions"].items()))
    print(f"\n{'path':8} {'wall s':>8} {'CPU s':>8} {'lines CPU':>10} {'peak GB':>8}  result")
    for path, result in report["paths"].items():
        said = result["sha256"][:12] if result["sha256"] else "-"
        if "cents_off" in result:
            said += " equal" if result["is_equal"] else f" {result['cents_off']:,} cents off"
        seconds = f"{result['wall']:8.2f} {result['cpu']:8.2f} {result['cpu_lines']:10.2f}"
        print(f"{path:8} {seconds} {result['peak_bytes'] / 1e9:8.2f}  {said}")
    print()
    for path, result in report["paths"].items():
        print(f"{path:8} " + ", ".join(f"{phase['name']} {phase['cpu']:.2f}" for phase in result["phases"]))
    print()
    for name, ratio in report["ratios"].items():
        print(f"{name:32} {ratio:8.2f}")


def main() -> int:
    """Run the comparison; 1 if an exact path disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unsorted", action="store_true", help="lines in an order that says nothing")
    parser.add_argument("--skew", action="store_true", help="a few customers have most lines")
    parser.add_argument("--peers", default=",".join(PEERS), help="any of " + ", ".join(PEERS))
    parser.add_argument("--policy-ratio", action="store_true", help="pay rules against hand-written SQL as well")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each path; the one with the least CPU counts")
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks" / ".data")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    paths = ["kejing", *(peer for peer in asked.peers.split(",") if peer), *(["policy"] if asked.policy_ratio else [])]
    shape = Shape(lines=asked.lines, seed=asked.seed, is_sorted=not asked.unsorted, has_skew=asked.skew)
    report = compare(shape, paths, data=asked.data, threads=asked.threads, repeat=asked.repeat)
    if asked.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)
    return int(any(result.get("is_equal") is False for path, result in report["paths"].items() if path in EXACT))


if __name__ == "__main__":
    sys.exit(main())
