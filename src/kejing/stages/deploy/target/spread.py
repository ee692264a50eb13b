"""Goals of units become targets of RMs."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache

import pyarrow as pa

from kejing.measure.errors import KejingError
from kejing.measure.findings import Severity
from kejing.measure.money import to_minor
from kejing.measure.rounding import round_fraction
from kejing.stages.context import StageContext
from kejing.stages.deploy.target import allocate as rules
from kejing.stages.deploy.target.goals import Goal, all_units, carrying_units, read_goals, units_of_other_lines
from kejing.stages.deploy.target.settings import TargetSettings
from kejing.stages.deploy.target.stock import (
    Person,
    Stocks,
    base_month,
    prepare_stock,
    read_people,
    read_stocks,
    target_periods,
)

_MICRO = 6
TARGET_SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("rm_id", pa.string()),
        ("unit_id", pa.string()),
        ("measure", pa.string()),
        ("stock", pa.int64()),
        ("contribution", pa.int64()),
        ("weight", pa.int64()),
        ("increment_target", pa.int64()),
        ("total_target", pa.int64()),
        ("growth", pa.int64()),
        ("is_capped", pa.bool_()),
        ("method", pa.string()),
        ("goal_unit_id", pa.string()),
    ]
)


class StockMissingError(KejingError):
    """The policy derives targets from the stock, and no stock was brought."""

    code = "target.stock_missing"


class GoalTooLargeError(KejingError):
    """The guard rails of a unit's RMs cannot hold its goal; the run stops instead of shrinking the goal."""

    code = "target.goal_too_large"


def run(context: StageContext) -> None:
    """Create relation ``target``: one row per period, measure and RM.

    Raises
    ------
    StockMissingError
        The policy has the stock step and the base month has no stock, or no balances where it counts on them.
    GoalTooLargeError
        Guard rails cannot hold a goal; facts name unit, measure, period and shortfall.
    """
    settings = TargetSettings.model_validate(context.policy.section("target"))
    prepare_stock(context, settings, target_periods(context, settings))
    stocks = read_stocks(context)
    has_stock_step = settings.contribution.basis == "stock"
    _declare_step(context, is_present=has_stock_step)
    if has_stock_step and _lacks_stock(settings, stocks):
        raise StockMissingError(base=base_month(context, settings).isoformat(), policy=context.policy.name)
    goals = read_goals(context, settings, stocks)
    spread = _Spread(context, settings, stocks)
    rows: list[dict[str, object]] = []
    for number, goal in enumerate(goals):
        context.progress("target", number, len(goals))
        rows.extend(spread.rows(goal))
    context.engine.attach_arrow("target", pa.Table.from_pylist(rows, schema=TARGET_SCHEMA))
    if rows:
        context.step("increment_target", "目标增量任务", "increment targets", is_present=True)
    else:
        context.step(
            "increment_target", "没有机构目标,未分解目标", "no goals were brought, none spread", is_present=False
        )
    context.progress("target", len(goals), len(goals))


def _lacks_stock(settings: TargetSettings, stocks: Stocks) -> bool:
    """Whether there is no stock at all, or none of the balances that the policy counts on.

    Last year's income alone would give contributions too, silently by another yardstick.
    """
    found = {settings.measures[measure].stock for _, measure in stocks}
    used = {measure.stock for measure in settings.measures.values()}
    return not found or ("balances" in used and "balances" not in found)


def _declare_step(context: StageContext, *, is_present: bool) -> None:
    if is_present:
        context.step("stock_allocation", "存量客户分配", "allocation of existing customers", is_present=True)
        return
    zh = "存量客户分配环节不适用:本办法按“减少存量客户分配”执行,任务贡献度不计算"
    en = "stock step skipped: this policy leaves out the allocation of existing customers, so no contribution"
    context.step("stock_allocation", zh, en, is_present=False)


