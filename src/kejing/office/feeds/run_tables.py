"""Tables of a run, read only: a number on a page is the number in the file."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from kejing.measure.money import minor_digits
from kejing.measure.period import parse_day
from kejing.office.acts.act import Act, act
from kejing.office.books.models import Standing
from kejing.office.feeds.loading import within_office
from kejing.office.feeds.models import Run
from kejing.office.people.models import User
from kejing.stages.tables import OUT_TABLES
from kejing.warehouse.engine import DuckEngine

_MICRO = 1_000_000
_RELATIONS_KEPT, _ONES_KEPT = 4_096, 4_096
_attaching = threading.Lock()
_OF_ONE = {"rm_id", "customer_id", "line_id"}
_STANDINGS = """
SELECT s.customer_id, s.scheme, s.tier, s.value, s.value_unit, s.boundary_distance, s.is_on_watch,
       w.required_hours, c.income
FROM segment AS s
LEFT JOIN (
    SELECT customer_id, MAX(required_hours) AS required_hours FROM assign WHERE role = 'lead' GROUP BY customer_id
) AS w ON w.customer_id = s.customer_id
LEFT JOIN (
    SELECT customer_id, SUM(amount) AS income
    FROM credit
    WHERE view = 'ledger' AND measure = 'income'
    GROUP BY customer_id
) AS c ON c.customer_id = s.customer_id
WHERE s.valid_from <= $$day AND s.valid_to > $$day  -- $$ leaves a parameter for the engine
ORDER BY s.scheme, s.customer_id
"""


def show_run(folder: Path, *, by: User | None) -> Run:
    """Make the run in ``folder`` the one that pages show for its policy, and its customers' standings with it."""
    with act("feeds.run_shown", by=by, run=_manifest(folder)["run_id"]) as doing:
        run = _known(doing, folder)
        doing.change_all(list(Run.objects.filter(policy=run.policy, is_shown=True).exclude(pk=run.pk)), is_shown=False)
        doing.change_all([run], is_shown=True, folder=within_office(folder))
        shown = Run.objects.filter(is_shown=True).order_by("policy")
        doing.replace_table(Standing, (standing for each in shown for standing in _standings(each)))
    return run


def know_run(folder: Path, *, by: User | None) -> Run:
    """Enter the run in ``folder`` among those that the office knows; pages show it when somebody says so."""
    with act("feeds.run_known", by=by, run=_manifest(folder)["run_id"]) as doing:
        return _known(doing, folder)


def _known(doing: Act, folder: Path) -> Run:
    manifest = _manifest(folder)
    run = Run.objects.filter(run_id=manifest["run_id"]).first()
    if run is not None:
        return run
    return doing.add(
        Run(
            run_id=manifest["run_id"],
            folder=within_office(folder),
            policy=manifest["policy"]["pack"],
            as_of=parse_day(manifest["as_of"]),
            snapshot_id=manifest["facts"]["snapshot"],
            currency=manifest["currency"],
        )
    )


