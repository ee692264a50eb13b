"""Who covers whom, is the split fair, what moves, and how far is it from the best possible?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup

from kejing.report.blocks import Cell, CellKind, Chart, Grid, Section
from kejing.report.charts import Figure, Series, panels, ranked
from kejing.report.limits import CHART_ROWS
from kejing.report.read_run import POOL, Row, Run, decimal, some, whole
from kejing.report.sections import tradeoffs
from kejing.report.sections.book_map import book_map
from kejing.report.speech import Speech

_AFTER = """
SELECT rm_id, MAX(unit_id) AS unit_id, COUNT(*) AS customers, SUM(required_hours) AS hours, SUM(value) AS value,
  SUM(distance_km) AS km, COUNT(distance_km) AS placed,
  SUM(CASE WHEN previous_rm_id <> '' AND previous_rm_id <> rm_id THEN 1 ELSE 0 END) AS moved_in
FROM assign_now WHERE role = 'lead' GROUP BY rm_id ORDER BY rm_id
"""

_BEFORE = """
SELECT previous_rm_id AS rm_id, COUNT(*) AS customers, SUM(required_hours) AS hours, SUM(value) AS value
FROM assign_now WHERE role = 'lead' AND previous_rm_id IS NOT NULL AND previous_rm_id <> ''
GROUP BY previous_rm_id ORDER BY previous_rm_id
"""

_REASONS = """
SELECT reason, COUNT(*) AS customers, SUM(value) AS value
FROM assign_now WHERE role = 'lead' GROUP BY reason ORDER BY COUNT(*) DESC, reason
"""

_PLANS = "SELECT * FROM assign_summary WHERE part = '' ORDER BY plan"


@dataclass(frozen=True, slots=True)
class Book:
    """One RM's book under the proposed plan and, where there was one, before it."""

    rm_id: str
    unit_id: str
    customers: int
    hours: Decimal
    value: Decimal
    mean_km: Decimal | None
    moved_in: int
    before_customers: int
    before_hours: Decimal
    before_value: Decimal


def books(run: Run) -> list[Book]:
    """Books of all RMs who have or had one, by RM; the pool is left out."""
    after = {str(row["rm_id"]): row for row in run.fetch(_AFTER)}
    before = {str(row["rm_id"]): row for row in run.fetch(_BEFORE)}
    found = []
    for rm_id in sorted(after.keys() | before.keys()):
        if rm_id == POOL:
            continue
        now, then = after.get(rm_id, {}), before.get(rm_id, {})
        placed = whole(now.get("placed"))
        found.append(
            Book(
                rm_id,
                str(now.get("unit_id") or ""),
                whole(now.get("customers")),
                decimal(now.get("hours")),
                decimal(now.get("value")),
                decimal(now.get("km")) / placed if placed else None,
                whole(now.get("moved_in")),
                whole(then.get("customers")),
                decimal(then.get("hours")),
                decimal(then.get("value")),
            )
        )
    return found


def build(run: Run, speech: Speech) -> Section:
    """Load and value before and after, what moved, the bound, the baselines, the map."""
    title, question = speech.text("section.books"), speech.text("books.question")
    if not run.has("assign"):
        return Section("books", title, question, empty=speech.say("books.empty"))
    found = books(run)
    plans = {str(row["plan"]): row for row in run.fetch(_PLANS)} if run.has("assign_summary") else {}
    answer = [_answer(speech, found, run)]
    if "proposed" in plans:
        answer += _quality(speech, plans["proposed"])
    has_before = any(book.before_customers for book in found)
    charts = [
        _curve(speech, found, "hours", has_before=has_before),
        _curve(speech, found, "value", has_before=has_before),
    ]
    if len(plans) > 1:
        charts.append(_plans(speech, plans))
    steered, scarce = tradeoffs.curve(run, speech), tradeoffs.worth(run, speech)
    charts += [steered] if steered else []
    notes = [] if has_before else [speech.say("books.no_before")]
    drawn = book_map(run, speech)
    if drawn is None:
        notes.append(speech.say("books.no_map"))
    else:
        charts.append(drawn)
    return Section(
        "books",
        title,
        question,
        answer=answer,
        charts=charts,
        grids=[_rows(speech, found), _reasons(run, speech), *([scarce] if scarce else [])],
        notes=notes,
    )


def _answer(speech: Speech, found: list[Book], run: Run) -> Markup:
    numbers = speech.numbers
    pooled = whole(run.value_of(f"SELECT COUNT(*) FROM assign_now WHERE role = 'lead' AND rm_id = '{POOL}'"))
    held = [book for book in found if book.customers]
    value = sum((book.value for book in held), Decimal(0))
    customers = sum(book.customers for book in held)
    return speech.say(
        "books.answer",
        rms=numbers.count(len(held)),
        customers=numbers.count(customers),
        value=numbers.money(value),
        least=numbers.count(min((book.customers for book in held), default=0)),
        most=numbers.count(max((book.customers for book in held), default=0)),
        pooled=numbers.count(pooled),
    )


