"""The end of a month: files of an institution imported, credited, paid, to statement rows.

``python -m benchmarks.month_end --lines 1000000 --shards 4 --memory 2GiB``. The delivery is one Parquet a table in the
notation a person would use (amounts with a point, shares in percent). Each path runs in a process of its own; the scan
reads the lines of the delivery once, and Spark (``--peers scan,spark``) runs the same SQL text in this machine. With
``--paths stored`` the import is left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.credit_pay import machine  # noqa: E402
from benchmarks.data import Shape, fact_path, prepare_workload  # noqa: E402
from benchmarks.kejing_path import STATEMENTS  # noqa: E402
from benchmarks.measuring import Stopwatch, peak_bytes  # noqa: E402
from benchmarks.one_flow import run_stages  # noqa: E402
from benchmarks.statements import canonical, digest  # noqa: E402
from kejing.facts import attach_facts, import_facts  # noqa: E402
from kejing.facts.schema import FACT_TABLES, Kind  # noqa: E402
from kejing.measure.period import LAST_DAY  # noqa: E402
from kejing.stages.islands import ShardedEngine  # noqa: E402
from kejing.warehouse.engine import DuckEngine  # noqa: E402
from kejing.warehouse.pair import EnginePair  # noqa: E402
from kejing.warehouse.protocol import Engine  # noqa: E402
from kejing.warehouse.spark import SparkEngine  # noqa: E402

TABLES = ("units", "products", "rms", "customers", "coverage", "income")
WITHIN = {
    "kejing": ("import", "attach", "credit and pay", "statements"),
    "stored": ("attach", "credit and pay", "statements"),
    "scan": ("scan",),
    "spark": ("credit and pay",),
}
SPARK_MEMORY = "4g"


def deliver(folder: Path, into: Path) -> Path:
    """The tables of the workload as an institution's files; written once."""
    done = into / "done"
    if done.is_file():
        return into
    into.mkdir(parents=True, exist_ok=True)
    with DuckEngine() as engine:
        for name in TABLES:
            engine.attach_parquet(name, fact_path(folder, name))
            cells = [cell for cell in (_natural(name, column.name) for column in FACT_TABLES[name].columns) if cell]
            path = str(into / f"{name}.parquet").replace("'", "''")
            engine.run_script(f"COPY (SELECT {', '.join(cells)} FROM {name}) TO '{path}' (FORMAT parquet)")
    done.touch()
    return into


def _natural(table: str, column: str) -> str:
    """A stored column as a person would write it; '' where the workload does not have it."""
    given = {
        "units": ("unit_id", "name", "level"),
        "products": ("product", "name", "business_type", "measure"),
        "rms": ("rm_id", "name", "line", "grade", "unit_id", "fte"),
        "customers": ("customer_id", "name", "kind", "industry", "unit_id"),
        "coverage": ("customer_id", "rm_id", "role", "share", "valid_from", "valid_to"),
        "income": ("line_id", "customer_id", "product", "amount", "currency", "booked_on"),
    }
    if column not in given[table]:
        return ""
    if column in ("valid_from", "valid_to"):
        return f"CASE WHEN {column} < DATE '9999-01-01' THEN {column} END AS {column}"
    kind = FACT_TABLES[table].column(column).kind
    if kind is Kind.MONEY:
        return f"CAST(CAST({column} AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2)) AS {column}"
    if kind is Kind.MICRO:
        return f"CAST(CAST({column} AS DECIMAL(18, 0)) * 0.000001 AS DECIMAL(18, 6)) AS {column}"
    if kind is Kind.WEIGHT:
        return f"CAST(CAST(CAST({column} AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2)) AS VARCHAR) || '%' AS {column}"
    return column


def run_kejing(folder: Path, files: Path, watch: Stopwatch, *, shards: int, memory: str) -> pa.Table:
    """Import, then the stages on the embedded engine, within ``memory``."""
    with ExitStack() as opened:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        facts = scratch / "facts"
        with watch.phase("import"):
            report = import_facts([files / f"{name}.parquet" for name in TABLES], mapping=None, into=facts)
        assert not [finding for finding in report.findings if finding.severity == "error"], report.findings[:3]
        return _credited(folder, facts, scratch, watch, shards=shards, memory=memory)


