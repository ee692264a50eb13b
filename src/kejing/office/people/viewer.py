"""Who looks, at which day, on whose behalf: what every scope function and every act is asked with."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from kejing.office.acts import NotAllowedError
from kejing.office.acts.act import Act, act
from kejing.office.people.models import Delegation, Position, Unit, User
from kejing.office.people.roles import POWERS, SIGHT, Power, Role, Sight


@dataclass(frozen=True)
class Viewer:
    """A user at work.

    Parameters
    ----------
    user
        Who is signed in; None sees nothing.
    today
        The day of looking: positions, delegations and walls count as they are on it.
    as_of
        The day looked at: books and units as they were, or will be, on it.
    on_behalf_of
        Whose positions are used, under a delegation that holds today.
    """

    user: User | None
    today: dt.date
    as_of: dt.date
    on_behalf_of: User | None = None
    built: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """Queries that the scope built for this viewer: building one costs more than most of them take."""

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """Positions that count: the user's own, or those of the person he stands in for."""
        if self.user is None or not self.user.is_active:
            return ()
        holder = self.user
        if self.on_behalf_of is not None:
            if not self.stands_in_for(self.on_behalf_of):
                return ()
            holder = self.on_behalf_of
        return tuple(Position.objects.in_force(self.today).filter(user=holder).order_by("pk"))

    @cached_property
    def tops(self) -> tuple[Unit, ...]:
        """Units, as they are on the day looked at, of the positions that see all that is below them."""
        held = {position.unit_id for position in self.positions if SIGHT[Role(position.role)] is Sight.SUBTREE}
        return tuple(Unit.objects.in_force(self.as_of).filter(unit_id__in=held).order_by("pk")) if held else ()

    def stands_in_for(self, other: User) -> bool:
        """Whether a delegation of ``other`` to the user holds today."""
        return other.is_active and Delegation.objects.in_force(self.today).filter(giver=other, taker=self.user).exists()

    @property
    def roles(self) -> frozenset[Role]:
        """Roles of the positions."""
        return frozenset(Role(position.role) for position in self.positions)

    @property
    def rm_ids(self) -> tuple[str, ...]:
        """Books of the positions that have one."""
        return tuple(position.rm_id for position in self.positions if position.rm_id)

    def may(self, power: Power) -> bool:
        """Whether a position allows ``power``."""
        return any(power in POWERS[role] for role in self.roles)

    def require(self, power: Power) -> User:
        """The user, if a position allows ``power``.

        Raises
        ------
        NotAllowedError
            None does.
        """
        if self.user is None or not self.may(power):
            raise NotAllowedError(power=power.value)
        return self.user

    def at(self, as_of: dt.date) -> Viewer:
        """The same viewer looking at another day."""
        return replace(self, as_of=as_of)

    def act(
        self, code: str, *, power: Power, reason: str = "", change_set_id: int | None = None, **facts: object
    ) -> AbstractContextManager[Act]:
        """Open an act of this viewer.

        Raises
        ------
        NotAllowedError
            No position allows ``power``.
        """
        by = self.require(power)
        return act(code, by=by, on_behalf_of=self.on_behalf_of, reason=reason, change_set_id=change_set_id, **facts)