def _manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def run_rows(
    run: Run,
    table: str,
    *,
    where: Mapping[str, object] | None = None,
    columns: Sequence[str] = (),
    order: Sequence[str] = (),
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Rows of a table of ``run``, decimals as in the file.

    Parameters
    ----------
    table
        A name of `OUT_TABLES`; a table that the run has not is empty.
    where
        Column to value; a list or tuple of values means any of them. Values never become part of the SQL text.
    columns, order
        Columns of the table; all of them, in the order of its key, by default.

    Raises
    ------
    KeyError
        There is no such table or column: a mistake of ours.
    """
    declared = OUT_TABLES[table]
    if not _path(run, table).is_file():
        return []
    for name in (*(where or {}), *columns, *order):
        declared.column(name)
    conditions, values = _conditions(where or {})
    text = (
        f"SELECT {', '.join(columns) or '*'} FROM {_attached(run, table)}"
        + (f" WHERE {conditions}" if conditions else "")
        + f" ORDER BY {', '.join(order or declared.key)}"
        + (f" LIMIT {int(limit)}" if limit is not None else "")
    )
    if _OF_ONE & set(where or {}) and not any(isinstance(each, list | tuple) for each in (where or {}).values()):
        return [dict(row) for row in _rows_of_one(os.getpid(), text, tuple(values.items()))]
    return _fetched(text, values)


def run_totals(
    run: Run, table: str, *, by: Sequence[str], sums: Sequence[str] = (), where: Mapping[str, object] | None = None
) -> list[dict[str, Any]]:
    """Rows of a table of ``run`` counted and summed by columns.

    Returns
    -------
    list of dict
        The columns of ``by``, ``rows`` [count] and the sum of each column of ``sums``, in the order of ``by``.

    Raises
    ------
    KeyError
        There is no such table or column: a mistake of ours.
    """
    declared = OUT_TABLES[table]
    if not _path(run, table).is_file():
        return []
    for name in (*(where or {}), *by, *sums):
        declared.column(name)
    conditions, values = _conditions(where or {})
    text = (
        f"SELECT {', '.join((*by, 'COUNT(*) AS rows', *(f'SUM({name}) AS {name}' for name in sums)))}"
        f" FROM {_attached(run, table)}"
        + (f" WHERE {conditions}" if conditions else "")
        + f" GROUP BY {', '.join(by)} ORDER BY {', '.join(by)}"
    )
    return _fetched(text, values)


@lru_cache(maxsize=_ONES_KEPT)
def _rows_of_one(_process: int, text: str, values: tuple[tuple[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Rows of one RM, customer or line: few, asked for again and again, and the same for ever."""
    return tuple(_fetched(text, dict(values)))


def _fetched(text: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    with _shelf(os.getpid()).another() as engine:
        rows: list[dict[str, Any]] = engine.fetch(text, values).to_pylist()
    return rows


@cache
def _shelf(_process: int) -> DuckEngine:
    """One database for all reading of a process, made after the server has forked it."""
    return DuckEngine(threads=1, memory_limit="1GiB")


def _attached(run: Run, table: str) -> str:
    """The relation of a table of a run; files of a run never change, so each is attached once."""
    path = _path(run, table)
    place = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    with _attaching:  # two threads that open the database, or name a relation, at once refuse each other
        return _relation(os.getpid(), path, f"{table}_{run.run_id}_{place}")


@lru_cache(maxsize=_RELATIONS_KEPT)
def _relation(process: int, path: Path, name: str) -> str:
    with _shelf(process).another() as engine:
        engine.attach_parquet(f'"{name}"', path)
    return f'"{name}"'


def _path(run: Run, table: str) -> Path:
    return run_folder(run) / f"{table}.parquet"


def run_folder(run: Run) -> Path:
    """Where the files of a run lie."""
    folder: Path = settings.OFFICE_FOLDER
    return folder / run.folder


def shown_runs() -> list[Run]:
    """The runs that pages show, one for each policy."""
    return list(Run.objects.filter(is_shown=True).order_by("policy"))


def _conditions(where: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The condition and its parameters; a list is one parameter, because thousands cost more than the reading."""
    texts: list[str] = []
    values: dict[str, object] = {}
    for name, wanted in where.items():
        if not isinstance(wanted, list | tuple):
            texts.append(f"{name} = $${name}")
        elif wanted:
            texts.append(f"{name} IN (SELECT UNNEST($${name}))")
        else:
            texts.append("FALSE")
            continue
        values[name] = list(wanted) if isinstance(wanted, tuple) else wanted
    return " AND ".join(texts), values


def _standings(run: Run) -> list[Standing]:
    """Tier, income and required hours of every customer of a run on its day."""
    folder = run_folder(run)
    with DuckEngine(threads=2, memory_limit="2GiB") as engine:
        for name in ("segment", "assign", "credit"):
            path = folder / f"{name}.parquet"
            if path.is_file():
                engine.attach_parquet(name, path)
            else:
                nothing = ", ".join(f"NULL AS {column.name}" for column in OUT_TABLES[name].columns)
                engine.create_view(name, f"SELECT {nothing} WHERE FALSE")
        rows = engine.fetch(_STANDINGS, {"day": run.as_of}).to_pylist()
    return [
        Standing(
            customer_id=row["customer_id"],
            scheme=row["scheme"],
            tier=row["tier"],
            value_micro=_scaled(row["value"], _MICRO),
            value_unit=row["value_unit"] or "",
            boundary_micro=_scaled(row["boundary_distance"], _MICRO),
            is_on_watch=bool(row["is_on_watch"]),
            income_minor=_scaled(row["income"], 10 ** minor_digits(run.currency)) or 0,
            currency=run.currency,
            required_micro_hours=_scaled(row["required_hours"], _MICRO) or 0,
            run_id=run.run_id,
        )
        for row in rows
    ]


def _scaled(value: Any, units: int) -> int | None:  # noqa: ANN401 - a decimal of the file, or null
    return None if value is None else int(value * units)
