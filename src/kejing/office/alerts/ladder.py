"""Whose turn an alert is, by the ladder of the policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from django.db.models import Q

from kejing.office.alerts.models import Alert
from kejing.office.books.models import OpenItem
from kejing.office.feeds.run_tables import shown_runs
from kejing.office.people.roles import Role
from kejing.office.people.viewer import Viewer
from kejing.office.shell.voices import pack_of
from kejing.policy import Pack
from kejing.stages.guard.outflow import OutflowSettings, Rung, ladder_of

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """A rung as it meets one alert: from which day on, and whether that day has come."""

    rung: Rung
    since: dt.date
    is_reached: bool

    @property
    def role(self) -> Role:
        """Who is asked."""
        return Role(self.rung.post)


@dataclass(frozen=True, slots=True)
class Watch:
    """A policy that looks for outflows."""

    policy: str
    pack: Pack
    settings: OutflowSettings


@dataclass(frozen=True, slots=True)
class Ladders:
    """The policies of the shown runs that look for outflows, by name; read once for a page."""

    watches: Mapping[str, Watch]

    @classmethod
    def shown(cls) -> Self:
        """Those of the shown runs."""
        found = {}
        for run in shown_runs():
            pack = pack_of(run)
            if section := pack.section("outflow"):
                found[run.policy] = Watch(run.policy, pack, OutflowSettings.model_validate(section))
        return cls(found)

    def turns(self, alert: Alert, day: dt.date) -> list[Turn]:
        """The rungs of an alert, earliest first, as they stand on ``day``; time stops when it is answered."""
        watch = self.watches.get(alert.policy)
        rungs = ladder_of(watch.pack, watch.settings, alert.raised_on) if watch else ()
        days = [alert.raised_on + rung.after_days * _DAY for rung in rungs]
        until = alert.closed_on or day
        return [Turn(rung, since, is_reached=since <= until) for rung, since in zip(rungs, days, strict=True)]

    def asks(self, alert: Alert, viewer: Viewer) -> bool:
        """Whether the viewer is the RM of the alert, or of a post that the ladder has reached."""
        if alert.item.rm_id in viewer.rm_ids:
            return True
        return any(turn.is_reached and turn.role in viewer.roles for turn in self.turns(alert, viewer.today))

    def lets_reassign(self, alert: Alert, viewer: Viewer) -> bool:
        """Whether the ladder lets the viewer hand the alert to somebody else by now."""
        reached = [turn for turn in self.turns(alert, viewer.today) if turn.is_reached]
        return any(turn.rung.may_reassign and turn.role in viewer.roles for turn in reached)

    def waiting_for(self, viewer: Viewer) -> Q:
        """Open alerts that wait for the viewer: his own, and those whose ladder has reached a post of his."""
        mine = Q(item__rm_id__in=viewer.rm_ids)
        for watch in self.watches.values():
            for rung in ladder_of(watch.pack, watch.settings, viewer.today):
                if rung.post != Role.RM and rung.post in viewer.roles:
                    mine |= Q(policy=watch.policy, raised_on__lte=viewer.today - rung.after_days * _DAY)
        return mine & Q(item__state=OpenItem.State.OPEN)
