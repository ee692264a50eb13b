"""The proof beside the plan: pairs, prices, plan and bound as files that anybody can check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from kejing.stages.deploy.assign.instance import NO_LIMIT, PRICE_SCALE
from kejing.stages.deploy.assign.options import option_table
from kejing.warehouse.store import write_parquet

if TYPE_CHECKING:
    from kejing.stages.deploy.assign.books import Books

FORMAT = "kejing-certificate/1"


def write_certificate(folder: Path, books: Books) -> None:
    """Write the certificate of a plan into ``folder``.

    ``pairs`` has one row per eligible pair, ``rms`` limits and prices of the RM rows, ``budgets`` those of
    the rows over all RMs, ``plan`` the chosen RM of each decision, ``members`` the customers of each
    decision; ``options`` is for explanations and proves nothing. RM number -1 is the pool.
    """
    instance = books.instance
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in _tables(books).items():
        write_parquet(table, folder / f"{name}.parquet")
    statement = {
        "format": FORMAT,
        "price_scale": PRICE_SCALE,
        "resources": [
            {
                "name": name,
                "low_penalty": int(instance.low_penalty[index]),
                "high_penalty": int(instance.high_penalty[index]),
            }
            for index, name in enumerate(instance.resources)
        ],
        "implied": [{"name": row.name, "of": row.of, "at_least": row.at_least} for row in instance.implied],
        "decisions": len(instance.decisions),
        "pairs": instance.pairs,
        "objective": books.measured.cost,
        "lower_bound": books.bound,
    }
    text = json.dumps(statement, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "certificate.json").write_text(text, encoding="utf-8")


def _tables(books: Books) -> dict[str, pa.Table]:
    instance, decisions, choice, prices = books.instance, books.decisions, books.choice, books.prices
    customers = books.book.customers.ids
    owner = np.repeat(np.arange(len(decisions.ids)), np.diff(decisions.first))
    number = np.append(np.arange(len(instance.rms)), -1)
    pairs = {"decision": instance.owner, "rm": number[instance.rm], "cost": instance.cost}
    pairs |= {f"use_{name}": instance.use[:, index] for index, name in enumerate(instance.resources)}
    pairs |= {f"draw_{index}": instance.draw[:, index] for index in range(len(instance.budgets))}
    rms: dict[str, object] = {
        "rm": pa.array(np.arange(len(instance.rms))),
        "rm_id": pa.array(instance.rms, pa.string()),
    }
    for index, name in enumerate(instance.resources):
        rms[f"low_{name}"] = pa.array(instance.low[:, index], mask=instance.low[:, index] <= -NO_LIMIT)
        rms[f"high_{name}"] = pa.array(instance.high[:, index], mask=instance.high[:, index] >= NO_LIMIT)
        rms[f"low_price_{name}"] = pa.array(prices.low[:, index])
        rms[f"high_price_{name}"] = pa.array(prices.high[:, index])
    budgets = {
        "budget": pa.array(np.arange(len(instance.budgets))),
        "name": pa.array(instance.budgets, pa.string()),
        "cap": pa.array(instance.cap),
        "penalty": pa.array(instance.cap_penalty),
        "price": pa.array(prices.cap),
    }
    plan = {
        "decision": pa.array(np.arange(len(instance.decisions))),
        "decision_id": pa.array(instance.decisions, pa.string()),
        "rm": pa.array(number[instance.rm[choice]]),
    }
    members = {
        "customer_id": pa.array([customers[member] for member in decisions.members], pa.string()),
        "decision": pa.array(owner),
        "decision_id": pa.array([decisions.ids[one] for one in owner], pa.string()),
    }
    return {
        "pairs": pa.table({name: pa.array(values) for name, values in pairs.items()}),
        "rms": pa.table(rms),
        "budgets": pa.table(budgets),
        "plan": pa.table(plan),
        "members": pa.table(members),
        "options": option_table(books, prices),
    }
