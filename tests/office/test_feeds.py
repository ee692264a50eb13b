"""The bridge to the engine: what files and runs say is what the office says."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kejing.facts.sample import write_sample
from kejing.measure.period import LAST_DAY
from kejing.office import scope
from kejing.office.acts.chain import verify
from kejing.office.books.models import Coverage, Customer, Rm, Standing
from kejing.office.feeds import run_tables
from kejing.office.feeds.cast import demonstration_cast
from kejing.office.feeds.loading import load_facts
from kejing.office.feeds.run_tables import run_rows, show_run
from kejing.office.feeds.unit_tree import unit_rows
from kejing.office.people.models import Unit, User
from kejing.office.people.viewer import Viewer
from kejing.stages.tables import OUT_TABLES
from kejing.verbs import import_facts, run
from tests.office.shown import write_run

AS_OF = dt.date(2025, 12, 31)


def _unit(unit: str, parent: str | None, start: dt.date, end: dt.date = LAST_DAY) -> dict[str, object]:
    row = {"unit_id": unit, "name": unit, "level": 1, "parent_id": parent, "lat": None, "lon": None}
    return {**row, "valid_from": start, "valid_to": end}


def test_paths_hold_as_long_as_everything_above_does() -> None:
    """A unit that moves under another parent splits the rows of all units below it at that day, and of no other."""
    first, moved = dt.date(2020, 1, 1), dt.date(2025, 7, 1)
    rows = [
        _unit("top", None, first),
        _unit("north", "top", first),
        _unit("south", "top", first),
        _unit("city", "north", first, moved),
        _unit("city", "south", moved),
        _unit("outlet", "city", first),
        _unit("lost", "nowhere", first),
    ]
    made = {(unit.unit_id, unit.valid_from): unit for unit in unit_rows(pa.Table.from_pylist(rows))}
    assert made["outlet", first].path == "/top/north/city/outlet/"
    assert made["outlet", moved].path == "/top/south/city/outlet/"
    assert (made["outlet", first].valid_to, made["outlet", moved].valid_to) == (moved, LAST_DAY)
    assert ("top", moved) not in made
    assert made["lost", first].path == "/lost/", "a unit without its parent hangs under nobody"


def test_threads_that_ask_first_at_once_are_all_answered(db: None, tmp_path: Path) -> None:
    """The database of a process is opened once, and each table gets its name once, however many ask."""
    tables = ("staff", "pay", "score", "target")
    shown = show_run(write_run(tmp_path / "run", {name: [] for name in tables}), by=None)
    shelf, relation = run_tables._shelf, run_tables._relation  # noqa: SLF001 - as in a process that just began
    shelf.cache_clear()
    relation.cache_clear()
    together = Barrier(8)

    def ask(_: int) -> list[object]:
        together.wait()
        return [row for name in tables for row in run_rows(shown, name)]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [[]] * 8
    assert shelf.cache_info().misses == 1


@pytest.fixture(scope="module")
def institution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample institution, small, imported and run."""
    folder = tmp_path_factory.mktemp("institution")
    write_sample(folder / "files", seed=1, size=Fraction(1, 50), as_of=AS_OF)
    import_facts([folder / "files"], mapping=folder / "files" / "mapping.yaml", into=folder / "facts")
    run(folder / "facts", policy="bank_corporate", as_of=AS_OF, out=folder / "bank_corporate")
    return folder


@pytest.mark.django_db
def test_the_office_holds_what_the_snapshot_holds(institution: Path) -> None:
    """Customers, RMs and coverage on a day are those of the facts, and the loading is one event."""
    snapshot = load_facts(institution / "facts", by=None)
    folder = institution / "facts" / "snapshots" / snapshot
    for name, model in (("customers", Customer), ("rms", Rm), ("coverage", Coverage)):
        assert model.objects.count() == pq.read_table(folder / f"{name}.parquet").num_rows, name
    assert Unit.objects.in_force(AS_OF).exclude(path__startswith="/").count() == 0
    report = verify()
    assert (report.events, report.breaks) == (1, ())
    load_facts(institution / "facts", by=None)
    assert Customer.objects.count() == pq.read_table(folder / "customers.parquet").num_rows, "again: the same"


@pytest.mark.django_db
def test_a_number_on_a_page_is_the_number_in_the_file(institution: Path) -> None:
    """Rows read for a page equal the file's; tiers of all customers come along; the five people have work."""
    load_facts(institution / "facts", by=None)
    shown = show_run(institution / "bank_corporate", by=None)
    for name in ("pay", "score", "segment"):
        stored = pq.read_table(institution / "bank_corporate" / f"{name}.parquet").to_pylist()
        assert run_rows(shown, name) == stored, name
        first = stored[0]
        key = {column: first[column] for column in OUT_TABLES[name].key if first[column] is not None}
        assert run_rows(shown, name, where=key) == [first]
    assert run_rows(shown, "pay", where={"rm_id": "x' OR 1=1 --"}) == []
    segments = pq.read_table(institution / "bank_corporate" / "segment.parquet").to_pylist()
    standing = {(row["scheme"], row["customer_id"]): row["tier"] for row in segments if row["valid_to"] > AS_OF}
    assert {(row.scheme, row.customer_id): row.tier for row in Standing.objects.all()} == standing
    assert Standing.objects.filter(income_minor__gt=0).exists()
    made = demonstration_cast(AS_OF)
    assert [person.username for person in made] == ["head", "leader", "rm", "performance", "auditor"]
    seen = {
        person.username: scope.customers(Viewer(User.objects.get(username=person.username), AS_OF, AS_OF)).count()
        for person in made
    }
    assert seen["head"] == seen["auditor"] >= seen["leader"] > seen["rm"] > 0
