"""How people sign in: accounts are made by administrators, never by whoever comes."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import redirect

from kejing.office.people.models import User


def display_name(user: User) -> str:
    """How a user is called on a page."""
    return user.name


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody makes an account for himself."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - as allauth calls it
        """Never."""
        return False


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The institution's own sign-in opens accounts that are there, found by the name it gives."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - the same
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tie the outer identity to the account of the same user name at the first visit."""
        if sociallogin.is_existing:
            return
        told: dict[str, Any] = sociallogin.account.extra_data
        name = (told.get("userinfo") or told).get("preferred_username", "")
        user = User.objects.filter(username=name, is_active=True).first() if name else None
        if user is None:
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)
