"""``kejing explain``: the tree behind one figure of a run."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from kejing.facts import attach_facts
from kejing.measure.errors import KejingError
from kejing.measure.money import minor_digits
from kejing.measure.period import LAST_DAY, FiscalCalendar, Grain, parse_day
from kejing.policy import Pack
from kejing.policy.exact import Figure
from kejing.report.read_run import NotARunError
from kejing.stages.decide.hotline.explain import explain_centre, explain_interval
from kejing.stages.decide.segment.explain import explain as explain_segment
from kejing.stages.decide.staff.explain import explain as explain_staff
from kejing.stages.decide.staff.explain_ahead import explain_benefit, explain_lever, explain_path
from kejing.stages.deploy.assign.explain import explain as explain_assign
from kejing.stages.deploy.handover.explain import explain as explain_handover
from kejing.stages.deploy.target.explain import explain as explain_target
from kejing.stages.deploy.visit.explain import explain as explain_visit
from kejing.stages.earn.dispute.explain import explain_dispute
from kejing.stages.earn.explain import explain_credit, explain_pay, explain_pay_total, explain_score
from kejing.stages.earn.fund.explain import explain_fund
from kejing.stages.earn.grade.explain import explain_review
from kejing.stages.earn.pool.explain import explain_pool
from kejing.stages.earn.settle.explain import explain_instalment, explain_malus, explain_settlement
from kejing.stages.earn.value.explain import explain_profit, explain_value
from kejing.stages.tables import OUT_TABLES
from kejing.verbs.running import LINKS, MARK
from kejing.warehouse.engine import DuckEngine
from kejing.warehouse.store import recover_folder

type Explain = Callable[[DuckEngine, Pack, Mapping[str, Any]], Figure]

EXPLAINED: dict[str, Explain] = {
    "segment": explain_segment,
    "staff": explain_staff,
    "staff_lever": explain_lever,
    "staff_benefit": explain_benefit,
    "staff_path": explain_path,
    "hotline": explain_interval,
    "hotline_centre": explain_centre,
    "assign": explain_assign,
    "handover": explain_handover,
    "visit": explain_visit,
    "target": explain_target,
    "credit": explain_credit,
    "pay_total": explain_pay_total,
    "instalment": explain_instalment,
    "malus": explain_malus,
    "settlement": explain_settlement,
    "grade_review": explain_review,
    "pool": explain_pool,
    "fund": explain_fund,
    "dispute": explain_dispute,
    "value": explain_value,
    "profit": explain_profit,
}

EXPLAINED_TOGETHER: dict[str, Callable[[DuckEngine, Pack, Sequence[Mapping[str, Any]]], list[Figure]]] = {
    "score": explain_score,
    "pay": explain_pay,
}
"""Tables whose rows rest on formulas over one RM's own rows: what they share is reckoned once."""

KNOWN = (*EXPLAINED, *EXPLAINED_TOGETHER)
"""Tables that can be explained."""

_CERTIFICATE = {"assign_option": "options.parquet", "assign_member": "members.parquet"}
"""Relations that the explanation of a book reads, and the certificate's files that hold them."""


class NoSuchTableError(KejingError):
    """The run has no such table, or it cannot be explained."""

    code = "explain.no_such_table"


class NoSuchRowError(KejingError):
    """No row has the key."""

    code = "explain.no_such_row"


class FactsMissingError(KejingError):
    """The facts that the run was made from are not to be found."""

    code = "explain.facts_missing"


def explain(out: str | Path, table: str, /, *, facts: str | Path | None = None, **key: str) -> list[Figure]:
    """Trees behind the rows of ``table`` that have ``key``.

    Parameters
    ----------
    out
        Folder of a run.
    table
        An output table, such as ``pay``.
    facts
        The facts folder; the one the run was made from if not given.
    key
        Columns of the row, such as ``rm_id="R001", component="increment_pay"``.

    Raises
    ------
    NotARunError, NoSuchTableError, NoSuchRowError, FactsMissingError
        There is nothing to explain, or nothing to explain it from.
    """
    return explain_rows(out, table, key, facts=facts)


