"""The order of the checks, on one screen."""

from __future__ import annotations

from collections.abc import Sequence

from kejing.facts.checks.coverage import check_covered_dates, check_leads, check_team_shares, normalise_weights
from kejing.facts.checks.currencies import AMOUNTS, check_rates
from kejing.facts.checks.customers import check_closed_before_opened, check_income_dates, check_negative_balances
from kejing.facts.checks.docket import Docket
from kejing.facts.checks.intervals import check_intervals, check_overlaps
from kejing.facts.checks.keys import check_duplicates
from kejing.facts.checks.references import ID_TABLES, check_groups, check_references, note_ids
from kejing.facts.checks.stored import check_stored
from kejing.facts.checks.units import check_unit_cycles, check_unit_parents, check_unit_roots
from kejing.facts.checks.values import check_values
from kejing.facts.convert.feed_sql import stored_columns
from kejing.facts.mapping import ShareNotation
from kejing.facts.schema import FactTable


def check_table(docket: Docket, table: FactTable, *, is_fed: bool) -> None:
    """Check the new rows of ``table`` by themselves, against one another and against the tables before it.

    Makes ``ok_<table>`` (rows that go in), ``bad_<table>``, ``gone_<table>`` and ``cur_<table>`` (the table as
    known after the import; rows already stored have ``fn`` 0).
    """
    _open(docket, table)
    if is_fed:
        for check in (check_values, check_duplicates, check_stored):
            check(docket, table)
            docket.settle(table.name)
        if table.name != "units":
            check_references(docket, table)
        check_intervals(docket, table)
        if table.name == "customers":
            check_closed_before_opened(docket)
        docket.settle(table.name)
        check_overlaps(docket, table)
        docket.settle(table.name)
        if table.name == "coverage":
            for check_team in (check_leads, check_team_shares):
                check_team(docket)
                docket.settle(table.name)
        if table.name == "units":
            check_unit_cycles(docket)
            docket.settle(table.name)
    if table.name in ID_TABLES:
        note_ids(docket, table)
    if table.name == "units" and is_fed:
        while check_unit_parents(docket):
            docket.settle(table.name)
            note_ids(docket, table)
        check_unit_roots(docket)
    if table.name == "customers" and is_fed:
        check_groups(docket)


def check_across(docket: Docket, tables: Sequence[str]) -> None:
    """Find what is doubtful between the tables; nothing is rejected here."""
    if "coverage" in tables:
        check_covered_dates(docket)
    if "income" in tables:
        check_income_dates(docket)
    if "balances" in tables:
        check_negative_balances(docket)
    check_rates(docket, [name for name in tables if name in AMOUNTS])


def _open(docket: Docket, table: FactTable) -> None:
    engine, name = docket.engine, table.name
    engine.run_script(f"CREATE OR REPLACE TABLE gone_{name} (fn INTEGER, rn BIGINT, why VARCHAR)")
    engine.run_script(f"CREATE OR REPLACE TABLE changed_{name} (fn INTEGER, rn BIGINT)")
    if name == "coverage":
        weighed = [
            feed.number
            for feed in docket.feeds.values()
            if feed.table is table and "share" in feed.rules and feed.rules["share"].notation is ShareNotation.WEIGHT
        ]
        normalise_weights(docket, weighed)
    docket.settle(name)
    columns = ", ".join(stored_columns(table))
    key = ", ".join(table.key)
    engine.create_view(
        f"cur_{name}",
        f"SELECT fn, rn, {columns} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY {key} "
        "ORDER BY known_at DESC) AS nth "
        f"FROM (SELECT fn, rn, {columns}, known_at, voided FROM ok_{name} UNION ALL "
        f"SELECT 0, source_row, {columns}, known_at, voided FROM st_{name})) WHERE nth = 1 AND NOT voided",
    )
