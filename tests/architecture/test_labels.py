"""Every table and column has a word in both languages."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from kejing.facts.schema import FACT_TABLES, FactTable
from kejing.stages.tables import OUT_TABLES, OutTable

TABLES: dict[str, FactTable | OutTable] = {
    **{f"fact {name}": table for name, table in FACT_TABLES.items()},
    **{f"output {name}": table for name, table in OUT_TABLES.items()},
}
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", TABLES)
def test_labels_stand_in_both_languages(name: str) -> None:
    """The Chinese label is Chinese, the English one is not, and neither is empty."""
    table = TABLES[name]
    for part in (table, *table.columns):
        assert HAN.search(part.zh), part.name
        assert part.en.strip(), part.name
        assert not HAN.search(part.en), part.name


@pytest.mark.parametrize("name", TABLES)
def test_labels_tell_columns_apart(name: str) -> None:
    """Two columns of one table never share a label: a workbook's header would be ambiguous."""
    for labels in ([column.zh for column in TABLES[name].columns], [column.en for column in TABLES[name].columns]):
        assert [label for label, count in Counter(labels).items() if count > 1] == []


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_columns(name: str) -> None:
    """A key names columns that the table has."""
    table = TABLES[name]
    assert table.key
    assert set(table.key) <= {column.name for column in table.columns}
