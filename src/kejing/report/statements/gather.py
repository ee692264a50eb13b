"""Reads the statements of one period out of a run, its facts and the ledger; a batch of RMs at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from kejing.facts import attach_facts
from kejing.measure.errors import KejingError
from kejing.measure.money import minor_digits
from kejing.measure.period import LAST_DAY, Period
from kejing.policy import Pack
from kejing.policy.formula.binding import bind_or_refuse
from kejing.policy.readings import reading_relation
from kejing.report.read_run import Row, Run
from kejing.report.statements.assemble import Assembler, Head
from kejing.report.statements.corrections import corrections_of, standing_of
from kejing.report.statements.statement import Correction, Extra, Standing, Statement
from kejing.stages.earn.sheets import INPUTS
from kejing.stages.earn.vocabulary import EARN_VOCABULARY

BATCH = 64
"""RMs whose lines are in memory at once."""

EXTRAS = {
    "instalment": "(period = $period OR {vests})",
    "held": "{period_or_release}",
    "malus": "{period_or_decision}",
    "pool": "period = $period",
    "dispute": "period = $period",
    "adjustments": "period = $period",
    "fund": "state = 'paid' AND {dated}",
    "grade_review": "period = $period",
    "praise": "period = $period",
}
"""Tables beside pay that a statement shows where they are kept, and which of their rows concern the period."""

_WHOSE = {"pool": "taker"}
"""The column that names the RM, where it is not ``rm_id``."""


class PeriodNotInRunError(KejingError):
    """The run holds nobody's pay for the period."""

    code = "statement.period_not_in_run"


