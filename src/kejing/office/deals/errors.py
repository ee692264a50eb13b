"""What deals refuse."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class GateClosedError(KejingError):
    """Something is missing that the policy asks for before the stage is left."""

    code = "office.deal_gate"


class DealMovedOnError(KejingError):
    """The deal is in another stage by now, or closed."""

    code = "office.deal_moved_on"


class NotInTeamError(KejingError):
    """The viewer is not in the team of the deal, or not in the role that it takes."""

    code = "office.deal_not_in_team"


class IncompleteDealError(KejingError):
    """A field that is needed is empty, or holds something else than it should."""

    code = "office.deal_incomplete"


class UnwholeSplitError(KejingError):
    """The parts of a split do not make up the whole."""

    code = "office.deal_split"


class NoDealRulesError(KejingError):
    """No shown run has gates for deals with such a customer."""

    code = "office.deal_no_rules"
