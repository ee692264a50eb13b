"""The head of a report: whose run it is, on which facts and rules, what it did and what it made up."""

from __future__ import annotations

from decimal import Decimal

from kejing.report.blocks import Cell, CellKind, Fact, Grid
from kejing.report.read_run import POOL, Run, decimal, whole
from kejing.report.speech import Speech

_HASH_SHOWN = 12
_ROSTER_ROWS = 5


def institution(run: Run, speech: Speech) -> str:
    """What the policy pack calls itself."""
    labels = run.policy.labels
    return labels.get(speech.lang) or run.manifest.policy.pack


def facts(run: Run, speech: Speech) -> list[Fact]:
    """Day, knowledge, policy and facts of the run."""
    manifest = run.manifest
    known_on = manifest.known_on.isoformat() if manifest.known_on else speech.text("head.all_known")
    return [
        Fact(speech.text("head.as_of"), manifest.as_of.isoformat()),
        Fact(speech.text("head.known_on"), known_on),
        Fact(speech.text("head.policy"), f"{manifest.policy.pack} {manifest.policy.version}".strip()),
        Fact(speech.text("head.currency"), manifest.currency),
        Fact(speech.text("head.run"), manifest.run_id[:_HASH_SHOWN], hint=manifest.run_id, is_code=True),
        Fact(
            speech.text("head.snapshot"),
            manifest.facts.snapshot[:_HASH_SHOWN],
            hint=manifest.facts.snapshot,
            is_code=True,
        ),
        Fact(speech.text("head.seed"), "" if manifest.seed is None else str(manifest.seed)),
        Fact(speech.text("head.code"), " · ".join(filter(None, (manifest.code_version, manifest.engine)))),
    ]


def figures(run: Run, speech: Speech) -> list[Fact]:
    """The few numbers a head of sales looks at first; only those the run has."""
    numbers = speech.numbers
    found = []

    def add(key: str, table: str, text: str, *, is_money: bool = False) -> None:
        if not run.has(table):
            return
        amount = run.value_of(text)
        if amount is not None:
            value = numbers.money(decimal(amount)) if is_money else numbers.count(whole(amount))
            found.append(Fact(speech.text(f"figure.{key}"), value))

    add("customers", "segment", "SELECT COUNT(DISTINCT customer_id) FROM segment_now")
    add("rms", "assign", f"SELECT COUNT(DISTINCT rm_id) FROM assign_now WHERE role = 'lead' AND rm_id <> '{POOL}'")
    add(
        "moved",
        "assign_summary",
        "SELECT MAX(moved_customers) FROM assign_summary WHERE part = '' AND plan = 'proposed'",
    )
    target = "SELECT SUM(increment_target) FROM target WHERE period = (SELECT MAX(period) FROM target)"
    add("target", "target", target, is_money=True)
    credit = "SELECT SUM(amount) FROM credit WHERE view = 'ledger' AND measure = 'income'"
    add("credit", "credit", credit, is_money=True)
    add("pay", "pay_total", "SELECT SUM(gross) FROM pay_total", is_money=True)
    errors = "SELECT COUNT(*) FROM findings WHERE severity = 'error'"
    add("errors", "findings", errors)
    return found


def steps(run: Run, speech: Speech) -> list[tuple[str, bool, str]]:
    """Stages that ran and steps of the method: label, whether it ran, and why not."""
    found = [(speech.of_code(stage, "stage"), True, "") for stage in run.manifest.stages]
    for step in run.manifest.steps:
        said = step.zh if speech.lang == "zh" else step.en
        label = speech.of_code(step.step, "step")
        if step.present:  # then it says no more than its name
            found.append((said if label == step.step and said else label, True, ""))
        else:
            found.append((label, False, said))
    return found


def simulated(run: Run, speech: Speech) -> list[Grid]:
    """What the run made up, and the first simulated RMs where there are any."""
    if not run.manifest.simulated:
        return []
    columns = [
        speech.heading("simulated.what"),
        speech.heading("simulated.count", CellKind.COUNT),
        speech.heading("simulated.said", CellKind.PROSE),
        speech.heading("simulated.rule", CellKind.PROSE),
    ]
    cells: list[tuple[Cell, ...]] = [
        (speech.of_code(part.what, "simulated"), part.count, part.zh if speech.lang == "zh" else part.en, part.rule)
        for part in run.manifest.simulated
    ]
    grids = [Grid(speech.text("simulated.list"), columns, cells)]
    if run.has("roster"):
        grids.append(_roster(run, speech))
    return grids


def _roster(run: Run, speech: Speech) -> Grid:
    names = ("rm_id", "line", "tier", "unit_id", "lat", "lon")
    rows = run.fetch(f"SELECT * FROM roster ORDER BY rm_id LIMIT {_ROSTER_ROWS}")
    cells: list[tuple[Cell, ...]] = [
        (
            str(row["rm_id"]), speech.of_code(row["line"], "line"), speech.of_code(row["tier"], "tier"),
            speech.unit(row["unit_id"]), _degree(row["lat"]), _degree(row["lon"]),
        )
        for row in rows
    ]  # fmt: skip
    columns = [speech.column("roster", name, kind=CellKind.CODE if name == "rm_id" else None) for name in names]
    return speech.first_rows(speech.text("simulated.roster"), columns, cells, of=run.rows("roster"), source="roster")


def _degree(value: object) -> Decimal | None:
    return None if value is None else decimal(value).quantize(Decimal("0.001"))
