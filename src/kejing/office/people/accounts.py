"""Accounts: the first administrator, and those that administrators make."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.crypto import get_random_string

from kejing.office.acts.act import Act, act
from kejing.office.people.models import Position, User
from kejing.office.people.roles import Role

_PASSWORD_LENGTH = 16


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that was made just now; its password is nowhere else."""

    username: str
    name: str
    role: str
    password: str


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody to be given an account and a position."""

    username: str
    name: str
    role: Role
    unit_id: str = ""
    rm_id: str = ""


def first_administrator() -> NewAccount | None:
    """Make the administrator of an office that has nobody yet; None if it has."""
    if User.objects.exists():
        return None
    (made,) = open_accounts([Post("admin", "Administrator", Role.ADMINISTRATOR)], by=None)
    return made


def open_accounts(posts: list[Post], *, by: User | None) -> list[NewAccount]:
    """Make accounts with a position each, in one act; passwords are made up here and told once."""
    with act("people.accounts_opened", by=by, usernames=[post.username for post in posts]) as doing:
        return [_open(doing, post) for post in posts]


def _open(doing: Act, post: Post) -> NewAccount:
    password = get_random_string(_PASSWORD_LENGTH)
    user = User(username=post.username, name=post.name)
    user.set_password(password)
    doing.add(user)
    doing.add(Position(user=user, role=post.role, unit_id=post.unit_id, rm_id=post.rm_id))
    return NewAccount(post.username, post.name, post.role.value, password)