def explain_rows(
    out: str | Path,
    table: str,
    key: Mapping[str, str],
    *,
    facts: str | Path | None = None,
    choose: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None,
) -> list[Figure]:
    """As `explain`, with the key as a mapping: what a person typed may be called anything.

    Parameters
    ----------
    choose
        Takes the rows that have the key and gives those to explain; all of them if None.
    """
    folder = Path(out)
    recover_folder(folder)
    if not (folder / MARK).exists():
        raise NotARunError(folder=folder.name, missing=MARK)
    if table not in KNOWN or not (folder / f"{table}.parquet").exists():
        raise NoSuchTableError(table=table, known=", ".join(KNOWN))
    manifest = json.loads((folder / MARK).read_text(encoding="utf-8"))
    pack = Pack.load(folder / "policy")
    with DuckEngine() as engine:
        _attach(engine, folder, manifest, facts)
        columns = [column.name for column in OUT_TABLES[table].columns]
        unknown = [name for name in key if name not in columns]
        where = " AND ".join(f"CAST({name} AS VARCHAR) = '{_escaped(value)}'" for name, value in key.items()) or "1 = 1"
        order = ", ".join(OUT_TABLES[table].key)
        rows = [] if unknown else engine.fetch(f"SELECT * FROM {table} WHERE {where} ORDER BY {order}").to_pylist()
        rows = choose(rows) if choose else rows
        if not rows:
            named = ", ".join(f"{name}={value}" for name, value in key.items())
            raise NoSuchRowError(table=table, key=named, columns=", ".join(OUT_TABLES[table].key))
        together = EXPLAINED_TOGETHER.get(table)
        return together(engine, pack, rows) if together else [EXPLAINED[table](engine, pack, row) for row in rows]


_CREDIT_ROWS = r"""
    SELECT
      c.line_id, c.measure, c.rm_id, c.role, c.customer_id,
      CAST(c.share * 1000000 AS BIGINT) AS share, CAST(c.amount * $MINOR AS BIGINT) AS amount,
      COALESCE(
        i.booked_on, CAST(NULLIF(regexp_extract(c.line_id, ':(\d{4}-\d{2}-\d{2})(:0)?$$', 1), '') AS DATE)
      ) AS day,
      COALESCE(
        i.product, regexp_replace(substr(c.line_id, length(c.customer_id) + 6), ':\d{4}-\d{2}-\d{2}(:0)?$$', '')
      ) AS product
    FROM credit AS c LEFT JOIN income AS i ON i.line_id = c.line_id AND c.measure = 'income'
    WHERE c.view = 'ledger'
"""
"""The ledger view as stored integers, with the day and product of each line."""


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _attach(engine: DuckEngine, folder: Path, manifest: Mapping[str, Any], facts: str | Path | None) -> None:
    snapshot = manifest["facts"]["snapshot"]
    if facts is None:
        links = folder / LINKS
        facts = folder / json.loads(links.read_text(encoding="utf-8"))["facts"] if links.exists() else folder
    if not (Path(facts) / "snapshots" / snapshot).exists():
        raise FactsMissingError(snapshot=snapshot)
    known_on = parse_day(manifest["known_on"]) if manifest["known_on"] else LAST_DAY
    attach_facts(engine, Path(facts), known_on=known_on, snapshot_id=snapshot)
    for name in OUT_TABLES:
        if (folder / f"{name}.parquet").exists():
            engine.attach_parquet(name, folder / f"{name}.parquet")
    for path in sorted((folder / "trace").glob("*.parquet")):
        engine.attach_parquet(path.stem, path)
    if (folder / "credit.parquet").exists():
        engine.create_view("credit_rows", _CREDIT_ROWS.replace("$MINOR", str(10 ** minor_digits(manifest["currency"]))))
    calendar = FiscalCalendar(Grain(manifest["calendar"]["grain"]), manifest["calendar"]["start_month"])
    year_start = calendar.year_start(parse_day(manifest["as_of"]))
    days = {"as_of": parse_day(manifest["as_of"]), "year_start": year_start}
    engine.attach_arrow("run_days", pa.table({name: pa.array([day], pa.date32()) for name, day in days.items()}))
    for relation, file in _CERTIFICATE.items():
        if (folder / "certificate" / file).exists():
            engine.attach_parquet(relation, folder / "certificate" / file)
    periods = [
        {
            "period": row["period"],
            "period_start": dt.date.fromisoformat(row["start"]),
            "period_end": dt.date.fromisoformat(row["end"]),
        }
        for row in manifest["periods"]
    ]
    engine.attach_arrow("run_periods", pa.Table.from_pylist(periods))
