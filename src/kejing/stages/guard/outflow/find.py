"""Find the customers whose balance fell below its own norm, with the days that show it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from kejing.measure.money import minor_digits
from kejing.measure.rounding import round_fraction
from kejing.stages.guard.outflow.rules import OutflowRule
from kejing.stages.rule_file import day_literal, run_rules
from kejing.warehouse.protocol import Engine

_PACKAGE = "kejing.stages.guard.outflow"
_DAY = dt.timedelta(days=1)
_SHOWN = """
SELECT b.customer_id, b.currency, b.day, b.balance
FROM outflow_balance AS b JOIN outflow AS o ON o.customer_id = b.customer_id AND o.currency = b.currency
ORDER BY b.customer_id, b.currency, b.day
"""


@dataclass(frozen=True, slots=True)
class Outflow:
    """Money leaving a customer in one currency; all amounts in minor units.

    Attributes
    ----------
    norm_minor
        Mean balance of the norm's days, rounded half up.
    before_minor, now_minor
        Balance on the last day before the window, and on the newest day of it.
    fall_micro
        1 - now / norm, exactly, rounded once [millionths].
    balances
        Every day of norm and window with its balance, in order: the evidence.
    """

    customer_id: str
    currency: str
    rule_id: str
    norm_minor: int
    before_day: dt.date
    before_minor: int
    now_day: dt.date
    now_minor: int
    fall_micro: int
    balances: tuple[tuple[dt.date, int], ...]


def find_outflows(engine: Engine, rule: OutflowRule, day: dt.date, *, home_currency: str) -> list[Outflow]:
    """Outflows by ``rule`` on ``day``, ordered by customer and currency.

    Parameters
    ----------
    engine
        With the relations ``daily_balances`` and ``products``.
    home_currency
        Currency of the rule's least norm; balances in other currencies have no least norm.

    Notes
    -----
    A customer is found once the line ``norm * (1 - fall)`` was crossed within the window: above it on the last day
    before, at or below it on the newest day. Days without a row count for nothing.
    """
    window = day - rule.days * _DAY
    kept = 1 - rule.fall
    run_rules(
        engine,
        _PACKAGE,
        "outflow.sql",
        {
            "DAY": day_literal(day),
            "WINDOW": day_literal(window),
            "NORM": day_literal(window - rule.norm_days * _DAY),
            "BUSINESS_TYPE": "'" + rule.business_type.replace("'", "''") + "'",
            "KEPT": str(kept.numerator),
            "WHOLE": str(kept.denominator),
        },
    )
    days: dict[tuple[str, str], list[tuple[dt.date, int]]] = defaultdict(list)
    for row in engine.fetch(_SHOWN).to_pylist():
        days[row["customer_id"], row["currency"]].append((row["day"], int(row["balance"])))
    found = []
    for row in engine.fetch("SELECT * FROM outflow ORDER BY customer_id, currency").to_pylist():
        norm = Fraction(int(row["total"]), int(row["days"]))
        if row["currency"] == home_currency and norm < rule.least_norm * 10 ** minor_digits(home_currency):
            continue
        found.append(
            Outflow(
                customer_id=row["customer_id"],
                currency=row["currency"],
                rule_id=rule.rule_id,
                norm_minor=round_fraction(norm, 0),
                before_day=row["before_day"],
                before_minor=int(row["before_balance"]),
                now_day=row["now_day"],
                now_minor=int(row["now_balance"]),
                fall_micro=round_fraction(1 - int(row["now_balance"]) / norm, 6),
                balances=tuple(days[row["customer_id"], row["currency"]]),
            )
        )
    return found
