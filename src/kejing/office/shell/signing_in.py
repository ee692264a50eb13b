"""How people sign in: accounts are made by administrators, never by whoever comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect

from kejing.office.acts.act import act
from kejing.office.people.models import User
from kejing.office.shell.words import say


def display_name(user: User) -> str:
    """How a user is called on a page."""
    return user.name


def name_tried(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The name under which somebody tries to sign in, as failures are counted: in whatever case it is written."""
    told = (credentials or {}).get("username") or request.POST.get("login", "")
    return told.strip().casefold()


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
        """Tie the outer identity to the account of the same user name at the first visit, and to no second one."""
        if sociallogin.is_existing:
            return
        told: dict[str, Any] = sociallogin.account.extra_data
        name = (told.get("userinfo") or told).get("preferred_username", "")
        provider = sociallogin.account.provider
        user = User.objects.filter(username=name, is_active=True).first() if name else None
        if user is None or SocialAccount.objects.filter(user=user, provider=provider).exists():
            messages.error(request, say("shell.unknown_identity"))
            raise ImmediateHttpResponse(redirect("account_login"))
        with act("people.identity_tied", by=user, provider=provider):
            sociallogin.connect(request, user)
