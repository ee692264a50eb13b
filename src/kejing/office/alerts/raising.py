"""Look for outflows and raise an alert for each customer who has none yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import F

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.office.acts.act import act
from kejing.office.alerts.errors import NoOutflowRuleError
from kejing.office.alerts.ladder import Ladders, Watch
from kejing.office.alerts.models import OUTFLOW, Alert
from kejing.office.books.models import Coverage, Customer, OpenItem
from kejing.office.feeds.models import LoadedSnapshot
from kejing.office.people.models import User
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.report.numbers import Numbers
from kejing.stages.guard.outflow import Outflow, OutflowRule, find_outflows, ladder_of, outflow_rules
from kejing.warehouse.engine import DuckEngine

_MILLION = 1_000_000
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """An outflow with the rule that found it and the policy that the rule stands in."""

    outflow: Outflow
    rule: OutflowRule
    policy: str
    first_turn: dt.date


def raise_alerts(*, viewer: Viewer) -> int:
    """Look at the balances of today because somebody asks for it.

    Returns
    -------
    int
        Alerts raised.

    Raises
    ------
    NoOutflowRuleError
        No shown run has rules for it, or no facts are loaded.
    """
    by = viewer.require(Power.START_RUN)
    if not Ladders.shown().watches or not LoadedSnapshot.objects.exists():
        raise NoOutflowRuleError
    return look(by=by, on_behalf_of=viewer.on_behalf_of, day=viewer.today)


def look(*, by: User | None, day: dt.date, on_behalf_of: User | None = None) -> int:
    """Look at the balances of the loaded snapshot as of ``day``, and raise what is new; 0 where nothing is watched.

    Notes
    -----
    A customer with an alert of the rule that is still open, or was raised within the rule's quiet days, gets none.
    The balances are read before the act, so that nobody waits for them.
    """
    loaded, watches = LoadedSnapshot.objects.first(), Ladders.shown().watches
    if loaded is None or not watches:
        return 0
    found = list(_findings(loaded, watches.values(), day))
    with act("alerts.raised", by=by, on_behalf_of=on_behalf_of, day=day.isoformat()) as doing:
        new = [finding for finding in found if not _is_known(finding, day)]
        leads = _leads(day, {finding.outflow.customer_id for finding in new})
        items = [_item(finding, leads.get(finding.outflow.customer_id, "")) for finding in new]
        doing.add_all(items)
        doing.add_all([_alert(finding, item, day, loaded) for finding, item in zip(new, items, strict=True)])
        doing.facts["count"] = len(new)
    return len(new)


def _findings(loaded: LoadedSnapshot, watches: Iterable[Watch], day: dt.date) -> Iterator[Finding]:
    with DuckEngine(threads=2, memory_limit="2GiB") as engine:
        attach_facts(
            engine,
            loaded.folder,
            known_on=LAST_DAY,
            snapshot_id=loaded.snapshot_id,
            only=("daily_balances", "products"),
        )
        for watch in watches:
            pack, kinds = watch.pack, watch.pack.population.customer_kinds
            ours = set(Customer.objects.in_force(day).filter(kind__in=kinds).values_list("customer_id", flat=True))
            for rule in outflow_rules(pack, watch.settings, day):
                for found in find_outflows(engine, rule, day, home_currency=pack.currency):
                    if found.customer_id in ours:
                        yield Finding(found, rule, watch.policy, _first_turn(watch, day))


def _first_turn(watch: Watch, day: dt.date) -> dt.date:
    return day + min((rung.after_days for rung in ladder_of(watch.pack, watch.settings, day)), default=0) * _DAY


def _is_known(finding: Finding, day: dt.date) -> bool:
    same = Alert.objects.filter(
        customer_id=finding.outflow.customer_id, rule_id=finding.rule.rule_id, currency=finding.outflow.currency
    )
    is_open = same.filter(item__state=OpenItem.State.OPEN).exists()
    return is_open or same.filter(raised_on__gt=day - finding.rule.quiet_days * _DAY).exists()


def _leads(day: dt.date, customers: set[str]) -> dict[str, str]:
    """Who leads each customer; where shares are split, the one with most of them."""
    held = Coverage.objects.in_force(day).filter(role="lead", customer_id__in=customers)
    return dict(held.order_by(F("share").asc(nulls_first=True), "-rm_id").values_list("customer_id", "rm_id"))


def _item(finding: Finding, rm_id: str) -> OpenItem:
    found = finding.outflow
    fall = Numbers("en", "").percent(Fraction(found.fall_micro, _MILLION))
    return OpenItem(
        customer_id=found.customer_id,
        rm_id=rm_id,
        kind=OUTFLOW,
        title=f"−{fall}",
        evidence={"fall": fall, "days": finding.rule.days, "norm_days": finding.rule.norm_days},
        due_on=finding.first_turn,
    )


def _alert(finding: Finding, item: OpenItem, day: dt.date, loaded: LoadedSnapshot) -> Alert:
    found = finding.outflow
    return Alert(
        item=item,
        customer_id=found.customer_id,
        policy=finding.policy,
        rule_id=found.rule_id,
        raised_on=day,
        currency=found.currency,
        norm_minor=found.norm_minor,
        before_day=found.before_day,
        before_minor=found.before_minor,
        now_day=found.now_day,
        now_minor=found.now_minor,
        fall_micro=found.fall_micro,
        balances=[[on.isoformat(), minor] for on, minor in found.balances],
        snapshot_id=loaded.snapshot_id,
    )
