"""Reviews through the fiscal year, scheme by scheme."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.measure.money import MINOR_DIGITS
from kejing.measure.period import LAST_DAY, add_months
from kejing.policy.cells import Anything, OneOf, Within
from kejing.stages.context import StageContext
from kejing.stages.decide.segment.settings import SchemeSettings, SegmentSettings
from kejing.stages.rule_file import day_literal, run_rules

_PACKAGE = "kejing.stages.decide.segment"
_BAND = pa.schema(
    [
        ("position", pa.int64()),
        ("rule_id", pa.string()),
        ("tier", pa.string()),
        ("is_word", pa.int64()),  # 0 a stretch of numbers, 1 a word, 2 anything
        ("word", pa.string()),
        ("low", pa.int64()),
        ("low_closed", pa.int64()),
        ("high", pa.int64()),
        ("high_closed", pa.int64()),
    ]
)
_OPEN = pa.schema(
    [
        ("customer_id", pa.string()),
        ("tier", pa.string()),
        ("reason", pa.string()),
        ("amount", pa.int64()),
        ("value_text", pa.string()),
        ("measured_from", pa.date32()),
        ("measured_to", pa.date32()),
        ("decided_by", pa.string()),
        ("distance", pa.int64()),
        ("valid_from", pa.date32()),
    ]
)


class TierLineError(KejingError):
    """A tier line is finer than the smallest step of its unit."""

    code = "segment.line_too_fine"


class NegatedCellError(KejingError):
    """A tier table says ``not(…)`` of words; tiers are told by the words they hold."""

    code = "segment.negated_cell"


def run(context: StageContext) -> None:
    """Create relation ``segment`` for every scheme of the policy.

    Notes
    -----
    A review on day *d* reads the measurements that ended by *d*; its tier holds from *d* to the next
    review that changes it. A customer without a measurement is ``unclassified`` and reported: never
    silently put into the lowest tier.
    """
    settings = SegmentSettings.model_validate(context.policy.section("segment"))
    parts = []
    for number, (name, scheme) in enumerate(sorted(settings.schemes.items())):
        context.progress("segment", number, len(settings.schemes))
        _run_scheme(context, name, scheme)
        context.engine.create(f"segment_of_{name}", _finished(context, scheme))
        parts.append(f"SELECT * FROM segment_of_{name}")
    context.engine.create("segment", " UNION ALL ".join(parts))
    _report(context, settings)
    context.progress("segment", len(settings.schemes), len(settings.schemes))


def review_days(context: StageContext, scheme: SchemeSettings) -> list[dt.date]:
    """The days of the fiscal year up to ``as_of`` on which tiers of ``scheme`` may change."""
    if scheme.review == "as_of":
        return [context.as_of]
    step = {"month": 1, "quarter": 3, "year": 12}[scheme.review]
    days = [add_months(context.year.start, months) for months in range(0, 12, step)]
    return [day for day in days if day <= context.as_of]


def unit_scale(unit: str) -> int:
    """Stored steps in one whole of ``unit``: minor units of a currency, millionths of anything else."""
    return int(10 ** MINOR_DIGITS.get(unit, 6))


def _run_scheme(context: StageContext, name: str, scheme: SchemeSettings) -> None:
    engine = context.engine
    engine.attach_arrow("segment_open", _OPEN.empty_table())
    done = pa.schema([("scheme", pa.string()), *_OPEN, ("valid_to", pa.date32())])
    engine.attach_arrow("segment_done", done.empty_table())
    for day in review_days(context, scheme):
        _review(context, scheme, day)
        run_rules(engine, _PACKAGE, "carry.sql", {"DAY": day_literal(day), "SCHEME": f"'{name}'"})
    engine.create("segment_final", _closing(name))
    if scheme.review != "as_of":
        _review(context, scheme, context.as_of)
        engine.create("segment_shadow", "SELECT customer_id, tier FROM review_now")


def _closing(name: str) -> str:
    columns = (
        "customer_id, tier, reason, amount, value_text, measured_from, measured_to, decided_by, distance, valid_from"
    )
    return f"""
        SELECT scheme, {columns}, valid_to FROM segment_done
        UNION ALL
        SELECT '{name}' AS scheme, {columns}, {day_literal(LAST_DAY)} AS valid_to FROM segment_open
    """


def _review(context: StageContext, scheme: SchemeSettings, day: dt.date) -> None:
    bands = band_table(context, scheme, day)
    context.engine.attach_arrow("review_band", bands)
    edges = {edge for column in ("low", "high") for edge in bands.column(column).to_pylist() if edge is not None}
    context.engine.attach_arrow("review_edge", pa.table({"edge": pa.array(sorted(edges), pa.int64())}))
    context.engine.create("review_rate", _rates(scheme.unit, day))
    hold = _micro(context, scheme.hold, day)
    values = {
        "DAY": day_literal(day),
        "WINDOW_START": day_literal(add_months(day, -scheme.months)),
        "MEASURE": f"'{scheme.measure}'",
        "TAKEN": f"review_{scheme.take}",
        "ROLL_UP": "1" if scheme.roll_up == "group" else "0",
        "HOLD_MICRO": str(hold or -1),
    }
    run_rules(context.engine, _PACKAGE, "review.sql", values)


def _rates(unit: str, day: dt.date) -> str:
    """Factors from every unit into ``unit`` on ``day``: itself, a quoted rate, or a rate turned round."""
    if unit not in MINOR_DIGITS:
        return f"SELECT '{unit}' AS unit, CAST(1 AS $WIDE) AS num, CAST(1 AS $WIDE) AS den"
    on = day_literal(day)
    digits = MINOR_DIGITS[unit]
    up = " ".join(
        f"WHEN currency = '{code}' THEN {10 ** max(0, digits - own)}" for code, own in sorted(MINOR_DIGITS.items())
    )
    down = " ".join(
        f"WHEN currency = '{code}' THEN {10 ** max(0, own - digits)}" for code, own in sorted(MINOR_DIGITS.items())
    )
    return f"""
        SELECT currency AS unit, num * (CASE {up} ELSE 1 END) AS num, den * (CASE {down} ELSE 1 END) AS den
        FROM (
          SELECT currency, num, den, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY choice) AS place
          FROM (
            SELECT '{unit}' AS currency, CAST(1 AS $WIDE) AS num, CAST(1 AS $WIDE) AS den, 0 AS choice
            UNION ALL
            SELECT currency, CAST(rate AS $WIDE) AS num, CAST(100000000 AS $WIDE) AS den, 1 AS choice
            FROM fx_rates WHERE quote_currency = '{unit}' AND valid_from <= {on} AND valid_to > {on} AND rate > 0
            UNION ALL
            SELECT quote_currency AS currency, CAST(100000000 AS $WIDE) AS num, CAST(rate AS $WIDE) AS den, 2 AS choice
            FROM fx_rates WHERE currency = '{unit}' AND valid_from <= {on} AND valid_to > {on} AND rate > 0
          ) AS quoted
        ) AS chosen
        WHERE place = 1
    """


def band_table(context: StageContext, scheme: SchemeSettings, day: dt.date) -> pa.Table:
    """The rules of the scheme's table in force on ``day`` as rows that columns can be joined to.

    Raises
    ------
    TierLineError
        A line is finer than the smallest step of the unit.
    NegatedCellError
        A cell says which words a tier does not hold.
    """
    scale = unit_scale(scheme.unit)

    def steps(value: object) -> int | None:
        if value is None:
            return None
        assert isinstance(value, Fraction)
        scaled = value * scale
        if scaled.denominator != 1:
            raise TierLineError(table=scheme.table, value=value, unit=scheme.unit)
        return scaled.numerator

    rows: list[dict[str, object]] = []
    for position, rule in enumerate(context.policy.table(scheme.table).rows_on(day)):
        cell = rule.cells[scheme.input]
        row: dict[str, object] = {"position": position, "rule_id": rule.rule_id, "tier": rule.outputs[scheme.output]}
        if isinstance(cell, Within):
            for part in cell.intervals:
                bounds = {"low": steps(part.low), "high": steps(part.high)}
                closed = {"low_closed": int(part.low_closed), "high_closed": int(part.high_closed)}
                rows.append({**row, "is_word": 0, **bounds, **closed})
        elif isinstance(cell, OneOf) and cell.negated:
            raise NegatedCellError(table=scheme.table, rule=rule.rule_id, cell=cell)
        elif isinstance(cell, OneOf):
            rows.extend({**row, "is_word": 1, "word": word} for word in cell.words)
        elif isinstance(cell, Anything):
            rows.append({**row, "is_word": 2})
    return pa.Table.from_pylist(rows, schema=_BAND)


def _micro(context: StageContext, parameter: str | None, day: dt.date) -> int | None:
    if parameter is None:
        return None
    value = context.policy.parameter(parameter, day)
    assert isinstance(value, Fraction)
    return int(value * 1_000_000)


def _finished(context: StageContext, scheme: SchemeSettings) -> str:
    watch = _micro(context, scheme.watch, context.as_of)
    up = 10 ** (6 - MINOR_DIGITS.get(scheme.unit, 6))
    shadow = "LEFT JOIN segment_shadow AS s ON s.customer_id = f.customer_id" if scheme.review != "as_of" else ""
    shadow_tier = (
        f"CASE WHEN f.valid_to = {day_literal(LAST_DAY)} AND s.tier <> f.tier THEN s.tier END"
        if shadow
        else "CAST(NULL AS $TEXT)"
    )
    return f"""
        SELECT
          f.customer_id, f.scheme, f.tier, f.valid_from, f.valid_to,
          f.amount * {up} AS value, f.value_text, '{scheme.unit}' AS value_unit, f.measured_from, f.measured_to,
          f.decided_by, f.distance AS boundary_distance,
          COALESCE(f.distance <= {watch if watch is not None else -1}, FALSE) AS is_on_watch,
          {shadow_tier} AS shadow_tier, f.reason
        FROM segment_final AS f {shadow}
    """


def _report(context: StageContext, settings: SegmentSettings) -> None:
    """Count what a person should look at, scheme by scheme."""
    rows = context.engine.fetch(
        f"""
        SELECT scheme, reason, COUNT(*) AS customers
        FROM segment
        WHERE valid_to = {day_literal(LAST_DAY)} AND reason IN ('missing', 'no_rule')
        GROUP BY scheme, reason ORDER BY scheme, reason
        """
    ).to_pylist()
    for row in rows:
        scheme = settings.schemes[row["scheme"]]
        context.note(
            f"segment.{'measure_missing' if row['reason'] == 'missing' else 'no_rule'}",
            "segment",
            severity=Severity.WARNING,
            scheme=row["scheme"],
            measure=scheme.measure,
            table=scheme.table,
            count=row["customers"],
        )
    watched = context.engine.value(
        f"SELECT COUNT(*) FROM segment WHERE valid_to = {day_literal(LAST_DAY)} AND is_on_watch"
    )
    if watched:
        context.note("segment.on_watch", "segment", severity=Severity.INFO, count=watched)
