"""What a change set refuses."""

from __future__ import annotations

from kejing.measure.errors import KejingError


class WrongStateError(KejingError):
    """The change set does not stand where this step is taken."""

    code = "office.change_wrong_state"


class OwnWorkError(KejingError):
    """Nobody approves what he drafted."""

    code = "office.change_own_work"


class OpenChallengeError(KejingError):
    """A challenge has no answer yet."""

    code = "office.change_open_challenge"


class OutOfSightError(KejingError):
    """A line is about a customer or an RM that the person does not see."""

    code = "office.change_out_of_sight"


class MovedOnError(KejingError):
    """What the lines were drafted upon is no longer so."""

    code = "office.change_moved_on"


class EmptyChangeError(KejingError):
    """There is nothing to change."""

    code = "office.change_empty"
