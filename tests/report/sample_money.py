"""What follows pay in a made-up run: instalments and a settlement that tie to it, proposals of a grade review."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal

from kejing.measure.share import largest_remainder
from tests.report.sample_books import Row, money


def settled(totals: Sequence[Row]) -> dict[str, list[Row]]:
    """Tables ``instalment`` and ``settlement`` of some ``pay_total`` rows: three parts, nothing held or taken back."""
    instalments: list[Row] = []
    settlements: list[Row] = []
    for total in totals:
        deferred = int(Decimal(str(total["deferred"])) * 100)
        who = {name: total[name] for name in ("period", "rm_id", "unit_id")}
        for number, part in largest_remainder(deferred, {1: 1, 2: 1, 3: 1}).items():
            instalments.append(
                {
                    **who,
                    "number": number,
                    "vests_on": dt.date(2027 + number, 1, 1),
                    "amount": money(part),
                    "cancelled": money(part if number == 3 else 0),
                    "state": "cancelled" if number == 3 else "unvested",
                    "is_carried": False,
                    "policy_clause": "deferral#risk_bearing@2000-01-01",
                }
            )
        payable = {"payable": total["paid_now"], "paid_out": total["paid_now"], "receivable": money(0)}
        nothing = dict.fromkeys(("held", "released", "vested", "recovered"), money(0))
        settlements.append({**who, "gross": total["gross"], "deferred": total["deferred"], **nothing, **payable})
    return {"instalment": instalments, "settlement": settlements}


def reviewed(totals: Sequence[Row]) -> dict[str, list[Row]]:
    """Table ``grade_review`` of the RMs of some ``pay_total`` rows, verdicts in turn."""
    part = {
        "part": 1,
        "figure": "points",
        "measure": "",
        "comparison": ">=",
        "threshold": "90",
        "times": 3,
        "over": 4,
        "in_a_row": False,
        "values": {"2026-Q1": "95.5", "2026-Q2": "91"},
    }
    evidence = json.dumps({"rule": "promote", "parts": [part]})
    verdicts = ("promote", "keep", "demote", "watch", "exit")
    rows: list[Row] = []
    for at, total in enumerate(totals):
        verdict = verdicts[at % len(verdicts)]
        proposed = {"promote": "senior", "demote": "junior", "exit": ""}.get(verdict, "middle")
        rows.append(
            {
                **{name: total[name] for name in ("period", "rm_id", "unit_id")},
                "grade": "middle",
                "proposed_grade": proposed,
                "verdict": verdict,
                "rule_id": "" if verdict == "keep" else verdict,
                "effective_on": dt.date(2027, 1, 1) if verdict in {"promote", "demote", "exit"} else None,
                "evidence": "" if verdict == "keep" else evidence,
                "appeal": "open" if verdict == "demote" else "",
            }
        )
    return {"grade_review": rows}
