"""Addresses of policies."""

from __future__ import annotations

from django.urls import path

from kejing.office.rules import views

app_name = "rules"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("<str:policy>/document/", views.document, name="document"),
    path("<str:policy>/cases/", views.cases, name="cases"),
    path("<str:policy>/bring/", views.bring, name="bring"),
    path("versions/<int:pk>/", views.version, name="version"),
    path("versions/<int:pk>/approve/", views.approve, name="approve"),
    path("versions/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
]
