"""A run folder made up from one seed: every table, valid keys, exact decimals, totals that tie."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from kejing.measure.findings import Finding, Place, Severity, findings_table
from kejing.measure.share import largest_remainder
from kejing.stages.tables import OUT_TABLES, OutKind
from tests.report.sample_books import AS_OF, CODE_LISTS, INJECTION, Row, SampleBooks, micro, money
from tests.report.sample_heads import ahead, answered
from tests.report.sample_money import reviewed, settled
from tests.report.sample_pools import disputed, shared, spent
from tests.report.sample_value import valued
from tests.report.sample_visits import visited

_ARROW = {
    OutKind.TEXT: pa.string(),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.MONEY: pa.decimal128(18, 2),
    OutKind.MICRO: pa.decimal128(18, 6),
    OutKind.FLAG: pa.bool_(),
}


@dataclass
class SampleRun(SampleBooks):
    """A whole run: the books, and what was earned with them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._target()
        self._credit()
        self._score()
        self._pay()
        self.tables |= settled(self.tables["pay_total"]) | reviewed(self.tables["pay_total"])
        self.tables |= shared(self.unit_of, self.chance) | spent(self.rm_ids, self.unit_of, self.chance)
        self.tables |= disputed(self.rm_ids)
        self.tables |= valued(self.home, self.rm_of, random.Random(self.seed))  # noqa: S311  # made-up rows
        self.tables |= visited(self.rm_of, self.tier, self.unit_of, random.Random(self.seed))  # noqa: S311  # made-up rows
        self.tables |= ahead(self.unit_ids, random.Random(self.seed))  # noqa: S311  # made-up rows
        self.tables |= answered(self.unit_ids[0])
        self._others()
        self._control()
        self._findings()

    def _others(self) -> None:
        """Three rows of every table that has no part of its own here, so that every sheet has something to show."""
        for name, table in OUT_TABLES.items():
            if name in {*self.tables, "control", "directory"}:
                continue
            self.tables[name] = [
                {column.name: self._some(column.name, column.kind, at) for column in table.columns}
                for at in range(min(3, len(self.rm_ids)))
            ]

    def _some(self, name: str, kind: OutKind, at: int) -> object:
        if name in {"rm_id", "unit_id"}:
            return self.rm_ids[at] if name == "rm_id" else self.unit_of[self.rm_ids[at]]
        if name == "period":
            return "2026-Q1"
        some: dict[OutKind, object] = {
            OutKind.TEXT: f"{name}{at}",
            OutKind.DATE: AS_OF,
            OutKind.COUNT: at,
            OutKind.MONEY: money(1_000_00 + at),
            OutKind.MICRO: micro(250_000 + at),
            OutKind.FLAG: at == 1,
        }
        return some[kind]

    def _target(self) -> None:
        rows: list[Row] = []
        self.targets: dict[tuple[str, str], int] = {}
        self.goals = {"deposit": 240_000_000_00, "fee": 18_000_000_00}
        for measure, goal in self.goals.items():
            stocks = {rm_id: self.chance.randrange(20_000_000_00, 400_000_000_00) for rm_id in self.rm_ids}
            whole = sum(stocks.values())
            given = largest_remainder(goal, {rm_id: whole - stock for rm_id, stock in stocks.items()})
            for rm_id in self.rm_ids:
                stock = stocks[rm_id] if self.has_stock else 0
                self.targets[measure, rm_id] = given[rm_id]
                rows.append(
                    {
                        "period": "2026",
                        "rm_id": rm_id,
                        "unit_id": self.unit_of[rm_id],
                        "measure": measure,
                        "stock": money(stock) if self.has_stock else None,
                        "contribution": micro(stock * 10**6 // whole) if self.has_stock else None,
                        "weight": micro(10**6),
                        "increment_target": money(given[rm_id]),
                        "total_target": money(stock + given[rm_id]),
                        "growth": micro(given[rm_id] * 10**6 // stock) if stock else None,
                        "is_capped": stock > 0 and given[rm_id] * 2 > stock,
                        "method": "linear_complement" if self.has_stock else "equal",
                    }
                )
        self.tables["target"] = rows

    def _credit(self) -> None:
        rows: list[Row] = []
        self.ledger = 0
        for at in range(self.customers * 3):
            customer = self.customer_ids[at % self.customers]
            amount = self.chance.randrange(-20_000_00, 400_000_00)
            self.ledger += amount
            lead = self.rm_of[customer]
            members = [(lead, "lead", 7)] if lead else [("", "lead", 1)]
            if customer in self.assist_of:
                members.append((self.assist_of[customer], "assist", 3))
            parts = largest_remainder(amount, {rm_id: weight for rm_id, _, weight in members})
            whole = sum(weight for _, _, weight in members)
            line: Row = {
                "line_id": f"L{at:06d}",
                "measure": "income",
                "period": f"2026-Q{1 + at % 2}",
                "unit_id": self.home[customer],
                "customer_id": customer,
            }
            for rm_id, role, weight in members:
                share = micro(weight * 10**6 // whole)
                rows.append(
                    {
                        **line,
                        "rm_id": rm_id,
                        "view": "ledger",
                        "role": role,
                        "share": share,
                        "amount": money(parts[rm_id]),
                    }
                )
                rows.append(
                    {
                        **line,
                        "rm_id": rm_id,
                        "view": "shadow",
                        "role": role,
                        "share": micro(10**6),
                        "amount": money(amount),
                    }
                )
            if len(members) > 1:
                rest = amount - amount * len(members)
                rows.append(
                    {
                        **line,
                        "rm_id": "~elimination",
                        "view": "shadow",
                        "role": "elimination",
                        "share": micro(0),
                        "amount": money(rest),
                    }
                )
        self.tables["credit"] = rows

    def _score(self) -> None:
        """Completion by measure; the row of all measures has points and a rank only. The last RM came too late."""
        rows: list[Row] = []
        self.completion = {rm_id: max(0, round(self.chance.gauss(1.0, 0.35) * 10**6)) for rm_id in self.rm_ids}
        ordered = sorted(self.rm_ids[:-1], key=lambda rm: (-self.completion[rm], rm))
        ranks = {rm_id: at for at, rm_id in enumerate(ordered, start=1)}
        for rm_id in self.rm_ids:
            whose: Row = {"period": "2026", "rm_id": rm_id, "unit_id": self.unit_of[rm_id]}
            reached = None if rm_id == self.rm_ids[-1] else self.completion[rm_id]
            for measure in self.goals:
                target = self.targets[measure, rm_id]
                rows.append(
                    {
                        **whose,
                        "measure": measure,
                        "actual": money(target * (reached or 0) // 10**6),
                        "target": None if reached is None else money(target),
                        "completion": None if reached is None else micro(reached),
                        "points": micro((reached or 0) * 50),
                    }
                )
            rows.append({**whose, "measure": "", "points": micro((reached or 0) * 100), "rank": ranks.get(rm_id)})
        self.tables["score"] = rows

    def _pay(self) -> None:
        rows: list[Row] = []
        totals: list[Row] = []
        for rm_id in self.rm_ids:
            gross = 0
            for component in CODE_LISTS["component"]:
                for at in range(4 if component == "increment" else 1):
                    amount = (
                        self.chance.randrange(2_000_00, 60_000_00)
                        if component != "deduction"
                        else -self.chance.randrange(0, 3_000_00)
                    )
                    gross += amount
                    rows.append(
                        {
                            "period": "2026",
                            "rm_id": rm_id,
                            "component": component,
                            "measure": "deposit",
                            "line_id": f"{rm_id}-{component}-{at}",
                            "customer_id": self.customer_ids[at],
                            "basis": money(amount * 40) if component == "increment" else None,
                            "amount": money(amount),
                            "policy_clause": f"pay.{component}@2026-01-01",
                        }
                    )
            deferred = gross * 4 // 10
            totals.append(
                {
                    "period": "2026",
                    "rm_id": rm_id,
                    "unit_id": self.unit_of[rm_id],
                    "gross": money(gross),
                    "paid_now": money(gross - deferred),
                    "deferred": money(deferred),
                }
            )
        self.tables["pay"], self.tables["pay_total"] = rows, totals

    def _control(self) -> None:
        def total(table: str, column: str) -> Decimal:
            return sum((Decimal(str(row[column])) for row in self.tables[table]), Decimal("0.00"))

        self.tables["control"] = [
            {
                "stage": "credit",
                "name": "ledger",
                "period": "2026",
                "rows": self.customers * 3,
                "amount": money(self.ledger),
            },
            {
                "stage": "value",
                "name": "income",
                "period": "2026",
                "rows": self.customers,
                "amount": money(self.ledger),
            },
            *(
                {
                    "stage": "target",
                    "name": f"goal.{measure}",
                    "period": "2026",
                    "rows": len(self.unit_ids),
                    "amount": money(goal),
                }
                for measure, goal in self.goals.items()
            ),
            {
                "stage": "pay",
                "name": "gross",
                "period": "2026",
                "rows": len(self.tables["pay"]),
                "amount": total("pay", "amount"),
            },
        ]

    def _findings(self) -> None:
        self.findings = [
            Finding(
                code="facts.not_a_date",
                severity=Severity.ERROR,
                stage="facts",
                place=Place(file="customers.xlsx", sheet="客户", row=12 + at, column="开户日期", value="2026/02/30"),
            )
            for at in range(7)
        ]
        self.findings += [
            Finding(
                code="facts.id_padded",
                severity=Severity.WARNING,
                stage="facts",
                place=Place(file="income.csv", row=2, column="zip", value="1234"),
                facts={"count": "14"},
            ),
            Finding(
                code="facts.header_unknown",
                severity=Severity.INFO,
                stage="facts",
                place=Place(file="units.csv", column="备注", value=INJECTION),
                facts={"table": "units"},
            ),
        ]

    def write(self, folder: Path, *, only: Sequence[str] | None = None) -> Path:
        """Write the run into ``folder``; ``only`` names the tables to write."""
        folder.mkdir(parents=True, exist_ok=True)
        names = [name for name in OUT_TABLES if name in self.tables and (only is None or name in only)]
        for name in names:
            pq.write_table(self.arrow(name), folder / f"{name}.parquet")
        if only is None or "findings" in only:
            pq.write_table(findings_table(self.findings), folder / "findings.parquet")
        (folder / "policy").mkdir(exist_ok=True)
        policy = {
            "pack": "bank_corporate",
            "version": "2026.1",
            "labels": {"zh": "临江市商业银行公司业务", "en": "Linjiang City Bank, corporate"},
            "currency": "CNY",
            "code_lists": CODE_LISTS,
        }
        (folder / "policy" / "policy.yaml").write_text(
            yaml.safe_dump(policy, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        (folder / "manifest.json").write_text(json.dumps(self.manifest(names), ensure_ascii=False), encoding="utf-8")
        return folder

    def arrow(self, name: str) -> pa.Table:
        """Rows of one table in the order of its key, with the schema of the file."""
        table = OUT_TABLES[name]
        schema = pa.schema([(column.name, _ARROW[column.kind]) for column in table.columns])
        rows = sorted(self.tables[name], key=lambda row: tuple(str(row[key]) for key in table.key))
        columns = {
            one.name: pa.array([_fitted(row.get(one.name), one.type) for row in rows], one.type) for one in schema
        }
        return pa.table(columns, schema=schema)

    def manifest(self, names: Sequence[str]) -> Mapping[str, object]:
        """What the run says about itself."""
        digest = hashlib.sha256(str(self.seed).encode()).hexdigest()
        why = {
            "zh": "零售条线不设存量客户分配，目标按机构均分。",
            "en": "The retail line has no stock step; targets are split equally.",
        }
        done = (
            ("increment_target", "目标增量任务", "increment targets"),
            ("completion", "完成率进入收入计算", "completion enters pay"),
        )
        steps: list[Row] = [{"step": step, "present": True, "zh": zh, "en": en} for step, zh, en in done]
        names_of_stock = {"zh": "存量客户分配", "en": "allocation of existing customers"}
        steps.insert(
            0, {"step": "stock_allocation", "present": self.has_stock, **(names_of_stock if self.has_stock else why)}
        )
        simulated = [
            {
                "what": "roster",
                "count": self.rms,
                "rule": "staff.span → roster, seed 7",
                "zh": "机构没有提供客户经理名册，按人员配备结果模拟。",
                "en": "The institution brought no RMs; a roster was simulated from the headcount.",
            }
        ]
        return {
            "run_id": digest,
            "as_of": AS_OF.isoformat(),
            "known_on": "2026-07-05",
            "seed": self.seed,
            "code_version": "0.1.0",
            "engine": "duckdb 2.0.0",
            "currency": "CNY",
            "calendar": {"grain": "year", "start_month": 1},
            "facts": {"snapshot": digest[::-1], "tables": {}},
            "policy": {"pack": "bank_corporate", "version": "2026.1", "sha256": digest},
            "tables": {name: {"rows": len(self.tables[name]), "sha256": digest} for name in names},
            "simulated": simulated if self.is_simulated else [],
            "steps": steps,
            "stages": ["segment", "staff", "assign", "target", "credit", "score", "pay"],
        }

    def total(self, table: str, column: str, **where: object) -> Decimal:
        """Exact sum of a column over the rows that match."""
        rows = [row for row in self.tables[table] if all(row[name] == value for name, value in where.items())]
        return sum((Decimal(str(row[column])) for row in rows if row.get(column) is not None), Decimal(0))


def _fitted(value: object, kind: pa.DataType) -> object:
    """A decimal with the scale of its column, exactly."""
    if isinstance(value, Decimal) and pa.types.is_decimal(kind):
        return value.quantize(Decimal(1).scaleb(-kind.scale))
    return value
