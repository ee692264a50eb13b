"""Addresses of the page of tokens."""

from __future__ import annotations

from django.urls import path

from kejing.office.api import views

app_name = "tokens"
urlpatterns = [
    path("", views.tokens, name="tokens"),
    path("make/", views.make, name="make"),
    path("<int:number>/revoke/", views.revoke, name="revoke"),
]
