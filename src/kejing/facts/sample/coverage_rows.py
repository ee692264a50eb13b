"""Teams as coverage rows: shares that sum to the whole on every day on which a customer has a team."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kejing.facts.sample.clients import Clients
from kejing.facts.sample.organisation import NEVER, Days, Flags, Ints
from kejing.facts.sample.teams import NOBODY, Teams
from kejing.measure.share import TEAM_SHARE

HANDOVER_DAYS = np.timedelta64(184, "D")
SHARES = {"assist": 2000, "treasury": 1000, "lending": 1000}
"""Basis points of the roles beside the lead, who has the rest."""
HANDOVER_SHARE = 3000
"""Basis points that stay with the old lead during a handover."""


@dataclass(frozen=True)
class Seat:
    """One seat of every team, shape ``[n_led]``: who sits there, for which share, from when to when."""

    rm: Ints
    role: str
    share: Ints
    start: Days
    end: Days
    is_taken: Flags

    def rows(self, clients: Ints) -> pa.Table:
        """The seats that are taken for at least a day, as rows."""
        rows = np.flatnonzero(self.is_taken & ~(self.start >= self.end))
        return pa.table(
            {
                "client": pa.array(clients[rows]),
                "rm": pa.array(self.rm[rows]),
                "role": pa.array([self.role] * len(rows), pa.string()),
                "share": pa.array(self.share[rows], pa.int64()),
                "valid_from": pa.array(self.start[rows]),
                "valid_to": pa.array(self.end[rows]),
            }
        )


def coverage_rows(clients: Clients, teams: Teams) -> pa.Table:
    """Coverage of one kind as rows: client, rm (indexes), role, share [basis points], days of start and end.

    The shares of a customer's team sum to `TEAM_SHARE` on every day on which it has a team.
    """
    led = np.flatnonzero((teams.lead != NOBODY) & ~(clients.closed <= teams.since))
    closed = clients.closed[led]
    switched = np.where(teams.switched_on[led] >= closed, NEVER, teams.switched_on[led])
    since = teams.since[led]
    has_switch = ~np.isnat(switched)
    is_vacant = has_switch & (teams.successor[led] == NOBODY)
    team_end = np.where(is_vacant, switched, closed)
    lead_share = np.full(len(led), TEAM_SHARE)
    for role, share in SHARES.items():
        lead_share -= np.where(getattr(teams, role)[led] != NOBODY, share, 0)
    over = teams.hands_over[led] & has_switch & ~is_vacant
    settled = np.where(over, switched + HANDOVER_DAYS, switched)
    first_end = np.where(has_switch, switched, closed)
    takes = has_switch & ~is_vacant
    before, handover, after = (since, first_end), (switched, settled), (settled, team_end)
    seats = [
        Seat(teams.lead[led], "lead", lead_share, *before, teams.lead[led] != NOBODY),
        Seat(teams.lead[led], "assist", np.full(len(led), HANDOVER_SHARE), *handover, over),
        Seat(teams.successor[led], "lead", lead_share - HANDOVER_SHARE, *handover, over),
        Seat(teams.successor[led], "lead", lead_share, *after, takes),
    ]
    for role, share in SHARES.items():
        colleague = getattr(teams, role)[led]
        seats.append(Seat(colleague, role, np.full(len(led), share), since, team_end, colleague != NOBODY))
    order = [("client", "ascending"), ("valid_from", "ascending"), ("role", "descending"), ("rm", "ascending")]
    return pa.concat_tables([seat.rows(led) for seat in seats]).sort_by(order)