class NobodyFoundError(KejingError):
    """No RM of the run has the id, or no RM stands in the unit."""

    code = "statement.nobody_found"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all statements of a period share."""

    run: Run
    pack: Pack
    period: str
    days: Period
    standing: Standing
    has_ledger: bool
    parents: Mapping[str, str]
    names: Mapping[str, str]


class StatementSource:
    """The statements of ``period``, ready to be read.

    Parameters
    ----------
    out
        Folder of a run.
    facts
        The facts folder the run was made from.
    ledger
        The ledger, where there is one: it says what is closed and what was corrected.
    standing
        Overrides what the ledger says: a close that is about to be written freezes final statements.

    Raises
    ------
    NotARunError, PeriodNotInRunError
        There is nothing to make a statement of.
    """

    def __init__(
        self, out: Path, period: str, *, facts: Path, ledger: Path | None = None, standing: Standing | None = None
    ) -> None:
        self._run = Run(out)
        try:
            self._open(out, period, facts, ledger, standing)
        except BaseException:
            self._run.engine.close()
            raise

    def _open(self, out: Path, period: str, facts: Path, ledger: Path | None, standing: Standing | None) -> None:
        run = self._run
        self._totals = self._by_rm("pay_total", period)
        self._settled = self._by_rm("settlement", period)
        if not self._totals and not self._settled:
            raise PeriodNotInRunError(period=period, periods=self._periods())
        pack = Pack.load(out / "policy")
        self._binding = bind_or_refuse(pack, EARN_VOCABULARY)
        known = run.manifest.known_on or LAST_DAY
        attach_facts(run.engine, facts, known_on=known, snapshot_id=run.manifest.facts.snapshot)
        self._readings: list[str] = []
        self._traced = [grain for grain in INPUTS if self._attach_trace(out, grain)]
        if "line" in self._traced:
            text = resources.files("kejing.report.statements").joinpath("lines.sql").read_text(encoding="utf-8")
            run.engine.create("statement_line", text.replace("$$period", f"'{period}'"))
        self._products = {
            str(row["product"]): str(row["name"] or "")
            for row in run.fetch("SELECT product, name FROM products ORDER BY product")
        }
        self._corrections: dict[str, list[Correction]] = {}
        for one in corrections_of(ledger, period, run.manifest.currency):
            self._corrections.setdefault(one.rm_id, []).append(one)
        self.frame = Frame(
            run,
            pack,
            period,
            self._days(period),
            standing or standing_of(ledger, period),
            ledger is not None,
            {key: str(row["unit_id"] or "") for key, row in run.names["unit"].items()},
            names_of(run),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run.engine.close()

    def rm_ids(self) -> list[str]:
        """Everybody with pay, a settlement or a correction in the period: leavers are among them."""
        return sorted({*self._totals, *self._settled, *self._corrections})

    def unit_of(self, rm_id: str) -> str:
        """The unit of the RM in the period."""
        row = self._totals.get(rm_id) or self._settled.get(rm_id) or {}
        return str(row.get("unit_id") or "")

    def units(self) -> dict[str, list[str]]:
        """Unit to the RMs in it and in the units below it; a unit without any has no entry."""
        found: dict[str, list[str]] = {}
        for rm_id in self.rm_ids():
            unit, seen = self.unit_of(rm_id), set[str]()
            while unit and unit not in seen:
                seen.add(unit)
                found.setdefault(unit, []).append(rm_id)
                unit = self.frame.parents.get(unit, "")
        return dict(sorted(found.items()))

    def statements(self, rm_ids: Sequence[str]) -> Iterator[Statement]:
        """Statements of ``rm_ids``, in their order."""
        assembler = Assembler(self.frame.pack, self._binding, self.frame.period, self._products)
        for start in range(0, len(rm_ids), BATCH):
            batch = rm_ids[start : start + BATCH]
            rows = self._batch(batch)
            for rm_id in batch:
                yield assembler.statement(
                    Head(rm_id, self.unit_of(rm_id), self._totals.get(rm_id), self._settled.get(rm_id)),
                    rows={name: of.get(rm_id, []) for name, of in rows.items()},
                    extras=self._extras_of(rm_id, rows),
                    corrections=tuple(self._corrections.get(rm_id, ())),
                )

    def _by_rm(self, table: str, period: str) -> dict[str, Row]:
        if not self._run.has(table):
            return {}
        rows = self._run.fetch(f"SELECT * FROM {table} WHERE period = $$period ORDER BY rm_id", {"period": period})
        return {str(row["rm_id"]): row for row in rows}

    def _periods(self) -> str:
        if not self._run.has("pay_total"):
            return ""
        rows = self._run.fetch("SELECT DISTINCT period FROM pay_total ORDER BY period")
        return ", ".join(str(row["period"]) for row in rows)

    def _days(self, period: str) -> Period:
        found: Any = [one for one in self._run.manifest.periods if one.period == period]
        return Period(found[0].start, found[0].end) if found else Period(self._run.manifest.as_of, LAST_DAY)

    def _attach_trace(self, out: Path, grain: str) -> bool:
        path = out / "trace" / f"{grain}_input.parquet"
        if path.is_file():
            self._run.engine.attach_parquet(f"{grain}_input", path)
        read = out / "trace" / f"{reading_relation(grain)}.parquet"
        if read.is_file():
            self._run.engine.attach_parquet(reading_relation(grain), read)
            self._readings.append(grain)
        return path.is_file()

    def _batch(self, rm_ids: Sequence[str]) -> dict[str, dict[str, list[Row]]]:
        """Rows of every table of the batch, by table and RM."""
        run = self._run
        run.engine.attach_arrow("wanted_rm", pa.table({"rm_id": pa.array(rm_ids, pa.string())}))
        texts = {
            "pay": "SELECT t.* FROM pay AS t {join} WHERE t.period = $$period"
            " ORDER BY t.rm_id, t.component, t.measure, t.line_id",
            "score": "SELECT t.* FROM score AS t {join} WHERE t.period = $$period ORDER BY t.rm_id, t.measure",
            "target": "SELECT t.* FROM target AS t {join} WHERE t.period = $$period"
            " ORDER BY t.rm_id, t.measure, t.unit_id",
        }
        found = {name: self._grouped(text) for name, text in texts.items() if run.has(name)}
        for grain in self._traced:
            order = ", ".join(f"t.{name}" for name in EARN_VOCABULARY[grain].key)
            text = f"SELECT t.* FROM {grain}_input AS t {{join}} WHERE t.period = $$period ORDER BY {order}"
            found[f"{grain}_input"] = self._grouped(text)
        for grain in self._readings:
            text = f"SELECT t.* FROM {reading_relation(grain)} AS t {{join}} WHERE t.period = $$period ORDER BY t.rm_id"
            found[reading_relation(grain)] = self._grouped(text)
        if "line" in self._traced:
            name = "d.name AS customer" if run.has("directory") else "'' AS customer"
            join = "LEFT JOIN directory AS d ON d.kind = 'customer' AND d.id = t.customer_id"
            found["line"] = self._grouped(
                f"SELECT t.*, {name} FROM statement_line AS t {{join}} {join if run.has('directory') else ''}"
                " ORDER BY t.rm_id, t.measure, t.customer_id, t.booked_on, t.line_id",
            )
        for table in EXTRAS:
            if self._keeps(table):
                found[table] = self._grouped(self._extra_text(table), whose=_WHOSE.get(table, "rm_id"))
        return found

    def _grouped(self, text: str, *, whose: str = "rm_id") -> dict[str, list[Row]]:
        join = f"JOIN wanted_rm AS w ON w.rm_id = t.{whose}"
        parameters: Mapping[str, object] | None = {"period": self.frame.period} if "$$period" in text else None
        found: dict[str, list[Row]] = {}
        for row in self._run.fetch(text.format(join=join), parameters):
            found.setdefault(str(row[whose]), []).append(row)
        return found

    def _keeps(self, table: str) -> bool:
        """Whether the run has the table; of what people brought, whether anybody brought any."""
        if table == "adjustments":
            return table in self._run.engine.relations() and bool(self._run.value_of(f"SELECT COUNT(*) FROM {table}"))
        return (self._run.folder / f"{table}.parquet").is_file()

    def _extra_text(self, table: str) -> str:
        columns = self._run.engine.columns(table)
        days = self.frame.days

        def dated(name: str) -> str:
            within = f"({name} >= CAST('{days.start}' AS DATE) AND {name} < CAST('{days.end}' AS DATE))"
            return within if name in columns else "1 = 0"

        def either(other: str) -> str:
            return f"(period = $$period OR {other} = $$period)" if other in columns else "period = $$period"

        where = EXTRAS[table].replace("$period", "$$period")
        where = where.format(
            vests=dated("vests_on"),
            dated=dated("day"),
            period_or_release=either("released_in"),
            period_or_decision=either("decided_in"),
        )
        order = ", ".join(f"t.{name}" for name in columns if name not in {"amount", "known_at", "voided"})
        level = " AND level = 'rm'" if table == "pool" else ""
        return f"SELECT t.* FROM {table} AS t {{join}} WHERE {where}{level} ORDER BY {order}"

    def _extras_of(self, rm_id: str, rows: Mapping[str, Mapping[str, list[Row]]]) -> dict[str, Extra]:
        return {
            table: Extra(table, self._keeps(table), [self._in_units(table, row) for row in rows[table].get(rm_id, ())])
            if table in rows
            else Extra(table, is_kept=False)
            for table in EXTRAS
        }

    def _in_units(self, table: str, row: Row) -> Row:
        """Facts keep minor units of their own currency; a statement shows whole units."""
        if table != "adjustments":
            return row
        return {**row, "amount": Decimal(int(str(row["amount"]))).scaleb(-minor_digits(str(row["currency"])))}


def names_of(run: Run) -> dict[str, str]:
    """Names of RMs: the directory knows those in post, the facts those who have left."""
    rows = run.fetch("SELECT rm_id, name FROM rms WHERE name IS NOT NULL ORDER BY rm_id, valid_from")
    found = {str(row["rm_id"]): str(row["name"]) for row in rows}
    return found | {key: str(row["name"]) for key, row in run.names["rm"].items() if row["name"]}
