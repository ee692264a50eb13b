"""Whether rate cards can be multiplied out."""

from __future__ import annotations

from kejing.measure.findings import Finding
from kejing.policy.cells import Anything, Is, OneOf
from kejing.policy.pack import Pack
from kejing.policy.parts import RateCardRule
from kejing.policy.problems import nearest, problem
from kejing.policy.tables import DecisionTable, Hit, TableColumn
from kejing.policy.vocabulary import NUMERIC, Type


def check_cards(pack: Pack) -> list[Finding]:
    """What is wrong with the cards of ``pack``."""
    found: list[Finding] = []
    for card in pack.rate_cards.values():
        found += _check_card(card, pack)
    return found


def _check_card(card: RateCardRule, pack: Pack) -> list[Finding]:
    found = []
    columns: dict[str, TableColumn] = {}
    for index, name in enumerate(card.tables):
        place = pack.layer.rate_cards.place((card.name, "tables", index), name)
        if name not in pack.tables:
            found.append(problem("card_unknown_table", place, card=card.name, nearest=nearest(name, pack.tables)))
            continue
        table = pack.tables[name]
        if not multiplies_out(table):
            found.append(problem("card_not_equality", place, card=card.name, table=name))
        for column in table.inputs.values():
            known = columns.setdefault(column.name, column)
            if (known.type, known.codes) != (column.type, column.codes):
                facts = {"card": card.name, "column": column.name}
                found.append(problem("card_columns_differ", place, **facts))
    if card.name in pack.tables:
        found.append(problem("name_taken", card.place, name=card.name, grain="tables.yaml"))
    return found


def multiplies_out(table: DecisionTable) -> bool:
    """Whether a table can stand in a card: words and flags in, one number out, one rule at a time."""
    one_number = len(table.outputs) == 1 and next(iter(table.outputs.values())).type in NUMERIC
    words = all(_has_domain(column) for column in table.inputs.values())
    equality = all(isinstance(cell, Anything | OneOf | Is) for row in table.rows for cell in row.cells.values())
    return one_number and words and equality and table.hit in {Hit.UNIQUE, Hit.FIRST}


def _has_domain(column: TableColumn) -> bool:
    return column.type is Type.FLAG or (column.type is Type.TEXT and column.codes is not None)
