"""A run whose figures are known by heart, shown in the small bank; and the sample institution for whole journeys."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from kejing.facts.sample import write_sample
from kejing.office.feeds.models import Run
from kejing.office.feeds.run_tables import show_run
from kejing.policy import find_shipped_pack
from kejing.stages.tables import OUT_TABLES, OutKind
from kejing.verbs import import_facts, run

PERIOD = "2025-Q3"
AS_OF = dt.date(2025, 9, 30)
LINE = "L-1"
_TYPES = {
    OutKind.TEXT: pa.string(),
    OutKind.MONEY: pa.decimal128(38, 2),
    OutKind.MICRO: pa.decimal128(38, 6),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.FLAG: pa.bool_(),
}


def write_run(
    folder: Path, tables: Mapping[str, Sequence[Mapping[str, object]]], *, policy: str = "bank_corporate"
) -> Path:
    """A run folder with the given rows; columns that a row does not name are null."""
    folder.mkdir(parents=True)
    shutil.copytree(find_shipped_pack(policy), folder / "policy")
    manifest = {
        "run_id": "0123456789abcdef",
        "as_of": str(AS_OF),
        "known_on": None,
        "currency": "CNY",
        "calendar": {"grain": "quarter", "start_month": 1},
        "periods": [{"period": PERIOD, "start": "2025-07-01", "end": "2025-10-01"}],
        "facts": {"snapshot": "none"},
        "policy": {"pack": policy},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name, rows in tables.items():
        schema = pa.schema([(column.name, _TYPES[column.kind]) for column in OUT_TABLES[name].columns])
        whole = [{column: row.get(column) for column in schema.names} for row in rows]
        pq.write_table(pa.Table.from_pylist(whole, schema=schema), folder / f"{name}.parquet")
    return folder


def split_dispute(folder: Path) -> Run:
    """Show a run with an income of 1,000,000: lead office 60, assist 40, a treasury overlay of 30 % beside them."""
    of = {"period": PERIOD}
    line = {**of, "line_id": LINE, "measure": "income", "customer_id": "e11-1"}

    def credit(rm: str, view: str, role: str, share: str, amount: str) -> dict[str, object]:
        return {**line, "rm_id": rm, "view": view, "role": role, "share": Decimal(share), "amount": Decimal(amount)}

    def paid(rm: str, line_id: str, component: str, amount: str) -> dict[str, object]:
        clause = f"{component}: rate@2025-01-01"
        own = {**of, "rm_id": rm, "component": component, "measure": "", "line_id": line_id, "policy_clause": clause}
        return {**own, "customer_id": "e11-1" if line_id else None, "amount": Decimal(amount)}

    def total(rm: str, gross: str) -> dict[str, object]:
        amounts = {"gross": Decimal(gross), "paid_now": Decimal(gross), "deferred": Decimal(0)}
        return {**of, "rm_id": rm, "unit_id": rm, **amounts}

    tables = {
        "credit": [
            credit("e11", "ledger", "lead", "0.6", "600000.00"),
            credit("e12", "ledger", "assist", "0.4", "400000.00"),
            credit("e11", "shadow", "lead", "0.6", "600000.00"),
            credit("e12", "shadow", "assist", "0.4", "400000.00"),
            credit("w11", "shadow", "treasury", "0.3", "300000.00"),
        ],
        "pay": [
            paid("e11", "", "base_pay", "10000.00"),
            paid("e11", LINE, "increment_pay", "6000.01"),
            paid("e12", LINE, "increment_pay", "4000.00"),
            paid("w11", "", "base_pay", "9000.00"),
        ],
        "pay_total": [total("e11", "16000.01"), total("e12", "4000.00"), total("w11", "9000.00")],
        "score": [],
    }
    return show_run(write_run(folder / "run", tables), by=None)


@cache
def institution() -> Path:
    """The sample institution, small, imported and run once in a session; nobody writes into it."""
    folder = Path(mkdtemp(prefix="kejing-institution-"))
    day = dt.date(2025, 12, 31)
    write_sample(folder / "files", seed=1, size=Fraction(1, 50), as_of=day)
    import_facts([folder / "files"], mapping=folder / "files" / "mapping.yaml", into=folder / "facts")
    run(folder / "facts", policy="bank_corporate", as_of=day, out=folder / "bank_corporate")
    return folder