def _quality(speech: Speech, plan: Row) -> list[Markup]:
    """What moved, how fair it became, how far it is from the bound."""
    numbers = speech.numbers
    customers, moved = whole(plan["customers"]), whole(plan["moved_customers"])
    said = [
        speech.say(
            "books.moved",
            moved=numbers.count(moved),
            share=numbers.percent(Fraction(moved, customers) if customers else Fraction(0)),
            value=numbers.money(decimal(plan["moved_value"])),
        )
    ]
    before, after = some(plan["fairness_before"]), some(plan["fairness_after"])
    if after is not None:
        key = "books.fairness" if before is not None else "books.fairness_after"
        said.append(speech.say(key, before=numbers.decimals(before or Decimal(0), 3), after=numbers.decimals(after, 3)))
    gap = some(plan["gap"])
    if gap is not None:
        key = "books.gap" if gap else "books.optimal"
        methods = (speech.of_code(method, "solver") for method in str(plan["method"] or "").split("+"))
        said.append(speech.say(key, gap=numbers.percent(gap, 2), method=" + ".join(methods)))
    return said


def _curve(speech: Speech, found: list[Book], what: str, *, has_before: bool) -> Chart:
    after: list[Figure] = [getattr(book, what) for book in found if book.customers]
    before: list[Figure] = [getattr(book, f"before_{what}") for book in found if book.before_customers]
    series = [Series(speech.text("books.after"), after, colour=0)]
    if has_before:
        series.insert(0, Series(speech.text("books.before"), before, colour=1))
    unit = "hours" if what == "hours" else "money"
    kind = CellKind.SHORT if what == "hours" else CellKind.MONEY
    title = speech.text(f"books.chart_{what}")
    columns = [
        speech.heading("rank", CellKind.COUNT),
        *(speech.heading(f"books.{name}", kind) for name in ("before", "after")),
    ]
    ordered = [sorted((decimal(value) for value in values), reverse=True) for values in (before, after)]
    longest = max(len(values) for values in ordered)
    rows: list[tuple[Cell, ...]] = [
        (at + 1, *(values[at] if at < len(values) else None for values in ordered))
        for at in range(min(longest, CHART_ROWS))
    ]
    grid = Grid(title, columns, rows, total_rows=longest, source="assign")
    spec = ranked(series, unit=unit, rank_label=speech.text("books.rank"))
    return Chart(f"books-{what}", title, spec, grid, is_wide=False)


_MEASURES = (
    ("mean_distance_km", "km"),
    ("load_spread", "number"),
    ("fairness_after", "number"),
    ("overloaded_rms", "count"),
    ("objective", "count"),
)


def _plans(speech: Speech, plans: dict[str, Row]) -> Chart:
    """The plan beside the baselines; less is better on every panel."""
    order = sorted(plans, key=lambda plan: (plan != "proposed", plan != "today", plan))
    labels = [speech.of_code(plan, "plan") for plan in order]
    parts: list[tuple[str, str, list[Figure]]] = []
    for name, unit in _MEASURES:
        values: list[Figure] = [some(plans[plan][name]) for plan in order]
        if sum(value is not None for value in values) > 1:
            parts.append((speech.column("assign_summary", name).label, unit, values))
    names = [
        "moved_customers",
        "moved_value",
        "pooled_customers",
        "lower_bound",
        "gap",
        *(name for name, _ in _MEASURES),
    ]
    kinds = {"gap": CellKind.PERCENT}
    columns = [
        speech.column("assign_summary", "plan"),
        *(speech.column("assign_summary", name, kind=kinds.get(name)) for name in names),
    ]
    rows: list[tuple[Cell, ...]] = [
        (label, *(_cell(plans[plan][name]) for name in names)) for plan, label in zip(order, labels, strict=True)
    ]
    title = speech.text("books.chart_plans")
    return Chart("books-plans", title, panels(labels, parts), Grid(title, columns, rows), height=110 + 40 * len(order))


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, int | Decimal) else str(value)


def _rows(speech: Speech, found: list[Book]) -> Grid:
    ordered = sorted(found, key=lambda book: (-book.hours, book.rm_id))
    columns = [
        speech.column("assign", "rm_id", kind=CellKind.CODE),
        speech.heading("name"),
        speech.column("assign", "unit_id"),
        speech.heading("books.customers", CellKind.COUNT),
        speech.heading("books.before_customers", CellKind.COUNT),
        speech.heading("books.moved_in", CellKind.COUNT),
        speech.column("assign", "required_hours", kind=CellKind.SHORT),
        speech.heading("books.before_hours", CellKind.SHORT),
        speech.column("assign", "value"),
        speech.heading("books.before_value", CellKind.MONEY),
        speech.heading("books.mean_km", CellKind.SHORT),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            book.rm_id, speech.rm(book.rm_id), speech.unit(book.unit_id) if book.unit_id else "",
            book.customers, book.before_customers,
            book.moved_in, book.hours, book.before_hours, book.value, book.before_value, book.mean_km,
        )
        for book in ordered
    ]  # fmt: skip
    return speech.first_rows(speech.text("books.rows"), columns, rows, of=len(rows), source="assign")


def _reasons(run: Run, speech: Speech) -> Grid:
    columns = [
        speech.column("assign", "reason"),
        speech.heading("books.customers", CellKind.COUNT),
        speech.column("assign", "value"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (speech.of_code(row["reason"], "reason"), whole(row["customers"]), decimal(row["value"]))
        for row in run.fetch(_REASONS)
    ]
    return Grid(speech.text("books.reasons"), columns, rows)