class _Spread:
    """One run's rules and people, asked once and used for every goal."""

    def __init__(self, context: StageContext, settings: TargetSettings, stocks: Stocks) -> None:
        self.context = context
        self.settings = settings
        self.stocks = stocks
        self.people = read_people(context)
        self.units = carrying_units(context) if settings.goals.source == "facts" else {}
        self.elsewhere = units_of_other_lines(context)
        self.has_stock_step = settings.contribution.basis == "stock"
        self.measure_weights = self._measure_weights() if self.has_stock_step else {}
        self.grade_weight = cache(self._grade_weight)
        self.cap_rule = self._cap_rule() if settings.guard is not None and self.has_stock_step else None

    def rows(self, goal: Goal) -> list[dict[str, object]]:
        """The targets of one goal."""
        team = self._team(goal)
        if not team:
            if goal.unit_id not in self.elsewhere:
                self._note("target.goal_without_rms", Severity.ERROR, goal)
            return []
        own = self.stocks.get((goal.period, goal.measure), {})
        contribution = self._contributions(goal, team)
        shares = {rm["rm_id"]: self._share(rm, own, contribution) for rm in team}
        try:
            targets = rules.allocate(goal.amount, self._weights(shares), shares)
        except rules.CapsCannotHoldError as error:
            facts = {"unit": goal.unit_id, "measure": goal.measure, "period": goal.period}
            raise GoalTooLargeError(**facts, **error.facts) from error
        return [self._row(goal, rm, shares[rm["rm_id"]], own, targets[rm["rm_id"]]) for rm in team]

    def _team(self, goal: Goal) -> list[Person]:
        """RMs in service under the unit, less those whose nearer unit has such a goal of its own."""
        if self.settings.goals.source == "facts":
            units = self.units.get((goal.period, goal.measure, goal.unit_id), set())
        else:
            units = all_units(self.context, goal.unit_id)
        people = self.people.get(goal.period, [])
        return [rm for rm in people if rm["unit_id"] in units and rm["service_days"] > 0]

    def _contributions(self, goal: Goal, team: list[Person]) -> dict[str, Fraction] | None:
        if not self.has_stock_step:
            return None
        ids = sorted({rm["rm_id"] for rm in team})
        of_team = {
            measure: {rm: self.stocks.get((goal.period, measure), {}).get(rm, 0) for rm in ids}
            for measure in self.settings.measures
        }
        found = rules.contributions(of_team, self.measure_weights)
        if found:
            return found
        self._note("target.no_stock_in_unit", Severity.WARNING, goal)
        return {rm: Fraction(1, len(ids)) for rm in ids}

    def _note(self, code: str, severity: Severity, goal: Goal) -> None:
        self.context.note(
            code, "target", severity=severity, unit=goal.unit_id, measure=goal.measure, period=goal.period
        )

    def _measure_weights(self) -> dict[str, Fraction]:
        if self.settings.contribution.weights is None:
            return {name: Fraction(1) for name in self.settings.measures}
        table = self.context.policy.table(self.settings.contribution.weights)
        weights = {}
        for name in self.settings.measures:
            weight = table.decide(self.context.as_of, {"measure": name}).get("weight")
            assert isinstance(weight, Fraction)
            weights[name] = weight
        return weights

    def _grade_weight(self, grade: str) -> Fraction:
        table = self.context.policy.table(self.settings.grade_weight)
        weight = table.decide(self.context.as_of, {"grade": grade}).get("weight")
        assert isinstance(weight, Fraction)
        return weight

    def _cap_rule(self) -> tuple[Fraction, int]:
        """(growth cap, stock floor in minor units)."""
        assert self.settings.guard is not None
        return self._number(self.settings.guard.growth_cap), to_minor(
            self._number(self.settings.guard.stock_floor), self.context.policy.currency
        )

    def _number(self, name: str | None) -> Fraction:
        assert name is not None, f"Expected the parameters of method {self.settings.method}."
        value = self.context.policy.parameter(name, self.context.as_of)
        assert isinstance(value, Fraction)
        return value

    def _share(self, rm: Person, stock: Mapping[str, int], contribution: Mapping[str, Fraction] | None) -> rules.Share:
        service = Fraction(rm["service_days"], rm["period_days"])
        weight = self.grade_weight(rm["grade"]) * Fraction(rm["fte"], 10**_MICRO) * service
        cap = None
        if self.cap_rule is not None:
            growth, floor = self.cap_rule
            cap = int(growth * max(stock.get(rm["rm_id"], 0), floor))
        return rules.Share(weight, None if contribution is None else contribution[rm["rm_id"]], cap)

    def _weights(self, shares: Mapping[str, rules.Share]) -> dict[str, Fraction]:
        settings = self.settings
        match settings.method:
            case "linear_complement":
                return rules.linear_complement(shares)
            case "reciprocal":
                return rules.reciprocal(
                    shares, alpha=self._number(settings.alpha), epsilon=self._number(settings.epsilon)
                )
            case "fair_share":
                assert settings.fair_share is not None
                return rules.fair_share(shares, history_share=self._number(settings.fair_share.history_share))
            case "equal":
                return rules.equal(shares)

    def _row(
        self, goal: Goal, rm: Person, share: rules.Share, stock: Mapping[str, int], target: int
    ) -> dict[str, object]:
        held = stock.get(rm["rm_id"], 0) if self.has_stock_step else 0
        return {
            "period": goal.period,
            "rm_id": rm["rm_id"],
            "unit_id": rm["unit_id"],
            "measure": goal.measure,
            "stock": held,
            "contribution": None if share.contribution is None else round_fraction(share.contribution, _MICRO),
            "weight": round_fraction(share.weight, _MICRO),
            "increment_target": target,
            "total_target": held + target,
            "growth": round_fraction(Fraction(target, held), _MICRO) if held else None,
            "is_capped": share.cap is not None and target == share.cap,
            "method": self.settings.method,
            "goal_unit_id": goal.unit_id,
        }
