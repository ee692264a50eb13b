"""The deployed half of a made-up run: who is there, tiers, headcount, books."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa

from kejing.measure.findings import Finding
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

CITIES = (
    ("临江市分行", 30.27, 120.16),
    ("东湖支行", 30.31, 120.34),
    ("西岭支行", 30.20, 119.98),
    ("南屏支行", 30.08, 120.20),
    ("北港支行", 30.45, 120.10),
    ("高新支行", 30.19, 120.24),
)
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
class SampleBooks:
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

    def _spot(self, unit_id: str, spread: float) -> dict[str, Decimal]:
        _, lat, lon = CITIES[self.unit_ids.index(unit_id)]
        return {
            "lat": micro(round((lat + self.chance.gauss(0, spread)) * 1_000_000)),
            "lon": micro(round((lon + self.chance.gauss(0, spread)) * 1_000_000)),
        }

    def _directory(self) -> None:
        rows: list[Row] = [
            {
                "kind": "unit",
                "id": unit_id,
                "name": name,
                "line": "",
                "unit_id": unit_id,
                "lat": micro(round(lat * 10**6)),
                "lon": micro(round(lon * 10**6)),
            }
            for unit_id, (name, lat, lon) in zip(self.unit_ids, CITIES, strict=True)
        ]
        self.home = {customer: self.unit_ids[self.chance.randrange(len(CITIES))] for customer in self.customer_ids}
        for at, customer in enumerate(self.customer_ids):
            name = f"{self.chance.choice(PLACES)}{self.chance.choice(TRADES)}有限公司{at:03d}"
            name = INJECTION if at == 3 else "<script>alert(1)</script>" if at == 4 else name
            rows.append(
                {
                    "kind": "customer",
                    "id": customer,
                    "name": name,
                    "line": "",
                    "unit_id": self.home[customer],
                    **self._spot(self.home[customer], 0.05),
                }
            )
        for rm_id in self.rm_ids:
            name = self.chance.choice(SURNAMES) + "".join(self.chance.sample(GIVEN, 2))
            rows.append(
                {
                    "kind": "rm",
                    "id": rm_id,
                    "name": name,
                    "line": "corporate",
                    "unit_id": self.unit_of[rm_id],
                    **self._spot(self.unit_of[rm_id], 0.02),
                }
            )
        self.tables["directory"] = rows
        places = {str(row["id"]): row for row in rows if row["kind"] == "rm"}
        if self.is_simulated:
            self.tables["roster"] = [
                {
                    "rm_id": rm_id,
                    "line": "corporate",
                    "tier": "mid",
                    "unit_id": self.unit_of[rm_id],
                    "lat": places[rm_id]["lat"],
                    "lon": places[rm_id]["lon"],
                }
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
                    "customer_id": customer,
                    "scheme": "annual_sales",
                    "tier": self.tier[customer],
                    "valid_from": YEAR_START,
                    "valid_to": FOREVER,
                    "value": None if missing else Decimal(sales),
                    "value_unit": None if missing else "CNY",
                    "measured_from": dt.date(2025, 1, 1),
                    "measured_to": YEAR_START,
                    "decided_by": customer,
                    "boundary_distance": None if missing else micro(round(nearest * 10**6)),
                    "is_on_watch": not missing and nearest < 0.08,
                    "shadow_tier": "small" if tier == "mid" and at % 9 == 0 else None,
                    "reason": "missing" if missing else f"band_{tier}",
                }
            )
            grade = self.chance.choice(("quality", "ordinary", "ordinary", "poor"))
            rows.append(
                {
                    "customer_id": customer,
                    "scheme": "credit_class",
                    "tier": grade,
                    "valid_from": YEAR_START,
                    "valid_to": FOREVER,
                    "value_text": {"quality": "AA", "ordinary": "A", "poor": "B"}[grade],
                    "decided_by": customer,
                    "is_on_watch": False,
                    "reason": f"class_{grade}",
                }
            )
        # a tier of last year that no longer holds must not be counted
        rows.append({**rows[0], "tier": "large", "valid_from": dt.date(2025, 1, 1), "valid_to": YEAR_START})
        self.tables["segment"] = rows

    def _staff(self) -> None:
        rows: list[Row] = []
        for unit_id in self.unit_ids:
            customers = sum(home == unit_id for home in self.home.values())
            here = sum(unit == unit_id for unit in self.unit_of.values())
            for method, per_head, low, high in (
                ("workload", 16, None, None),
                ("span", 18, 14, 22),
                ("ratio", 20, 18, 24),
            ):
                heads = -(-customers // per_head)
                rows.append(
                    {
                        "unit_id": unit_id,
                        "line": "corporate",
                        "tier": "",
                        "method": method,
                        "customers": customers,
                        "required_hours": micro(customers * 104_500_000),
                        "required_heads": heads,
                        "required_heads_lo": None if low is None else -(-customers // high) if high else None,
                        "required_heads_hi": None if low is None else -(-customers // low),
                        "expected_heads": micro((heads * 10 + 3) * 10**5),
                        "required_heads_p90": heads + 1,
                        "available_heads": micro(here * 10**6),
                        "gap": micro((heads - here) * 10**6),
                        "reason": method,
                    }
                )
            rows += [
                {
                    "unit_id": unit_id,
                    "line": officer,
                    "tier": "mid",
                    "method": "ratio",
                    "customers": customers,
                    "required_heads": 2,
                    "required_heads_lo": 1,
                    "required_heads_hi": 3,
                    "required_hours": None,
                    "reason": "ratio",
                }
                for officer in ("treasury_officer", "lending_officer")
            ]
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
                "customer_id": customer,
                "rm_id": rm_id,
                "role": "lead",
                "share": micro(1_000_000),
                "valid_from": AS_OF,
                "valid_to": FOREVER,
                "previous_rm_id": previous,
                "unit_id": self.home[customer],
                "tier": self.tier[customer],
                "required_hours": micro(self.chance.randrange(20, 130) * 10**6),
                "distance_km": micro(self.chance.randrange(100_000, 22_000_000)),
                "value": money(self.chance.randrange(10_000_00, 9_000_000_00)),
                "cost": self.chance.randrange(1, 5000),
                "reason": reason,
            }
            rows.append(row)
            if rm_id and at % 5 == 0:
                self.assist_of[customer] = self.rm_ids[(self.rm_ids.index(rm_id) + 1) % self.rms]
                row["share"] = micro(700_000)
                rows.append(
                    {
                        **row,
                        "rm_id": self.assist_of[customer],
                        "role": "assist",
                        "share": micro(300_000),
                        "value": money(0),
                        "required_hours": micro(0),
                    }
                )
        self.tables["assign"] = rows
        moved = [row for row in rows if row["reason"] == "moved" and row["role"] == "lead"]
        summary: list[Row] = []
        for plan, stretch in (("proposed", 100), ("today", 163), ("by_unit", 131), ("alphabetical", 412)):
            own = plan == "proposed"
            summary.append(
                {
                    "part": "",
                    "plan": plan,
                    "customers": self.customers,
                    "rms": self.rms,
                    "objective": 8_412_337 * stretch // 100,
                    "lower_bound": 8_401_102 if own else None,
                    "gap": micro(1_337) if own else None,
                    "moved_customers": len(moved) if own else None,
                    "moved_value": sum((Decimal(str(row["value"])) for row in moved), Decimal("0.00")) if own else None,
                    "fairness_before": micro(412_345) if own else None,
                    "fairness_after": micro(101_222 * stretch // 100),
                    "load_spread": micro(88_100 * stretch // 100),
                    "mean_distance_km": micro(9_412_000 * stretch // 100),
                    "pooled_customers": 8,
                    "overloaded_rms": 0 if own else stretch // 50,
                    "method": "exact" if own else plan,
                }
            )
        summary.append({**summary[0], "part": "corporate"})
        self.tables["assign_summary"] = summary
