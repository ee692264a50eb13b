"""A run folder made up from one seed: every table, valid keys, exact decimals, totals that tie."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from kejing.measure.findings import Finding, Place, Severity, findings_table
from kejing.measure.share import largest_remainder
from kejing.report.directory import TABLES
from kejing.stages.tables import OutKind

AS_OF = dt.date(2026, 6, 30)
FOREVER = dt.date(9999, 12, 31)
YEAR_START = dt.date(2026, 1, 1)
INJECTION = '=HYPERLINK("http://example.invalid","x")'

type Row = dict[str, object]

_ARROW = {
    OutKind.TEXT: pa.string(),
    OutKind.DATE: pa.date32(),
    OutKind.COUNT: pa.int64(),
    OutKind.MONEY: pa.decimal128(18, 2),
    OutKind.MICRO: pa.decimal128(18, 6),
    OutKind.FLAG: pa.bool_(),
}

CODE_LISTS = {
    "scheme": {
        "annual_sales": {"zh": "年销售额", "en": "Annual sales"},
        "credit_class": {"zh": "信用分类", "en": "Credit class"},
    },
    "tier": {
        "large": {"zh": "大型企业", "en": "Large"},
        "mid": {"zh": "中型企业", "en": "Mid-size"},
        "small": {"zh": "中小企业", "en": "Small and medium"},
        "micro": {"zh": "微小企业", "en": "Micro"},
        "quality": {"zh": "优质客户", "en": "Quality"},
        "ordinary": {"zh": "一般客户", "en": "Ordinary"},
        "poor": {"zh": "劣质客户", "en": "Poor"},
    },
    "component": {
        "increment": {"zh": "增量激励", "en": "Increment pay"},
        "stock": {"zh": "存量维护", "en": "Stock pay"},
        "piece": {"zh": "产品计件", "en": "Piece rates"},
        "deduction": {"zh": "扣减", "en": "Deductions"},
    },
    "measure": {
        "deposit": {"zh": "存款日均增量", "en": "Average deposits"},
        "fee": {"zh": "中间业务收入", "en": "Fee income"},
    },
}

CITIES = (("临江市分行", 30.27, 120.16), ("东湖支行", 30.31, 120.34), ("西岭支行", 30.20, 119.98), ("南屏支行", 30.08, 120.20),
          ("北港支行", 30.45, 120.10), ("高新支行", 30.19, 120.24))  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "文华志远晓明建国丽娟伟强婷雪峰海燕俊杰"
TRADES = ("机械", "纺织", "食品", "物流", "电子", "建材", "医药", "贸易", "能源", "印务")
PLACES = ("临江", "东湖", "西岭", "南屏", "北港", "宏达", "永兴", "中泰", "恒源", "华茂")


def money(minor: int) -> Decimal:
    """Minor units as an amount."""
    return Decimal(minor).scaleb(-2)


def micro(millionths: int) -> Decimal:
    """Millionths as a number."""
    return Decimal(millionths).scaleb(-6)


@dataclass
class SampleRun:
    """Rows of a run before they are written. ``has_stock`` is false for a retail run."""

    seed: int = 7
    customers: int = 300
    rms: int = 20
    has_stock: bool = True
    is_simulated: bool = True
    tables: dict[str, list[Row]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a test sample, from its seed
        self.rm_ids = [f"sim_rm_{at:03d}" if self.is_simulated else f"RM{at:03d}" for at in range(self.rms)]
        self.unit_ids = [f"U{at:02d}" for at in range(len(CITIES))]
        self.unit_of = {rm_id: self.unit_ids[at % len(CITIES)] for at, rm_id in enumerate(self.rm_ids)}
        self.customer_ids = [f"C{at:05d}" for at in range(self.customers)]
        self._directory()
        self._segment()
        self._staff()
        self._assign()
        self._target()
        self._credit()
        self._score()
        self._pay()
        self._control()
        self._findings()

    def _spot(self, unit_id: str, spread: float) -> dict[str, Decimal]:
        _, lat, lon = CITIES[self.unit_ids.index(unit_id)]
        return {
            "lat": micro(round((lat + self.chance.gauss(0, spread)) * 1_000_000)),
            "lon": micro(round((lon + self.chance.gauss(0, spread)) * 1_000_000)),
        }

    def _directory(self) -> None:
        rows: list[Row] = [
            {"kind": "unit", "id": unit_id, "name": name, "line": "", "unit_id": unit_id, "lat": micro(round(lat * 10**6)), "lon": micro(round(lon * 10**6))}
            for unit_id, (name, lat, lon) in zip(self.unit_ids, CITIES, strict=True)
        ]
        self.home = {customer: self.unit_ids[self.chance.randrange(len(CITIES))] for customer in self.customer_ids}
        for at, customer in enumerate(self.customer_ids):
            name = f"{self.chance.choice(PLACES)}{self.chance.choice(TRADES)}有限公司{at:03d}"
            name = INJECTION if at == 3 else "<script>alert(1)</script>" if at == 4 else name
            rows.append({"kind": "customer", "id": customer, "name": name, "line": "", "unit_id": self.home[customer], **self._spot(self.home[customer], 0.05)})
        for rm_id in self.rm_ids:
            name = self.chance.choice(SURNAMES) + "".join(self.chance.sample(GIVEN, 2))
            rows.append({"kind": "rm", "id": rm_id, "name": name, "line": "corporate", "unit_id": self.unit_of[rm_id], **self._spot(self.unit_of[rm_id], 0.02)})
        self.tables["directory"] = rows
        places = {str(row["id"]): row for row in rows if row["kind"] == "rm"}
        if self.is_simulated:
            self.tables["roster"] = [
                {"rm_id": rm_id, "line": "corporate", "tier": "mid", "unit_id": self.unit_of[rm_id], "lat": places[rm_id]["lat"], "lon": places[rm_id]["lon"]}
                for rm_id in self.rm_ids
            ]

    def _segment(self) -> None:
        bands = (("large", 2_000_000_000), ("mid", 50_000_000), ("small", 2_500_000), ("micro", 0))
        rows: list[Row] = []
        self.tier: dict[str, str] = {}
        for at, customer in enumerate(self.customer_ids):
            sales = round(10 ** self.chance.uniform(5.6, 9.5))
            tier = next(name for name, floor in bands if sales >= floor)
            nearest = min(abs(sales - floor) / floor for _, floor in bands if floor)
            missing = at % 97 == 0
            self.tier[customer] = "unclassified" if missing else tier
            rows.append(
                {
                    "customer_id": customer, "scheme": "annual_sales", "tier": self.tier[customer], "valid_from": YEAR_START, "valid_to": FOREVER,
                    "value": None if missing else Decimal(sales), "value_unit": None if missing else "CNY",
                    "measured_from": dt.date(2025, 1, 1), "measured_to": YEAR_START, "decided_by": customer,
                    "boundary_distance": None if missing else micro(round(nearest * 10**6)), "is_on_watch": not missing and nearest < 0.08,
                    "shadow_tier": "small" if tier == "mid" and at % 9 == 0 else None, "reason": "missing" if missing else f"band_{tier}",
                }
            )  # fmt: skip
            grade = self.chance.choice(("quality", "ordinary", "ordinary", "poor"))
            rows.append(
                {
                    "customer_id": customer, "scheme": "credit_class", "tier": grade, "valid_from": YEAR_START, "valid_to": FOREVER,
                    "value_text": {"quality": "AA", "ordinary": "A", "poor": "B"}[grade], "decided_by": customer, "is_on_watch": False,
                    "reason": f"class_{grade}",
                }
            )  # fmt: skip
        # a tier of last year that no longer holds must not be counted
        rows.append({**rows[0], "tier": "large", "valid_from": dt.date(2025, 1, 1), "valid_to": YEAR_START})
        self.tables["segment"] = rows

    def _staff(self) -> None:
        rows: list[Row] = []
        for unit_id in self.unit_ids:
            customers = sum(home == unit_id for home in self.home.values())
            here = sum(unit == unit_id for unit in self.unit_of.values())
            for method, per_head, low, high in (("workload", 16, None, None), ("span", 18, 14, 22), ("ratio", 20, 18, 24)):
                heads = -(-customers // per_head)
                rows.append(
                    {
                        "unit_id": unit_id, "line": "corporate", "tier": "", "method": method, "customers": customers,
                        "required_hours": micro(customers * 104_500_000), "required_heads": heads,
                        "required_heads_lo": None if low is None else -(-customers // high) if high else None,
                        "required_heads_hi": None if low is None else -(-customers // low),
                        "available_heads": micro(here * 10**6), "gap": micro((heads - here) * 10**6), "reason": method,
                    }
                )  # fmt: skip
            for officer in ("treasury_officer", "lending_officer"):
                rows.append(
                    {
                        "unit_id": unit_id, "line": officer, "tier": "mid", "method": "ratio", "customers": customers, "required_heads": 2,
                        "required_heads_lo": 1, "required_heads_hi": 3, "required_hours": None, "reason": "ratio",
                    }
                )  # fmt: skip
        self.tables["staff"] = rows

    def _assign(self) -> None:
        rows: list[Row] = []
        self.rm_of: dict[str, str] = {}
        self.assist_of: dict[str, str] = {}
        for at, customer in enumerate(self.customer_ids):
            near = [rm_id for rm_id in self.rm_ids if self.unit_of[rm_id] == self.home[customer]] or self.rm_ids
            rm_id = "" if at % 41 == 0 else near[at % len(near)]
            previous = rm_id if self.chance.random() < 0.7 else self.chance.choice(self.rm_ids[:6])
            self.rm_of[customer] = rm_id
            reason = "pool" if not rm_id else "kept" if previous == rm_id else "moved"
            row: Row = {
                "customer_id": customer, "rm_id": rm_id, "role": "lead", "share": micro(1_000_000), "valid_from": AS_OF, "valid_to": FOREVER,
                "previous_rm_id": previous, "unit_id": self.home[customer], "tier": self.tier[customer],
                "required_hours": micro(self.chance.randrange(20, 130) * 10**6), "distance_km": micro(self.chance.randrange(100_000, 22_000_000)),
                "value": money(self.chance.randrange(10_000_00, 9_000_000_00)), "cost": self.chance.randrange(1, 5000), "reason": reason,
            }  # fmt: skip
            rows.append(row)
            if rm_id and at % 5 == 0:
                self.assist_of[customer] = self.rm_ids[(self.rm_ids.index(rm_id) + 1) % self.rms]
                row["share"] = micro(700_000)
                rows.append({**row, "rm_id": self.assist_of[customer], "role": "assist", "share": micro(300_000), "value": money(0), "required_hours": micro(0)})
        self.tables["assign"] = rows
        moved = [row for row in rows if row["reason"] == "moved" and row["role"] == "lead"]
        summary: list[Row] = []
        for plan, stretch in (("proposed", 100), ("today", 163), ("by_unit", 131), ("alphabetical", 412)):
            own = plan == "proposed"
            summary.append(
                {
                    "part": "", "plan": plan, "customers": self.customers, "rms": self.rms, "objective": 8_412_337 * stretch // 100,
                    "lower_bound": 8_401_102 if own else None, "gap": micro(1_337) if own else None,
                    "moved_customers": len(moved) if own else None, "moved_value": sum((Decimal(str(row["value"])) for row in moved), Decimal("0.00")) if own else None,
                    "fairness_before": micro(412_345) if own else None, "fairness_after": micro(101_222 * stretch // 100),
                    "load_spread": micro(88_100 * stretch // 100), "mean_distance_km": micro(9_412_000 * stretch // 100),
                    "pooled_customers": 8, "overloaded_rms": 0 if own else stretch // 50, "method": "exact" if own else plan,
                }
            )  # fmt: skip
        summary.append({**summary[0], "part": "corporate"})
        self.tables["assign_summary"] = summary

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
                        "period": "2026", "rm_id": rm_id, "unit_id": self.unit_of[rm_id], "measure": measure,
                        "stock": money(stock) if self.has_stock else None,
                        "contribution": micro(stock * 10**6 // whole) if self.has_stock else None, "weight": micro(10**6),
                        "increment_target": money(given[rm_id]), "total_target": money(stock + given[rm_id]),
                        "growth": micro(given[rm_id] * 10**6 // stock) if stock else None, "is_capped": stock > 0 and given[rm_id] * 2 > stock,
                        "method": "linear_complement" if self.has_stock else "equal",
                    }
                )  # fmt: skip
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
            line: Row = {"line_id": f"L{at:06d}", "measure": "income", "period": f"2026-Q{1 + at % 2}", "unit_id": self.home[customer], "customer_id": customer}
            for rm_id, role, weight in members:
                share = micro(weight * 10**6 // whole)
                rows.append({**line, "rm_id": rm_id, "view": "ledger", "role": role, "share": share, "amount": money(parts[rm_id])})
                rows.append({**line, "rm_id": rm_id, "view": "shadow", "role": role, "share": micro(10**6), "amount": money(amount)})
            if len(members) > 1:
                rest = amount - amount * len(members)
                rows.append({**line, "rm_id": "~elimination", "view": "shadow", "role": "elimination", "share": micro(0), "amount": money(rest)})
        self.tables["credit"] = rows

    def _score(self) -> None:
        rows: list[Row] = []
        self.completion: dict[str, int] = {}
        for rm_id in self.rm_ids:
            self.completion[rm_id] = max(0, round(self.chance.gauss(1.0, 0.35) * 10**6))
        ranks = {rm_id: at for at, rm_id in enumerate(sorted(self.rm_ids, key=lambda rm: (-self.completion[rm], rm)), start=1)}
        for rm_id in self.rm_ids:
            for measure in self.goals:
                target = self.targets[measure, rm_id]
                actual = target * self.completion[rm_id] // 10**6
                rows.append(
                    {
                        "period": "2026", "rm_id": rm_id, "unit_id": self.unit_of[rm_id], "measure": measure, "actual": money(actual),
                        "target": money(target), "completion": micro(self.completion[rm_id]), "points": micro(self.completion[rm_id] * 50), "rank": None,
                    }
                )  # fmt: skip
            off = rm_id == self.rm_ids[-1]
            rows.append(
                {
                    "period": "2026", "rm_id": rm_id, "unit_id": self.unit_of[rm_id], "measure": "", "actual": None, "target": None,
                    "completion": None if off else micro(self.completion[rm_id]), "points": micro(self.completion[rm_id] * 100),
                    "rank": None if off else ranks[rm_id],
                }
            )  # fmt: skip
        self.tables["score"] = rows

    def _pay(self) -> None:
        rows: list[Row] = []
        totals: list[Row] = []
        for rm_id in self.rm_ids:
            gross = 0
            for component in CODE_LISTS["component"]:
                for at in range(4 if component == "increment" else 1):
                    amount = self.chance.randrange(2_000_00, 60_000_00) if component != "deduction" else -self.chance.randrange(0, 3_000_00)
                    gross += amount
                    rows.append(
                        {
                            "period": "2026", "rm_id": rm_id, "component": component, "measure": "deposit",
                            "line_id": f"{rm_id}-{component}-{at}", "customer_id": self.customer_ids[at],
                            "basis": money(amount * 40) if component == "increment" else None, "amount": money(amount),
                            "policy_clause": f"pay.{component}@2026-01-01",
                        }
                    )  # fmt: skip
            deferred = gross * 4 // 10
            totals.append(
                {"period": "2026", "rm_id": rm_id, "unit_id": self.unit_of[rm_id], "gross": money(gross), "paid_now": money(gross - deferred), "deferred": money(deferred)}
            )
        self.tables["pay"], self.tables["pay_total"] = rows, totals

    def _control(self) -> None:
        def total(table: str, column: str) -> Decimal:
            return sum((Decimal(str(row[column])) for row in self.tables[table]), Decimal("0.00"))

        self.tables["control"] = [
            {"stage": "credit", "name": "ledger", "period": "2026", "rows": self.customers * 3, "amount": money(self.ledger)},
            *(
                {"stage": "target", "name": f"goal.{measure}", "period": "2026", "rows": len(self.unit_ids), "amount": money(goal)}
                for measure, goal in self.goals.items()
            ),
            {"stage": "pay", "name": "gross", "period": "2026", "rows": len(self.tables["pay"]), "amount": total("pay", "amount")},
        ]

    def _findings(self) -> None:
        for at in range(7):
            self.findings.append(
                Finding(
                    code="report.not_a_run", severity=Severity.ERROR, stage="facts",
                    place=Place(file="customers.xlsx", sheet="客户", row=12 + at, column="开户日期", value="2026/02/30"), facts={"folder": "F", "missing": "M"},
                )
            )  # fmt: skip
        self.findings.append(
            Finding(code="report.not_a_run", severity=Severity.WARNING, stage="facts", place=Place(file="income.csv", column="zip"), facts={"folder": "F", "missing": "M"})
        )
        self.findings.append(
            Finding(code="report.wrong_language", severity=Severity.INFO, stage="facts", place=Place(file="units.csv", value=INJECTION), facts={"lang": "xx"})
        )

    def write(self, folder: Path, *, only: Sequence[str] | None = None) -> Path:
        """Write the run into ``folder``; ``only`` names the tables to write."""
        folder.mkdir(parents=True, exist_ok=True)
        names = [name for name in TABLES if name in self.tables and (only is None or name in only)]
        for name in names:
            pq.write_table(self.arrow(name), folder / f"{name}.parquet")
        if only is None or "findings" in only:
            pq.write_table(findings_table(self.findings), folder / "findings.parquet")
        (folder / "policy").mkdir(exist_ok=True)
        policy = {"pack": "bank_corporate", "version": "2026.1", "labels": {"zh": "临江市商业银行公司业务", "en": "Linjiang City Bank, corporate"}, "currency": "CNY", "code_lists": CODE_LISTS}
        (folder / "policy" / "policy.yaml").write_text(yaml.safe_dump(policy, allow_unicode=True, sort_keys=False), encoding="utf-8")
        (folder / "manifest.json").write_text(json.dumps(self.manifest(names), ensure_ascii=False), encoding="utf-8")
        return folder

    def arrow(self, name: str) -> pa.Table:
        """Rows of one table in the order of its key, with the schema of the file."""
        table = TABLES[name]
        schema = pa.schema([(column.name, _ARROW[column.kind]) for column in table.columns])
        rows = sorted(self.tables[name], key=lambda row: tuple(str(row[key]) for key in table.key))
        columns = {one.name: pa.array([_fitted(row.get(one.name), one.type) for row in rows], one.type) for one in schema}
        return pa.table(columns, schema=schema)

    def manifest(self, names: Sequence[str]) -> Mapping[str, object]:
        """What the run says about itself."""
        digest = hashlib.sha256(str(self.seed).encode()).hexdigest()
        why = {"zh": "零售条线不设存量客户分配，目标按机构均分。", "en": "The retail line has no stock step; targets are split equally."}
        steps: list[Row] = [
            {"step": step, "present": True, "zh": "", "en": ""} for step in ("segment", "staff", "assign", "target", "credit", "score", "pay")
        ]
        steps.insert(3, {"step": "stock", "present": self.has_stock, **({"zh": "", "en": ""} if self.has_stock else why)})
        simulated = [
            {
                "what": "roster", "count": self.rms, "rule": "staff.span → roster, seed 7",
                "zh": "机构没有提供客户经理名册，按人员配备结果模拟。", "en": "The institution brought no RMs; a roster was simulated from the headcount.",
            }
        ]  # fmt: skip
        return {
            "run_id": digest, "as_of": AS_OF.isoformat(), "known_on": "2026-07-05", "seed": self.seed, "code_version": "0.1.0", "engine": "duckdb 2.0.0",
            "currency": "CNY", "calendar": {"grain": "year", "start_month": 1},
            "facts": {"snapshot": digest[::-1], "tables": {}}, "policy": {"pack": "bank_corporate", "version": "2026.1", "sha256": digest},
            "tables": {name: {"rows": len(self.tables[name]), "sha256": digest} for name in names},
            "simulated": simulated if self.is_simulated else [], "steps": steps, "stages": [],
        }  # fmt: skip

    def total(self, table: str, column: str, **where: object) -> Decimal:
        """Exact sum of a column over the rows that match."""
        rows = [row for row in self.tables[table] if all(row[name] == value for name, value in where.items())]
        return sum((Decimal(str(row[column])) for row in rows if row[column] is not None), Decimal(0))


def _fitted(value: object, kind: pa.DataType) -> object:
    """A decimal with the scale of its column, exactly."""
    if isinstance(value, Decimal) and pa.types.is_decimal(kind):
        return value.quantize(Decimal(1).scaleb(-kind.scale))
    return value
