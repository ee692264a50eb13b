"""Who are our customers, and which tier is each in under which scheme?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import CellKind, Chart, Grid, Section
from kejing.report.charts import Series, butterfly
from kejing.report.read_run import Run, some, whole
from kejing.report.speech import Speech

UNCLASSIFIED = "unclassified"

# Members decided by their group's head carry the head's value: each deciding measure counts once.
_TIERS = """
SELECT n.scheme, n.tier, n.customers, v.value, v.units, v.value_unit
FROM (SELECT scheme, tier, COUNT(*) AS customers FROM segment_now GROUP BY scheme, tier) AS n
LEFT JOIN (
  SELECT scheme, tier, SUM(value) AS value,
    COUNT(DISTINCT value_unit) AS units, MAX(value_unit) AS value_unit
  FROM (
    SELECT scheme, tier, COALESCE(decided_by, customer_id) AS decider,
      MAX(value) AS value, MAX(value_unit) AS value_unit
    FROM segment_now WHERE value IS NOT NULL GROUP BY scheme, tier, COALESCE(decided_by, customer_id)
  ) AS deciders GROUP BY scheme, tier
) AS v ON v.scheme = n.scheme AND v.tier = n.tier
ORDER BY n.scheme, n.tier
"""

_WATCH = """
SELECT scheme, customer_id, {name} AS name, tier, value, value_text, value_unit, boundary_distance, reason
FROM segment_now AS s {join}
WHERE is_on_watch
ORDER BY ABS(boundary_distance), scheme, customer_id
LIMIT 50
"""

_SHADOW = """
SELECT scheme, tier, shadow_tier, COUNT(*) AS customers
FROM segment_now WHERE shadow_tier IS NOT NULL AND shadow_tier <> tier
GROUP BY scheme, tier, shadow_tier ORDER BY COUNT(*) DESC, scheme, tier, shadow_tier
"""


@dataclass(frozen=True, slots=True)
class TierLine:
    """One tier of one scheme; ``value`` is null where the scheme goes by grades or mixes units."""

    tier: str
    customers: int
    value: Decimal | None
    unit: str


def tier_lines(run: Run, speech: Speech) -> dict[str, list[TierLine]]:
    """Tiers of each scheme on the day, in the order of the policy's list, the unclassified last."""
    rows = run.fetch(_TIERS)
    schemes: dict[str, list[TierLine]] = {}
    for row in rows:
        one_unit = whole(row["units"]) == 1
        line = TierLine(
            str(row["tier"]),
            whole(row["customers"]),
            some(row["value"]) if one_unit else None,
            str(row["value_unit"]) if one_unit else "",
        )
        schemes.setdefault(str(row["scheme"]), []).append(line)
    for scheme, lines in schemes.items():
        lines.sort(key=_place(run, speech, scheme))
    return dict(sorted(schemes.items(), key=lambda item: speech.codes.rank(item[0], "scheme")))


def _place(run: Run, speech: Speech, scheme: str) -> Callable[[TierLine], tuple[bool, tuple[int, int, str]]]:
    """Sort key of the tiers of ``scheme``: the order of its list."""
    kind = run.policy.tier_list(scheme)
    return lambda line: (line.tier == UNCLASSIFIED, speech.codes.rank(line.tier, kind))


def build(run: Run, speech: Speech) -> Section:
    """Pyramid per scheme, watch list at the tier lines, differences to the shadow list."""
    title, question = speech.text("section.tiers"), speech.text("tiers.question")
    if not run.has("segment"):
        return Section("tiers", title, question, empty=speech.say("tiers.empty"))
    schemes = tier_lines(run, speech)
    answer = [_answer(speech, scheme, lines) for scheme, lines in schemes.items()]
    charts = [_pyramid(speech, scheme, lines) for scheme, lines in schemes.items()]
    watch, shadow = _watch(run, speech), _shadow(run, speech)
    notes = [speech.say("tiers.note_groups")]
    if watch is None:
        notes.append(speech.say("tiers.no_watch"))
    if shadow is None:
        notes.append(speech.say("tiers.no_shadow"))
    grids = [grid for grid in (watch, shadow) if grid is not None]
    return Section("tiers", title, question, answer=answer, charts=charts, grids=grids, notes=notes)


