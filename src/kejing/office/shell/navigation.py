"""The menu: which rooms a role finds, in the order of the work."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.office.people.roles import Role
from kejing.office.people.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the name of the address, the key of its words, who finds it, and the shortcut (``g`` and a letter)."""

    address: str
    words: str
    roles: frozenset[Role]
    letter: str = ""


EVERYBODY = frozenset(Role)
HEADS = frozenset({Role.HEAD, Role.LEADER, Role.PERFORMANCE_ADMINISTRATOR, Role.AUDITOR})
TEAMS = frozenset({Role.RM, Role.LEADER, Role.HEAD})
WORKERS = EVERYBODY - {Role.ADMINISTRATOR}

MENU: tuple[Entry, ...] = (
    Entry("home:home", "home.menu", EVERYBODY, "h"),
    Entry("myday:day", "myday.menu", TEAMS, "d"),
    Entry("customer:list", "customer.menu", WORKERS, "u"),
    Entry("alerts:alerts", "alerts.menu", WORKERS, "o"),
    Entry("deals:board", "deals.menu", WORKERS, "b"),
    Entry("cockpit:cockpit", "cockpit.menu", HEADS, "c"),
    Entry("realignment:change_sets", "realignment.menu", WORKERS, "a"),
    Entry("realignment:plans", "realignment.plans", WORKERS, "p"),
    Entry("grids:grids", "grids.menu", WORKERS, "x"),
    Entry("realignment:delegations", "realignment.standing_in", WORKERS),
    Entry("statements:statements", "statements.menu", WORKERS, "s"),
    Entry("targets:targets", "targets.menu", WORKERS, "t"),
    Entry("audit:events", "audit.menu", frozenset({Role.AUDITOR}), "e"),
    Entry("runs:runs", "runs.menu", frozenset({Role.HEAD, Role.PERFORMANCE_ADMINISTRATOR, Role.AUDITOR}), "u"),
    Entry("imports:imports", "imports.menu", frozenset({Role.PERFORMANCE_ADMINISTRATOR, Role.ADMINISTRATOR}), "i"),
    Entry("rules:rules", "rules.menu", WORKERS, "r"),
)
"""A new page adds its entry here."""

FIRST_PAGE: dict[Role, str] = {Role.RM: "myday:day", Role.HEAD: "cockpit:cockpit", Role.LEADER: "cockpit:cockpit"}
"""Where a role begins its day, by the name of the address; ``home:home`` where nothing is said."""


def entries(viewer: Viewer) -> tuple[Entry, ...]:
    """The entries that the viewer's positions open."""
    return tuple(entry for entry in MENU if entry.roles & viewer.roles)


def first_page(viewer: Viewer) -> str | None:
    """The address where the viewer begins, if his role has one."""
    return next((FIRST_PAGE[role] for role in Role if role in viewer.roles and role in FIRST_PAGE), None)
