"""Why less or more is paid out than is payable: what an RM owed before a period, and what after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from kejing.policy import Labels, Pack, Type
from kejing.policy.exact import Figure
from kejing.stages.earn.origin import quoted
from kejing.warehouse.protocol import Engine


def with_set_off(engine: Engine, pack: Pack, row: Mapping[str, Any], payable: Figure) -> Figure:
    """What is paid out, as what is payable and the change of the balance owed; ``payable`` alone where nothing is.

    Notes
    -----
    ``paid_out = payable - owed before + owed after``: a balance that falls is set against pay, one that rises is pay
    below zero that is asked for later.
    """
    paid_out, after = Fraction(row["paid_out"]), Fraction(row["receivable"])
    before = Fraction(row["payable"]) + after - paid_out
    if not before and not after:
        return payable
    earlier = engine.fetch(
        "SELECT s.period FROM settlement AS s JOIN run_periods AS p ON p.period = s.period"
        " JOIN run_periods AS n ON p.period_start < n.period_start"
        f" WHERE s.rm_id = {quoted(row['rm_id'])} AND n.period = {quoted(row['period'])}"
        " ORDER BY p.period_start DESC LIMIT 1"
    ).to_pylist()
    whence = (f"{earlier[0]['period']} 末", f"after {earlier[0]['period']}") if earlier else _FROM_LEDGER
    change = after - before
    name, zh, en = _RISES if change > 0 else _FALLS
    balance = replace(
        _money(pack, name, zh, en, change),
        children=(
            _money(pack, "owed_before", f"减:此前所欠({whence[0]})", f"less owed before ({whence[1]})", -before),
            _money(pack, "owed_after", "加:此后仍欠", "plus owed afterwards", after),
        ),
    )
    zh, en = "实际发放 = 本期应付 − 此前所欠 + 此后仍欠", "paid out = payable − owed before + owed afterwards"
    return replace(_money(pack, "paid_out", zh, en, paid_out), key=payable.key, children=(payable, balance))


_FROM_LEDGER = ("台账往年结转", "carried from earlier fiscal years in the ledger")
_FALLS = ("set_off", "减:与所欠余额相抵", "less set against the balance owed")
_RISES = ("carried_forward", "加:低于零的部分转为所欠余额", "plus below zero, owed from now on")


def _money(pack: Pack, name: str, zh: str, en: str, value: Fraction) -> Figure:
    return Figure(name, Labels(zh, en), value, Type.MONEY, unit=pack.currency)
