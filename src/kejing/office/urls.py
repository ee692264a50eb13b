"""Addresses: each room has its own file."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path

from kejing.office.api import rest

urlpatterns = [
    path("api/", include((rest.addresses(), "api"))),
    path("tokens/", include("kejing.office.api.urls")),
    path("", include("kejing.office.home.urls")),
    path("myday/", include("kejing.office.myday.urls")),
    path("customers/", include("kejing.office.customer.urls")),
    path("contacts/", include("kejing.office.contacts.urls")),
    path("alerts/", include("kejing.office.alerts.urls")),
    path("deals/", include("kejing.office.deals.urls")),
    path("churn/", include("kejing.office.churn.urls")),
    path("figures/", include("kejing.office.figures.urls")),
    path("cockpit/", include("kejing.office.cockpit.urls")),
    path("changes/", include("kejing.office.realignment.urls")),
    path("grids/", include("kejing.office.grids.urls")),
    path("statements/", include("kejing.office.statements.urls")),
    path("targets/", include("kejing.office.targets.urls")),
    path("audit/", include("kejing.office.audit.urls")),
    path("runs/", include("kejing.office.runs.urls")),
    path("imports/", include("kejing.office.imports.urls")),
    path("rules/", include("kejing.office.rules.urls")),
    path("", include("kejing.office.shell.urls")),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/password/", account.password_change, name="account_change_password"),
    path("accounts/again/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.socialaccount.urls")),
    path("accounts/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
handler400 = "kejing.office.shell.refusals.not_understood"
handler404 = "kejing.office.shell.refusals.not_found"
handler500 = "kejing.office.shell.refusals.broken"
