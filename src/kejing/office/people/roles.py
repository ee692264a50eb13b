"""What a position allows: how far it sees, and which acts it may do."""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    """Kinds of positions."""

    HEAD = "head"
    LEADER = "leader"
    RM = "rm"
    PERFORMANCE_ADMINISTRATOR = "performance_administrator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Sight(models.TextChoices):
    """How far a position sees."""

    BOOK = "book"  # customers that the RM covers
    SUBTREE = "subtree"  # units at and below the position's, never beside them
    NOTHING = "nothing"  # accounts and settings, no business data


class Power(models.TextChoices):
    """Acts that a position may do."""

    LOG_CONTACT = "log_contact"
    PLAN = "plan"
    CHALLENGE = "challenge"
    DRAFT_CHANGE = "draft_change"
    APPROVE_CHANGE = "approve_change"
    IMPORT_FACTS = "import_facts"
    START_RUN = "start_run"
    APPROVE_POLICY = "approve_policy"
    EXPORT = "export"
    READ_EVENTS = "read_events"
    KEEP_ACCOUNTS = "keep_accounts"
    BUILD_WALL = "build_wall"
    ANSWER_DISPUTE = "answer_dispute"
    ACCEPT_TARGET = "accept_target"
    REASSIGN_ALERT = "reassign_alert"


SIGHT: dict[Role, Sight] = {
    Role.HEAD: Sight.SUBTREE,
    Role.LEADER: Sight.SUBTREE,
    Role.RM: Sight.BOOK,
    Role.PERFORMANCE_ADMINISTRATOR: Sight.SUBTREE,
    Role.AUDITOR: Sight.SUBTREE,
    Role.ADMINISTRATOR: Sight.NOTHING,
}

POWERS: dict[Role, frozenset[Power]] = {
    Role.HEAD: frozenset(
        {
            Power.LOG_CONTACT,
            Power.PLAN,
            Power.DRAFT_CHANGE,
            Power.APPROVE_CHANGE,
            Power.APPROVE_POLICY,
            Power.START_RUN,
            Power.EXPORT,
            Power.BUILD_WALL,
            Power.REASSIGN_ALERT,
        }
    ),
    Role.LEADER: frozenset(
        {
            Power.LOG_CONTACT,
            Power.PLAN,
            Power.DRAFT_CHANGE,
            Power.APPROVE_CHANGE,
            Power.CHALLENGE,
            Power.EXPORT,
            Power.REASSIGN_ALERT,
        }
    ),
    Role.RM: frozenset({Power.LOG_CONTACT, Power.PLAN, Power.CHALLENGE, Power.EXPORT, Power.ACCEPT_TARGET}),
    Role.PERFORMANCE_ADMINISTRATOR: frozenset(
        {
            Power.DRAFT_CHANGE,
            Power.IMPORT_FACTS,
            Power.START_RUN,
            Power.APPROVE_CHANGE,
            Power.EXPORT,
            Power.ANSWER_DISPUTE,
        }
    ),
    Role.AUDITOR: frozenset({Power.READ_EVENTS, Power.EXPORT}),
    Role.ADMINISTRATOR: frozenset({Power.KEEP_ACCOUNTS, Power.IMPORT_FACTS}),
}
