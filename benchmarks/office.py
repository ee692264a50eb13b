"""First byte of the office's pages under people who work at once, and the preview of a large workbook.

``python -m benchmarks.office --customers 100000 --rms 2000``. The office is made once (`benchmarks.office_folder`,
`benchmarks.office_filling`), started as ``kejing serve`` does, and asked by signed-in people of every role, each with a
pause between two pages. Every page is then put beside the server's own smallest answer in the same call.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script, not with -m
    sys.path.insert(0, str(ROOT))

from benchmarks.credit_pay import machine  # noqa: E402
from benchmarks.office_folder import Size, prepare  # noqa: E402
from benchmarks.office_pages import BAR, PEER, pages_of  # noqa: E402
from benchmarks.office_users import Account, Load, Person, cpu_of_pages, measure, sign_in, wait_until_ready  # noqa: E402
from benchmarks.office_workbook import ROWS, preview_seconds  # noqa: E402
from kejing.office.opening import open_office  # noqa: E402
from kejing.verbs.demonstrate import AS_OF  # noqa: E402

type Pages = Sequence[tuple[str, str]]
ACCOUNTS = "accounts.json"
_TIMES = 3  # a page is asked for its CPU
_PACKAGES = ("django", "gunicorn", "duckdb", "pyarrow")


@contextmanager
def served(office: Path, port: int, workers: int) -> Iterator[int]:
    """The office behind a port, as ``kejing serve`` starts it; the id of its process."""
    command = [sys.executable, "-m", "kejing", "serve", str(office), "--no-browser"]
    command += ["--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until_ready(port)
            yield server.pid
        finally:
            server.terminate()


def made_office(data: Path, size: Size) -> Path:
    """The office of an institution of ``size``, filled once in a process of its own."""
    institution = prepare(data, size)
    office = institution / "office"
    if not (office / ACCOUNTS).is_file():
        shutil.rmtree(office, ignore_errors=True)
        command = [sys.executable, "-m", "benchmarks.office", "--fill", str(institution), "--seed", str(size.seed)]
        subprocess.run(command, cwd=ROOT, check=True)
    return office


def fill_office(institution: Path, seed: int) -> None:
    """Open the office of an institution in this process, and fill it."""
    open_office(institution / "office", day=AS_OF)
    from benchmarks.office_filling import fill  # noqa: PLC0415 - models need an open office

    accounts = fill(institution, seed=seed)
    (institution / "office" / ACCOUNTS).write_text(json.dumps(accounts), encoding="utf-8")


def report_of(asked: argparse.Namespace) -> dict[str, Any]:
    """Measure everything that is asked for."""
    size = Size(customers=asked.customers, rms=asked.rms, seed=asked.seed)
    office = made_office(asked.data, size)
    accounts = [Account(**row) for row in json.loads((office / ACCOUNTS).read_text(encoding="utf-8"))]
    load = Load(users=asked.users, pause=asked.pause, rounds=asked.rounds, seed=asked.seed)
    with served(office, asked.port, asked.workers) as server:
        people = [sign_in(asked.port, account) for account in accounts[: asked.users]]
        pages = {person: pages_of(person, asked.port) for person in people}
        found = measure(pages, asked.port, load)
        cpu = cpu_of_pages(_one_of_each_role(pages), asked.port, server, times=_TIMES)
        workbook = preview_seconds(asked.port, people, office.parent) if asked.workbook else None
    peer = found[PEER].p50
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    return {
        "machine": machine(),
        "versions": versions,
        "office": {"customers": asked.customers, "rms": asked.rms, "workers": asked.workers},
        "load": {"users": asked.users, "pause": asked.pause, "rounds": asked.rounds},
        "peer": PEER,
        "bar_ms": BAR,
        "pages": {name: {**found[name].as_json(peer), "cpu_ms": round(1000 * cpu[name])} for name in sorted(found)},
        "workbook": {"rows": ROWS, "seconds": workbook},
    }


def _one_of_each_role(pages: Mapping[Person, Pages]) -> dict[Person, Pages]:
    one = {person.account.role: person for person in pages}
    return {person: pages[person] for person in one.values()}


def show(report: dict[str, Any]) -> None:
    """Print the report as a table."""
    machine_words = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    print(f"{report['office']} {report['load']}; {machine_words}")
    print(f"\n{'page':28} {'n':>5} {'p50 ms':>8} {'p95 ms':>8} {'of peer':>8} {'CPU ms':>7}")
    for name, each in report["pages"].items():
        late = " over" if each["p95_ms"] > report["bar_ms"] else ""
        times = f"{each['p50_ms']:8.1f} {each['p95_ms']:8.1f} {each['of_peer']:8.1f} {each['cpu_ms']:7}"
        print(f"{name:28} {each['n']:5} {times}{late}")
    if report["workbook"]["seconds"] is not None:
        print(f"\npreview of {report['workbook']['rows']:,} rows: {report['workbook']['seconds']:.1f} s")


def main() -> int:
    """Measure; 1 if a page is over the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--rms", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--pause", type=float, default=3.0, help="mean pause between two pages of one person [s]")
    parser.add_argument("--rounds", type=int, default=3, help="how often a person walks through his pages")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--data", type=Path, default=ROOT / "benchmarks" / ".data")
    parser.add_argument("--workbook", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.fill is not None:
        fill_office(asked.fill, asked.seed)
        return 0
    report = report_of(asked)
    if asked.json:
        print(json.dumps(report, indent=2))
    else:
        show(report)
    return int(any(each["p95_ms"] > BAR for each in report["pages"].values()))


if __name__ == "__main__":
    sys.exit(main())