def _answer(speech: Speech, scheme: str, lines: list[TierLine]) -> Markup:
    customers = sum(line.customers for line in lines)
    top = lines[0]
    facts = {
        "scheme": speech.of_code(scheme, "scheme"),
        "customers": speech.numbers.count(customers),
        "tiers": speech.numbers.count(sum(line.tier != UNCLASSIFIED for line in lines)),
        "top": speech.of_tier(top.tier, scheme),
        "top_customers": speech.numbers.count(top.customers),
        "top_share": speech.numbers.percent(Fraction(top.customers, customers)),
    }
    value = sum((line.value or Decimal(0) for line in lines), Decimal(0))
    if top.value is None or value <= 0:
        return speech.say("tiers.answer_counts", **facts)
    unit = next(line.unit for line in lines if line.unit)
    return speech.say(
        "tiers.answer",
        value=speech.numbers.quantity(value, unit),
        top_value_share=speech.numbers.percent(Fraction(top.value) / Fraction(value)),
        **facts,
    )


def _pyramid(speech: Speech, scheme: str, lines: list[TierLine]) -> Chart:
    customers = sum(line.customers for line in lines)
    value = sum((line.value or Decimal(0) for line in lines), Decimal(0))
    labels = [speech.of_tier(line.tier, scheme) for line in lines]
    count_shares = [_share(line.customers, customers) for line in lines]
    value_shares = [None if line.value is None or value <= 0 else _share(line.value, value) for line in lines]
    numbers = speech.numbers
    notes = (
        [str(numbers.count(line.customers)) for line in lines],
        ["" if line.value is None else numbers.quantity(line.value, line.unit).striptags() for line in lines],
    )
    name = speech.of_code(scheme, "scheme")
    spec = butterfly(
        labels,
        Series(speech.text("tiers.customers_share"), count_shares, colour=0),
        Series(speech.text("tiers.value_share"), value_shares, colour=1),
        notes,
    )
    columns = [
        speech.column("segment", "tier"),
        speech.heading("tiers.customers", CellKind.COUNT),
        speech.heading("tiers.customers_share", CellKind.PERCENT),
        speech.heading("tiers.value", CellKind.NUMBER),
        speech.heading("tiers.unit"),
        speech.heading("tiers.value_share", CellKind.PERCENT),
    ]
    rows = [
        (label, line.customers, count, line.value, line.unit, share)
        for label, line, count, share in zip(labels, lines, count_shares, value_shares, strict=True)
    ]
    title = speech.text("tiers.chart", scheme=name)
    return Chart(f"tiers-{scheme}", title, spec, Grid(title, columns, rows), height=50 + 38 * len(lines))


def _share(part: Decimal | int, all_of: Decimal | int) -> Decimal:
    """A share to six digits, for drawing and reading only."""
    return (Decimal(part) / Decimal(all_of)).quantize(Decimal("0.000001"))


def _watch(run: Run, speech: Speech) -> Grid | None:
    total = whole(run.value_of("SELECT COUNT(*) FROM segment_now WHERE is_on_watch"))
    if total == 0:
        return None
    rows = [
        (
            speech.of_code(row["scheme"], "scheme"),
            str(row["customer_id"]),
            str(row["name"] or ""),
            speech.of_tier(row["tier"], str(row["scheme"])),
            some(row["value"]) if row["value"] is not None else str(row["value_text"] or ""),
            str(row["value_unit"] or ""),
            some(row["boundary_distance"]),
        )
        for row in run.fetch(run.with_customer_name(_WATCH, "s"))
    ]
    columns = [
        speech.column("segment", "scheme"),
        speech.column("segment", "customer_id", kind=CellKind.CODE),
        speech.heading("name"),
        speech.column("segment", "tier"),
        speech.column("segment", "value"),
        speech.column("segment", "value_unit"),
        speech.column("segment", "boundary_distance"),
    ]
    return speech.first_rows(speech.text("tiers.watch"), columns, rows, of=total, source="segment")


def _shadow(run: Run, speech: Speech) -> Grid | None:
    rows = [
        (
            speech.of_code(row["scheme"], "scheme"),
            speech.of_tier(row["tier"], str(row["scheme"])),
            speech.of_tier(row["shadow_tier"], str(row["scheme"])),
            whole(row["customers"]),
        )
        for row in run.fetch(_SHADOW)
    ]
    if not rows:
        return None
    columns = [
        speech.column("segment", "scheme"),
        speech.column("segment", "tier"),
        speech.column("segment", "shadow_tier"),
        speech.heading("tiers.customers", CellKind.COUNT),
    ]
    return speech.first_rows(speech.text("tiers.shadow"), columns, rows, of=len(rows), source="segment")
