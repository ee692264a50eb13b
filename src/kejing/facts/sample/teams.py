"""Who served whom: lead, successor, assist and officers of every covered customer, and their coverage rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kejing.facts.sample.clients import BANDS, Clients
from kejing.facts.sample.organisation import NEVER, Days, Flags, Ints, Organisation
from kejing.facts.sample.parameters import Plan

NOBODY = -1


@dataclass
class Teams:
    """The team of every customer, one array per column, shape ``[n_customers]``; RMs are indexes.

    The lead serves from ``since``; on ``switched_on`` the ``successor`` takes over, or nobody
    (`NOBODY`), and then the whole team ends. ``hands_over`` keeps the old lead as assist for half a year.
    """

    lead: Ints
    since: Days
    switched_on: Days
    successor: Ints
    hands_over: Flags
    assist: Ints
    treasury: Ints
    lending: Ints

    def lead_on(self, rows: Ints, days: Days) -> Ints:
        """The lead of each of ``rows`` on each of ``days``, or `NOBODY`."""
        lead = np.where(days >= self.switched_on[rows], self.successor[rows], self.lead[rows])
        return np.where(days < self.since[rows], NOBODY, lead)


def build_teams(plan: Plan, organisation: Organisation, clients: Clients) -> Teams:
    """Teams of the customers of one kind."""
    chance = plan.chance(f"teams {clients.kind}")
    lead = _first_leads(plan, organisation, clients, chance)
    count = len(clients)
    earliest = np.datetime64("2019-01-01") + chance.integers(0, 1700, count).astype("timedelta64[D]")
    teams = Teams(
        lead=lead,
        since=np.maximum(clients.opened, earliest),
        switched_on=np.full(count, NEVER),
        successor=np.full(count, NOBODY),
        hands_over=np.zeros(count, bool),
        assist=np.full(count, NOBODY),
        treasury=np.full(count, NOBODY),
        lending=np.full(count, NOBODY),
    )
    teams.since = np.where(clients.opened < plan.months[0], np.minimum(teams.since, plan.months[0]), clients.opened)
    _reassign(plan, organisation, clients, teams, chance)
    _succeed_leavers(organisation, clients, teams, chance)
    _follow_moves(plan, organisation, clients, teams, chance)
    if clients.kind == "corporate":
        _add_colleagues(plan, organisation, clients, teams, chance)
    _ask_for_skills(plan, organisation, clients, teams, chance)
    return teams


def _is_covered(plan: Plan, clients: Clients, chance: np.random.Generator) -> Flags:
    if clients.kind == "retail":
        return clients.size >= np.quantile(clients.size, 1 - plan.institution.wealth.covered_share)
    shares = np.array([plan.institution.covered[band] for band in BANDS])
    return chance.random(len(clients)) < shares[clients.band]


def _first_leads(plan: Plan, organisation: Organisation, clients: Clients, chance: np.random.Generator) -> Ints:
    """Unequal books; members of a group in one department share their RM."""
    covered = _is_covered(plan, clients, chance)
    lead = np.full(len(clients), NOBODY)
    unit = np.where(clients.group_id == "", clients.customer_id, clients.group_id).astype(str)
    for department in np.unique(clients.earlier_department):
        rms = [rm for rm in organisation.members(int(department), clients.kind) if not organisation.rms[rm].is_joiner]
        weights = chance.gamma(4.0, 1.0, len(rms)) * np.array([organisation.rms[rm].fte for rm in rms])
        rows = np.flatnonzero(covered & (clients.earlier_department == department))
        _, book = np.unique(unit[rows], return_inverse=True)
        drawn = chance.choice(np.array(rms), len(rows) + 1, p=weights / weights.sum())
        lead[rows] = drawn[book]
    return lead


def _reassign(
    plan: Plan, organisation: Organisation, clients: Clients, teams: Teams, chance: np.random.Generator
) -> None:
    """Give some customers another RM of their department; joiners build their books this way."""
    share = plan.institution.life.reassigned_share
    picked = (
        (teams.lead != NOBODY)
        & np.isnat(clients.closed)
        & (clients.opened < plan.months[0])
        & np.isnat(clients.moved_on)
    )
    for department in np.unique(clients.department):
        rms = [rm for rm in organisation.members(int(department), clients.kind) if not organisation.rms[rm].is_leaver]
        joiners = [rm for rm in rms if organisation.rms[rm].is_joiner]
        rows = np.flatnonzero(picked & (clients.department == department))
        rows = rows[chance.random(len(rows)) < share + 0.5 * len(joiners) / max(1, len(rms))]
        successor = chance.choice(np.array(joiners * 4 + rms), len(rows))
        day = plan.day("-1:03-01") + chance.integers(0, 600, len(rows)).astype("timedelta64[D]")
        day = np.maximum(day, np.array([rm.hired for rm in organisation.rms])[successor])
        differs = successor != teams.lead[rows]
        teams.successor[rows[differs]] = successor[differs]
        teams.switched_on[rows[differs]] = day[differs]


def _succeed_leavers(organisation: Organisation, clients: Clients, teams: Teams, chance: np.random.Generator) -> None:
    for index, rm in enumerate(organisation.rms):
        if not rm.is_leaver:
            continue
        rows = np.flatnonzero((teams.lead == index) & ~(teams.switched_on < rm.left) & ~(clients.moved_on < rm.left))
        teams.switched_on[rows] = rm.left
        teams.successor[rows] = NOBODY
        if not rm.is_vacant_after:
            for department in np.unique(clients.department[rows]):
                here = rows[clients.department[rows] == department]
                teams.successor[here] = chance.choice(np.array(organisation.stable_members(int(department))), len(here))
        came_later = rows[teams.since[rows] >= rm.left]  # such a customer never met the leaver
        teams.lead[came_later] = teams.successor[came_later]
        teams.switched_on[came_later] = NEVER


def _follow_moves(
    plan: Plan, organisation: Organisation, clients: Clients, teams: Teams, chance: np.random.Generator
) -> None:
    """A moved customer gets an RM of the new department, whoever led before."""
    for row in np.flatnonzero(~np.isnat(clients.moved_on) & (teams.lead != NOBODY)):
        lead = organisation.rms[teams.lead[row]]
        if lead.is_leaver and lead.left < clients.moved_on[row]:
            teams.lead[row] = organisation.stable_members(int(clients.earlier_department[row]))[0]
        teams.successor[row] = chance.choice(np.array(organisation.stable_members(int(clients.department[row]))))
        teams.switched_on[row] = clients.moved_on[row]
        stays = not organisation.rms[teams.lead[row]].is_leaver
        teams.hands_over[row] = stays and chance.random() < plan.institution.life.handover_share


def _add_colleagues(
    plan: Plan, organisation: Organisation, clients: Clients, teams: Teams, chance: np.random.Generator
) -> None:
    """An assist from the same department; treasury and lending officers for the larger customers."""
    team = plan.institution.team
    settled = (teams.lead != NOBODY) & np.isnat(clients.moved_on)
    wants = np.array([team.assist_mid, team.assist_mid, team.assist_small, 0.0])[clients.band]
    for row in np.flatnonzero(settled & (chance.random(len(clients)) < wants)):
        free = [
            rm
            for rm in organisation.stable_members(int(clients.department[row]))
            if rm not in (teams.lead[row], teams.successor[row])
        ]
        if free:
            teams.assist[row] = chance.choice(np.array(free))
    officers = {
        line: np.array([index for index, rm in enumerate(organisation.rms) if rm.line == line])
        for line in ("treasury_officer", "lending_officer")
    }
    wants = np.array([team.officers_large, team.officers_mid, 0.0, 0.0])[clients.band]
    rows = np.flatnonzero(settled & (chance.random(len(clients)) < wants))
    teams.treasury[rows] = chance.choice(officers["treasury_officer"], len(rows))
    teams.lending[rows] = chance.choice(officers["lending_officer"], len(rows))


def _ask_for_skills(
    plan: Plan, organisation: Organisation, clients: Clients, teams: Teams, chance: np.random.Generator
) -> None:
    """Some customers need a skill that their present RM has."""
    skills = np.array([rm.skill for rm in organisation.rms] + [""], dtype=object)
    present = np.where(np.isnat(teams.switched_on), teams.lead, teams.successor)
    needs = chance.random(len(clients)) < plan.institution.life.needs_skill_share
    clients.skill = np.where(needs & (present != NOBODY), skills[present], "")
