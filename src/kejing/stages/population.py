"""Who the run is about: the policy's customers and RMs, its periods, the unit tree and exchange rates.

Writes ``customer_now``, ``customer_scope``, ``rm_now``, ``rm_period``, ``period``, ``unit_tree`` and ``fx``,
which every stage may read.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from kejing.measure.money import MINOR_DIGITS, minor_digits
from kejing.stages.context import StageContext
from kejing.stages.rule_file import day_literal, run_rules


def prepare(context: StageContext) -> None:
    """Create the relations that say who and when.

    Notes
    -----
    ``rm_period`` has one row per period and RM in force on any day of it: attributes of the last
    day in force, ``service_days`` = days in force less absences, ``period_days``.
    ``fx`` holds ``amount * rate_num / rate_den`` into the policy's currency, in minor units.
    """
    engine = context.engine
    population = context.policy.population
    kinds = pa.array(sorted(population.customer_kinds), pa.string())
    lines = pa.array(sorted(population.rm_lines), pa.string())
    engine.attach_arrow("population_kind", pa.table({"kind": kinds}))
    engine.attach_arrow("population_line", pa.table({"line": lines}))
    engine.attach_arrow("period", _periods(context))
    engine.attach_arrow("currency_digits", _currency_digits(context.policy.currency))
    year = context.year
    values = {
        "AS_OF": day_literal(context.as_of),
        "YEAR_START": day_literal(year.start),
        "NEXT_DAY": day_literal(context.as_of + dt.timedelta(days=1)),
        "CURRENCY": f"'{context.policy.currency}'",
    }
    run_rules(engine, "kejing.stages", "population.sql", values)
    _unit_tree(context)


def list_directory(context: StageContext) -> None:
    """Create relation ``directory``: names and places beside the codes of the run."""
    degrees = "CAST({0}.lat * 1000000 AS $BIGINT) AS lat, CAST({0}.lon * 1000000 AS $BIGINT) AS lon"
    parts = [
        (
            "SELECT 'customer' AS kind, c.customer_id AS id, c.name, CAST(NULL AS $TEXT) AS line, c.unit_id, "
            f"{degrees.format('c')} FROM customer_now AS c"
        ),
        f"SELECT 'rm' AS kind, r.rm_id AS id, r.name, r.line, r.unit_id, {degrees.format('r')} FROM rm_now AS r",
        (
            "SELECT 'unit' AS kind, u.unit_id AS id, u.name, CAST(NULL AS $TEXT) AS line, u.parent_id AS unit_id, "
            f"{degrees.format('u')} FROM unit_now AS u"
        ),
    ]
    context.engine.create("directory", " UNION ALL ".join(parts))


def _periods(context: StageContext) -> pa.Table:
    rows = [
        {"period": name, "period_start": period.start, "period_end": period.end, "period_days": period.days}
        for name, period in context.periods
    ]
    schema = pa.schema(
        [
            ("period", pa.string()),
            ("period_start", pa.date32()),
            ("period_end", pa.date32()),
            ("period_days", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _currency_digits(home: str) -> pa.Table:
    """Factors that bring minor units of each currency to those of the policy's currency."""
    home_digits = minor_digits(home)
    rows = [
        {
            "currency": currency,
            "up": 10 ** max(0, home_digits - digits),
            "down": 10 ** max(0, digits - home_digits),
        }
        for currency, digits in sorted(MINOR_DIGITS.items())
    ]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([("currency", pa.string()), ("up", pa.int64()), ("down", pa.int64())])
    )


def _unit_tree(context: StageContext) -> None:
    """Every unit with each of its ancestors, itself included, as of the run's day.

    The tree is a handful of levels; it is walked level by level in SQL because recursion is
    outside the portable subset.
    """
    engine = context.engine
    engine.create("unit_tree", "SELECT unit_id, unit_id AS ancestor_id, CAST(0 AS $BIGINT) AS steps FROM unit_now")
    for step in range(1, 64):
        engine.create(
            "unit_step",
            f"""
            SELECT t.unit_id, u.parent_id AS ancestor_id, CAST({step} AS $BIGINT) AS steps
            FROM unit_tree AS t JOIN unit_now AS u ON u.unit_id = t.ancestor_id
            WHERE t.steps = {step - 1} AND u.parent_id IS NOT NULL
            """,
        )
        if not engine.value("SELECT COUNT(*) FROM unit_step"):
            break
        engine.create("unit_tree_more", "SELECT * FROM unit_tree UNION ALL SELECT * FROM unit_step")
        engine.create("unit_tree", "SELECT * FROM unit_tree_more")