def run_stored(folder: Path, _files: Path, watch: Stopwatch, *, shards: int, memory: str) -> pa.Table:
    """The stages on facts that are imported already, within ``memory``."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return _credited(folder, folder / "facts", Path(scratch), watch, shards=shards, memory=memory)


def _credited(folder: Path, facts: Path, scratch: Path, watch: Stopwatch, *, shards: int, memory: str) -> pa.Table:
    with DuckEngine(memory_limit=memory, spill_folder=scratch / "spill") as duck:
        engine: Engine = duck if shards == 1 else ShardedEngine(duck, shards)
        with watch.phase("attach"):
            attach_facts(engine, facts, known_on=LAST_DAY)
            engine.attach_parquet("segment", folder / "segment.parquet")
        with watch.phase("credit and pay"):
            run_stages(engine, folder)
        with watch.phase("statements"):
            return engine.fetch(STATEMENTS)


def run_spark(folder: Path, _files: Path, watch: Stopwatch, **_how: object) -> pa.Table:
    """The same SQL text on Spark in this machine, from facts that are imported already."""
    with ExitStack() as opened:
        scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        duck = opened.enter_context(DuckEngine(spill_folder=scratch / "spill"))
        spark = SparkEngine("local[2]", folder=scratch / "kept", memory=SPARK_MEMORY)
        opened.callback(spark.close)
        attach_facts(spark, folder / "facts", known_on=LAST_DAY, only=("income",))
        attach_facts(duck, folder / "facts", known_on=LAST_DAY)
        duck.attach_parquet("segment", folder / "segment.parquet")
        pair = EnginePair(duck, spark)
        with watch.phase("credit and pay"):
            run_stages(pair, folder)
            rows = pair.fetch(STATEMENTS)
        return rows.cast(
            pa.schema([(one.name, pa.string() if one.name in _TEXTS else pa.int64()) for one in rows.schema])
        )


_TEXTS = ("rm_id", "month", "business_type")


def run_scan(_folder: Path, files: Path, watch: Stopwatch, **_how: object) -> None:
    """Every column of the delivered lines, once."""
    with DuckEngine() as engine:
        engine.attach_parquet("lines", files / "income.parquet")
        with watch.phase("scan"):
            engine.fetch(
                "SELECT COUNT(*) AS lines, SUM(amount) AS amount, MIN(booked_on) AS first, MAX(line_id) AS line,"
                " MAX(customer_id) AS customer, MAX(product) AS product, MAX(currency) AS currency FROM lines"
            )


PATHS: dict[str, Callable[..., pa.Table | None]] = {
    "kejing": run_kejing,
    "stored": run_stored,
    "scan": run_scan,
    "spark": run_spark,
}


def one_path(name: str, folder: Path, files: Path, *, shards: int, memory: str) -> dict[str, Any]:
    """One path in this process: phases, peak memory, hash of the statement rows."""
    watch = Stopwatch()
    rows = PATHS[name](folder, files, watch, shards=shards, memory=memory)
    result: dict[str, Any] = {"phases": [asdict(phase) for phase in watch.phases], "peak_bytes": peak_bytes()}
    if rows is not None:
        table = canonical(rows)
        result |= {"rows": table.num_rows, "sha256": digest(table)}
    return result


def measure(name: str, folder: Path, files: Path, asked: argparse.Namespace) -> dict[str, Any]:
    """One path in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.month_end",
        "--path",
        name,
        "--folder",
        str(folder),
        "--files",
        str(files),
    ]
    command += ["--shards", str(asked.shards), "--memory", asked.memory]
    done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"path {name} failed, see above")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    counted = [phase for phase in result["phases"] if phase["name"] in WITHIN[name]]
    return {**result, "wall": sum(phase["wall"] for phase in counted), "cpu": sum(phase["cpu"] for phase in counted)}


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    how = f"{report['lines']:,} lines, {report['shards']} shards, {report['memory']}; "
    print(how + ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    print(f"\n{'path':8} {'wall s':>8} {'CPU s':>8} {'peak GiB':>9}  result")
    for name, result in report["paths"].items():
        said = f"{result['sha256'][:12]} {result['rows']:,} rows" if "sha256" in result else "-"
        print(f"{name:8} {result['wall']:8.2f} {result['cpu']:8.2f} {result['peak_bytes'] / 2**30:9.2f}  {said}")
    for name, result in report["paths"].items():
        print(f"{name:8} " + ", ".join(f"{p['name']} {p['wall']:.2f} s, CPU {p['cpu']:.2f}" for p in result["phases"]))


def main() -> int:
    """Run the comparison; 1 if Spark's statement rows differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--memory", default="8GiB")
    parser.add_argument("--paths", default="kejing", help="kejing, or stored: from facts that are imported already")
    parser.add_argument("--peers", default="scan", help="any of scan, spark")
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks" / ".data")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--path", choices=PATHS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--files", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.path:
        print(json.dumps(one_path(asked.path, asked.folder, asked.files, shards=asked.shards, memory=asked.memory)))
        return 0
    shape = Shape(lines=asked.lines, seed=asked.seed)
    folder = prepare_workload(asked.data, shape)
    files = deliver(folder, asked.data / f"delivery-{shape.folder_name}")
    paths = [*asked.paths.split(","), *(peer for peer in asked.peers.split(",") if peer)]
    report: dict[str, Any] = {
        "lines": asked.lines,
        "shards": asked.shards,
        "memory": asked.memory,
        "machine": machine(),
    }
    report["paths"] = {name: measure(name, folder, files, asked) for name in paths}
    if asked.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)
    hashes = {result["sha256"] for result in report["paths"].values() if "sha256" in result}
    return int(len(hashes) > 1)


if __name__ == "__main__":
    sys.exit(main())
