"""Addresses of runs."""

from __future__ import annotations

from django.urls import path

from kejing.office.runs import views

app_name = "runs"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("ask/", views.ask, name="ask"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<str:run_id>/show/", views.show, name="show"),
    path("compare/", views.compare, name="compare"),
]
