"""Late facts at a full book: the island that they touch against the run over everything, in one call.

``python -m benchmarks.islands --lines 1000000``. The first snapshot is run in full and keeps its sums. Then facts come
late: one customer who belonged to another RM from some day on, and a thousand facts (late lines and reassignments).
Each time the island is reckoned upon what was kept, and the differences to be posted are drawn from it; the run over
everything follows on the same facts, and statements, credit and pay must be the same by hash.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.credit_pay import machine  # noqa: E402
from benchmarks.data import POLICY, Shape, prepare_workload  # noqa: E402
from benchmarks.kejing_path import STATEMENTS  # noqa: E402
from benchmarks.measuring import Stopwatch  # noqa: E402
from benchmarks.one_flow import run_stages  # noqa: E402
from benchmarks.statements import canonical, digest  # noqa: E402
from kejing.facts import attach_facts, open_snapshot  # noqa: E402
from kejing.facts.schema import FACT_TABLES  # noqa: E402
from kejing.facts.snapshot import Snapshot, SnapshotDraft, current_snapshot  # noqa: E402
from kejing.measure.findings import FINDINGS_SCHEMA  # noqa: E402
from kejing.measure.period import LAST_DAY  # noqa: E402
from kejing.policy import Pack  # noqa: E402
from kejing.stages.islands import Closure, IslandEngine, KeptRun, changes_of, keep_sums, tables_read  # noqa: E402
from kejing.stages.islands.engine import CUSTOMERS, RMS  # noqa: E402
from kejing.verbs.rerunning import pay_rows  # noqa: E402
from kejing.warehouse.engine import DuckEngine  # noqa: E402
from kejing.warehouse.protocol import Engine  # noqa: E402

LATE = dt.date(2026, 1, 15)
CREDIT = "view, measure, line_id, rm_id, unit_id, customer_id, role, share, amount"
PAY = "period, rm_id, component, measure, line_id, customer_id, amount, policy_clause"
type Facts = dict[str, list[dict[str, object]]]


def run_whole(folder: Path, snapshot: Snapshot, watch: Stopwatch, then: Callable[[DuckEngine], None]) -> None:
    """Everything, from a snapshot to statement rows."""
    with tempfile.TemporaryDirectory() as spill, DuckEngine(spill_folder=Path(spill)) as engine:
        with watch.phase("attach"):
            attach_facts(engine, folder / "facts", known_on=LAST_DAY, snapshot_id=snapshot.snapshot_id)
            engine.attach_parquet("segment", folder / "segment.parquet")
        run_stages(engine, folder, watch)
        with watch.phase("statements"):
            engine.fetch(STATEMENTS)
        then(engine)


@contextmanager
def island(
    folder: Path, kept: KeptRun, snapshots: tuple[Snapshot, Snapshot], watch: Stopwatch
) -> Iterator[IslandEngine]:
    """The island of a change, reckoned before and after."""
    with ExitStack() as opened:
        with watch.phase("closure"):
            closure = _closure(opened, snapshots)
        sides: list[IslandEngine] = []
        for snapshot in snapshots:
            own = sides[0].own if sides else None
            side = _side(opened, kept, closure, snapshot, own)
            with watch.phase("attach"):
                attach_facts(side, folder / "facts", known_on=LAST_DAY, snapshot_id=snapshot.snapshot_id)
                side.attach_parquet("every_segment", folder / "segment.parquet")
                inside = f"SELECT s.* FROM every_segment AS s JOIN {CUSTOMERS} AS i ON i.customer_id = s.customer_id"
                side.inner.create("segment", inside)
            run_stages(side, folder, watch)
            sides.append(side)
        before, after = sides
        with watch.phase("differences"):
            after.inner.attach_arrow("before_credit", before.fetch(f"SELECT {CREDIT} FROM credit"))
            after.inner.attach_arrow("before_pay", before.fetch(f"SELECT {PAY} FROM own_pay_of_line_pay"))
            for name, columns, relation in (("credit", CREDIT, "credit"), ("pay", PAY, "own_pay_of_line_pay")):
                one, other = f"SELECT {columns} FROM {relation}", f"SELECT {columns} FROM before_{name}"
                gone, come = f"SELECT -1 AS sign, g.* FROM ({other} EXCEPT {one}) AS g", f"({one} EXCEPT {other}) AS c"
                after.inner.create(f"posted_{name}", f"{gone} UNION ALL SELECT 1 AS sign, c.* FROM {come}")
        yield after


def _closure(opened: ExitStack, snapshots: tuple[Snapshot, Snapshot]) -> Closure:
    engine = opened.enter_context(DuckEngine())
    earlier, later = snapshots
    for side, snapshot in (("before", earlier), ("after", later)):
        for name in tables_read(earlier.tables, later.tables):
            path = snapshot.path(name)
            if path is None:
                engine.attach_arrow(f"{side}_{name}", FACT_TABLES[name].arrow_schema.empty_table())
            else:
                engine.attach_parquet(f"{side}_{name}", path)
    closure = Closure(engine, by_group=False, most=int(snapshots[0].tables["customers"]["rows"]) // 2)
    closure.start(changes_of(engine, snapshots[0].tables, snapshots[1].tables, only_added=True))
    return closure


def _side(
    opened: ExitStack, kept: KeptRun, closure: Closure, snapshot: Snapshot, own: dict[str, pa.Table] | None
) -> IslandEngine:
    duck = opened.enter_context(DuckEngine(threads=1))
    duck.attach_arrow(CUSTOMERS, closure.customers())
    duck.attach_arrow(RMS, pa.table({"rm_id": pa.array([], pa.string())}))
    single = [name for name, table in snapshot.tables.items() if table["single_version"]]
    return IslandEngine(duck, kept, pay_rows(Pack.load(POLICY)), single, own)


def checked(engine: Engine, pay_relation: str = "pay") -> dict[str, str]:
    """What two ways must agree on: statement rows by SHA-256, credit and pay by count and sum of row hashes."""

    def rows(columns: str, relation: str) -> str:
        hashed = f"SELECT CAST(hash({columns}) AS HUGEINT) AS hashed FROM (SELECT {columns} FROM {relation}) AS t"
        row = engine.fetch(f"SELECT COUNT(*) AS rows, CAST(SUM(hashed) AS VARCHAR) AS sum FROM ({hashed}) AS h")
        return "/".join(str(value) for value in row.to_pylist()[0].values())

    return {
        "statements": digest(canonical(engine.fetch(STATEMENTS))),
        "credit": rows(CREDIT, "credit"),
        "pay": rows(PAY, pay_relation),
    }


def reassignment(customers: Sequence[int], rms: int) -> Facts:
    """Customers whose only lead from 1 October on was another RM."""
    rows: list[dict[str, object]] = [
        {
            "customer_id": f"C{customer:08d}",
            "rm_id": f"R{(customer * 7 + 3) % rms:06d}",
            "role": "lead",
            "share": 2_500,
            "valid_from": dt.date(2025, 10, 1),
        }
        for customer in customers
    ]
    return {"coverage": rows}


def late_lines(customers: Sequence[int]) -> Facts:
    """One line of each customer that comes after the year."""
    rows: list[dict[str, object]] = [
        {
            "line_id": f"X{customer:09d}",
            "customer_id": f"C{customer:08d}",
            "product": f"P{customer % 40:02d}",
            "amount": 100_000 + customer,
            "currency": "CNY",
            "booked_on": dt.date(2025, 1 + customer % 12, 1 + customer % 28),
        }
        for customer in customers
    ]
    return {"income": rows}


def tell(folder: Path, facts: Facts) -> Snapshot:
    """A snapshot with ``facts`` beside the rows of the first one."""
    parent = current_snapshot(folder / "facts")
    assert parent is not None
    draft = SnapshotDraft(folder / "facts", parent)
    for name in parent.tables:
        if name not in facts:
            draft.keep(name)
            continue
        table = FACT_TABLES[name]
        given = {"known_at": LATE, "voided": False, "source_file": "late", "source_sheet": "", "source_row": 0}
        open_end = {"valid_to": LAST_DAY} if "valid_to" in table.arrow_schema.names else {}
        late = pa.Table.from_pylist([{**given, **open_end, **row} for row in facts[name]], schema=table.arrow_schema)
        draft.write(table, _merged(parent, name, late), single_version=True)
    return draft.commit([], FINDINGS_SCHEMA.empty_table())


def _merged(parent: Snapshot, name: str, late: pa.Table) -> Iterator[pa.Table]:
    """Stored and late rows in storage order, row group by row group."""
    table = FACT_TABLES[name]
    order = [(column, "ascending") for column in dict.fromkeys((*table.sort, *table.key))]
    path = parent.path(name)
    assert path is not None
    left = late.sort_by(order)
    lead = table.sort[0]
    with pq.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            part = file.read_row_group(number)
            last = part.column(lead)[part.num_rows - 1].as_py()
            here = sum(1 for value in left.column(lead).to_pylist() if value <= last)
            if here:
                part = pa.concat_tables([part, left.slice(0, here)]).sort_by(order)
                left = left.slice(here)
            yield part.combine_chunks()
    if left.num_rows:
        yield left


def measure(folder: Path, facts: Facts, kept: KeptRun, first: Snapshot) -> dict[str, Any]:
    """One change: the island, the differences, and the run over everything on the same facts."""
    late = tell(folder, facts)
    ours, theirs = Stopwatch(), Stopwatch()
    result: dict[str, Any] = {"facts": sum(len(rows) for rows in facts.values())}
    with island(folder, kept, (first, late), ours) as after:
        result["customers"] = after.value(f"SELECT COUNT(*) FROM {CUSTOMERS}")
        result["posted"] = after.value(
            "SELECT (SELECT COUNT(*) FROM posted_credit) + (SELECT COUNT(*) FROM posted_pay) AS rows"
        )
        after.inner.create("island_credit", f"SELECT {CREDIT} FROM credit")
        whole_credit = (
            f"SELECT {CREDIT} FROM island_credit UNION ALL SELECT {CREDIT} FROM kept_credit AS k"
            f" WHERE k.customer_id NOT IN (SELECT customer_id FROM {CUSTOMERS})"
        )
        after.inner.attach_parquet("kept_credit", kept.folder / "credit_rows.parquet")
        after.inner.create_view("credit", whole_credit)
        mine = checked(after)
    with_whole: dict[str, str] = {}
    run_whole(folder, late, theirs, lambda engine: with_whole.update(checked(engine)))
    result["equal"] = mine == with_whole
    result["hashes"] = mine
    for name, watch in (("island", ours), ("whole", theirs)):
        total = watch.named(*{phase.name for phase in watch.phases})
        result[name] = {"wall": total.wall, "cpu": total.cpu, "phases": [asdict(phase) for phase in watch.phases]}
    return result


def compare(shape: Shape, data: Path) -> dict[str, Any]:
    """One late reassignment and a thousand late facts against the run over everything."""
    source = prepare_workload(data, shape)
    report: dict[str, Any] = {"lines": shape.lines, "machine": machine()}
    with tempfile.TemporaryDirectory(dir=data) as scratch:
        folder, kept = Path(scratch) / "work", KeptRun(Path(scratch) / "kept", "CNY")
        shutil.copytree(source, folder)
        kept.folder.mkdir()
        first = open_snapshot(folder / "facts")

        def keep(engine: DuckEngine) -> None:
            keep_sums(engine, kept.folder)
            cents = "CAST(CAST(amount AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2)) AS amount"
            engine.create_view("kept_pay", f"SELECT {PAY.replace('amount', cents)}, basis FROM pay")
            for name, select in (("credit_rows", f"SELECT {CREDIT} FROM credit"), ("pay", "SELECT * FROM kept_pay")):
                path = kept.folder / f"{name}.parquet"
                engine.run_script(f"COPY ({select}) TO '{path}' (FORMAT parquet)")

        run_whole(folder, first, Stopwatch(), keep)
        many = min(500, shape.customers // 4)
        some = [number * (shape.customers // many) for number in range(many)]
        changes = {
            "one late reassignment": reassignment([shape.customers // 3], shape.rms),
            f"{2 * many:,} late facts": {**reassignment(some, shape.rms), **late_lines(some)},
        }
        pointer = folder / "facts" / "current.json"
        start = pointer.read_bytes()
        for name, facts in changes.items():
            pointer.write_bytes(start)
            report[name] = measure(folder, facts, kept, first)
    return report


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    print(f"{report['lines']:,} lines; " + ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    heads = f"{'wall s':>8} {'CPU s':>8} {'whole s':>8} {'CPU s':>8} {'ratio':>7}"
    print(f"\n{'change':24} {'customers':>9} {'posted':>8} {heads}  equal")
    for name, found in report.items():
        if isinstance(found, dict) and "island" in found:
            ours, theirs = found["island"], found["whole"]
            print(
                f"{name:24} {found['customers']:9,} {found['posted']:8,} {ours['wall']:8.2f} {ours['cpu']:8.2f}"
                f" {theirs['wall']:8.2f} {theirs['cpu']:8.2f} {ours['cpu'] / theirs['cpu']:7.3f}  {found['equal']}"
            )
            phases: dict[str, float] = {}
            for phase in ours["phases"]:
                phases[phase["name"]] = phases.get(phase["name"], 0.0) + phase["wall"]
            print("   wall: " + ", ".join(f"{phase} {wall:.2f}" for phase, wall in phases.items()))


def main() -> int:
    """Run the comparison; 1 if a result differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks" / ".data")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    asked.data.mkdir(parents=True, exist_ok=True)
    report = compare(Shape(lines=asked.lines, seed=asked.seed), asked.data)
    if asked.json:
        print(json.dumps(report, indent=1))
    else:
        show(report)
    return int(any(isinstance(found, dict) and found.get("equal") is False for found in report.values()))


if __name__ == "__main__":
    sys.exit(main())
