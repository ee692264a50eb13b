"""How good the alerts are: how many were false, how many were followed by a loss, how many were acted on."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from kejing.facts import attach_facts
from kejing.measure.period import LAST_DAY
from kejing.measure.rounding import round_fraction
from kejing.office.alerts.ladder import Ladders
from kejing.office.alerts.models import Alert
from kejing.office.books.models import OpenItem
from kejing.office.feeds.models import LoadedSnapshot
from kejing.warehouse.engine import DuckEngine

_CONFIRMED = """
SELECT customer_id, confirmed_on FROM losses WHERE confirmed_on IS NOT NULL ORDER BY customer_id, confirmed_on
"""


@dataclass(frozen=True, slots=True)
class Ratio:
    """So many of so many."""

    part: int
    whole: int

    @property
    def micro(self) -> int | None:
        """The share [millionths]; None of nothing."""
        return round_fraction(Fraction(self.part, self.whole), 6) if self.whole else None


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of the alerts that a viewer sees.

    Attributes
    ----------
    false_alarms
        Dismissed as false, of those that were answered.
    acted_on
        Answered with an action, of all raised.
    came_true
        Followed by a confirmed loss within the days of the policy, of those raised so long ago.
    grounds
        Dismissals by ground.
    """

    raised: int
    open: int
    false_alarms: Ratio
    acted_on: Ratio
    came_true: Ratio
    judge_days: int | None
    grounds: tuple[tuple[str, int], ...]


def quality(alerts: Iterable[Alert], ladders: Ladders, day: dt.date) -> Quality:
    """Figures of ``alerts``, read with their items, on ``day``."""
    rows = list(alerts)
    states = Counter(alert.item.state for alert in rows)
    grounds = Counter(alert.ground for alert in rows if alert.ground)
    answered = states[OpenItem.State.DONE] + states[OpenItem.State.DISMISSED]
    ends = {alert.pk: _judged_on(alert, ladders) for alert in rows}
    judged = [(alert, end) for alert in rows if (end := ends[alert.pk]) is not None and end <= day]
    lost = _losses() if judged else {}
    true = sum(any(alert.raised_on <= on <= end for on in lost.get(alert.customer_id, ())) for alert, end in judged)
    return Quality(
        raised=len(rows),
        open=states[OpenItem.State.OPEN],
        false_alarms=Ratio(grounds[Alert.Ground.FALSE_ALARM], answered),
        acted_on=Ratio(states[OpenItem.State.DONE], len(rows)),
        came_true=Ratio(true, len(judged)),
        judge_days=max(((end - alert.raised_on).days for alert in rows if (end := ends[alert.pk])), default=None),
        grounds=tuple(sorted(grounds.items())),
    )


def _losses() -> dict[str, list[dt.date]]:
    """Days on which a loss of each customer was confirmed."""
    loaded = LoadedSnapshot.objects.first()
    found: dict[str, list[dt.date]] = defaultdict(list)
    if loaded is None:
        return found
    with DuckEngine(threads=1, memory_limit="1GiB") as engine:
        attach_facts(engine, loaded.folder, known_on=LAST_DAY, snapshot_id=loaded.snapshot_id, only=("losses",))
        for row in engine.fetch(_CONFIRMED).to_pylist():
            found[row["customer_id"]].append(row["confirmed_on"])
    return found


def _judged_on(alert: Alert, ladders: Ladders) -> dt.date | None:
    """The day from which an alert is judged, by the policy of the day it was raised; None where that is not shown."""
    watch = ladders.watches.get(alert.policy)
    if watch is None:
        return None
    days = watch.pack.parameter(watch.settings.judge_days, alert.raised_on)
    assert isinstance(days, Fraction)
    return alert.raised_on + dt.timedelta(days=int(days))
