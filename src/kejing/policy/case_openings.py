"""Opening balances of a case: what PREVIOUS finds before the first row."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from kejing.measure.findings import Finding
from kejing.policy.build import value_of
from kejing.policy.formula.binding import Binding
from kejing.policy.literals import NotAValueError, Value
from kejing.policy.parts import Case
from kejing.policy.problems import nearest, problem
from kejing.policy.sql.across import opening_relation
from kejing.policy.vocabulary import Grain, Type

OPENING = "opening"
"""Rows of a case that stand beside those of the grains: ``item``, the key without time, ``amount``."""

type Openings = Mapping[tuple[str, tuple[object, ...], str], Value]


def read_openings(
    binding: Binding, case: Case, findings: list[Finding]
) -> dict[tuple[str, tuple[object, ...], str], Value]:
    """Opening balances by grain, key without time, and formula; what is wrong with them becomes findings."""
    read: dict[tuple[str, tuple[object, ...], str], Value] = {}
    for index, row in enumerate(case.given.get(OPENING, ())):
        item = str(row.get("item", ""))
        formula = binding.pack.formulas.get(item)
        place = case.place_of("given", OPENING, index)
        grain = binding.vocabulary[formula.over] if formula is not None else None
        if formula is None or grain is None or not grain.sequence or formula.type is not Type.MONEY:
            known = [name for name, one in binding.pack.formulas.items() if one.type is Type.MONEY]
            facts = {"case": case.name, "name": item, "nearest": nearest(item, known)}
            findings.append(problem("case_unknown_name", place, **facts))
            continue
        amount = _amount(row.get("amount"))
        if amount is None or (amount * 10**binding.pack.minor_digits).denominator != 1:
            place = case.place_of("given", OPENING, index, "amount")
            findings.append(problem("case_bad_value", place, case=case.name, name="amount", type=Type.MONEY))
            continue
        read[grain.name, tuple(str(row.get(column)) for column in grain.lasting), item] = amount
    return read


def _amount(raw: object) -> Fraction | None:
    if not isinstance(raw, str | int | Decimal):
        return None
    try:
        value = value_of(raw, Type.MONEY)
    except NotAValueError:
        return None
    return value if isinstance(value, Fraction) else None


def opening_tables(binding: Binding, openings: Openings) -> dict[str, pa.Table]:
    """Opening balances as the relations that compiled sheets read, one for each grain that has time."""
    tables = {}
    for grain in binding.vocabulary:
        if grain.sequence:
            tables[opening_relation(grain.name)] = _table(binding, grain, openings)
    return tables


def _table(binding: Binding, grain: Grain, openings: Openings) -> pa.Table:
    minor = 10**binding.pack.minor_digits
    schema = pa.schema(
        [*((column, pa.string()) for column in grain.lasting), ("item", pa.string()), ("amount", pa.int64())]
    )
    rows = []
    for (name, key, item), value in openings.items():
        if name == grain.name:
            assert isinstance(value, Fraction)
            cells = zip(grain.lasting, key, strict=True)
            rows.append({**dict(cells), "item": item, "amount": int(value * minor)})
    return pa.Table.from_pylist(rows, schema=schema)
