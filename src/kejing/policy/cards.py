"""Rate cards: coefficients multiplied out as exact fractions, rounded once, joined by the engine."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.policy.formula.lookup import card_inputs
from kejing.policy.pack import Pack
from kejing.policy.problems import UnknownPolicyNameError
from kejing.policy.tables import DecisionTable, TableColumn
from kejing.policy.vocabulary import Type


@dataclass(frozen=True, slots=True)
class RateCard:
    """A compiled card.

    ``rows`` are ``(code…, valid_from, valid_to, factor)``, the codes in the order of ``columns`` and the
    factor a whole number of ``10^-scale``; half-open periods that do not overlap.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    scale: int

    @property
    def digest(self) -> str:
        """SHA-256 over columns, scale and rows."""
        rows = [[*row[:-3], str(row[-3]), str(row[-2]), row[-1]] for row in self.rows]
        text = json.dumps([self.columns, self.scale, rows], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def as_arrow(self) -> pa.Table:
        """The rows with columns ``<input>…, valid_from, valid_to, micro``."""
        fields = [
            pa.field(name, pa.bool_() if any(isinstance(row[place], bool) for row in self.rows) else pa.string())
            for place, name in enumerate(self.columns)
        ]
        dated = [pa.field("valid_from", pa.date32()), pa.field("valid_to", pa.date32()), pa.field("micro", pa.int64())]
        schema = pa.schema(fields + dated)
        columns = list(zip(*self.rows, strict=True)) if self.rows else [()] * len(schema)
        arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


def compile_card(pack: Pack, name: str) -> RateCard:
    """Card ``name`` for every combination of codes and every stretch of days.

    A combination that some table says nothing of has no row; the checker reports it as a gap of the table.

    Raises
    ------
    UnknownPolicyNameError
        The pack has no such card.
    """
    if name not in pack.rate_cards:
        raise UnknownPolicyNameError(kind="rate_card", name=name, pack=pack.name)
    card = pack.rate_cards[name]
    columns = card_inputs(card, pack)
    tables = [pack.tables[table] for table in card.tables]
    rows: list[tuple[object, ...]] = []
    domains = [_domain(column, pack) for column in columns]
    slices = list(_slices(tables))
    factors = [[_factors(table, pack, start) for table in tables] for start, _ in slices]
    for codes in itertools.product(*domains):
        inputs = dict(zip((column.name for column in columns), codes, strict=True))
        rows += _merged(codes, slices, [_product(tables, by_table, inputs) for by_table in factors], card.decimals)
    return RateCard(name, tuple(column.name for column in columns), tuple(rows), card.decimals)


def _domain(column: TableColumn, pack: Pack) -> list[str | bool]:
    return [False, True] if column.type is Type.FLAG else list(pack.code_lists[column.codes or ""])


def _slices(tables: list[DecisionTable]) -> Iterator[tuple[dt.date, dt.date]]:
    """Stretches of days over which no table changes."""
    starts = sorted({start for table in tables for start in table.slice_starts()})
    yield from zip(starts, [*starts[1:], LAST_DAY], strict=True)


def _factors(table: DecisionTable, pack: Pack, day: dt.date) -> dict[tuple[object, ...], Fraction]:
    """What one table says on a day, by its own inputs."""
    output = next(iter(table.outputs))
    said: dict[tuple[object, ...], Fraction] = {}
    for codes in itertools.product(*(_domain(column, pack) for column in table.inputs.values())):
        factor = table.decide(day, dict(zip(table.inputs, codes, strict=True))).get(output)
        if isinstance(factor, Fraction):
            said[codes] = factor
    return said


def _product(
    tables: list[DecisionTable], factors: list[dict[tuple[object, ...], Fraction]], inputs: dict[str, str | bool]
) -> Fraction | None:
    product = Fraction(1)
    for table, by_codes in zip(tables, factors, strict=True):
        factor = by_codes.get(tuple(inputs[column] for column in table.inputs))
        if factor is None:
            return None
        product *= factor
    return product


def _merged(
    codes: tuple[str | bool, ...],
    slices: list[tuple[dt.date, dt.date]],
    products: list[Fraction | None],
    decimals: int,
) -> list[tuple[object, ...]]:
    """Rows of one combination; neighbouring stretches with the same factor become one."""
    rows: list[tuple[object, ...]] = []
    for (start, end), product in zip(slices, products, strict=True):
        if product is None:
            continue
        factor = round_fraction(product, decimals)
        if rows and rows[-1][-2] == start and rows[-1][-1] == factor:
            rows[-1] = (*codes, rows[-1][-3], end, factor)
        else:
            rows.append((*codes, start, end, factor))
    return rows
