"""Addresses of the cockpit."""

from __future__ import annotations

from django.urls import path

from kejing.office.cockpit import rows, views

app_name = "cockpit"
urlpatterns = [
    path("", views.cockpit, name="cockpit"),
    path("rms/", rows.rms, name="rms"),
    path("customers/", rows.customers, name="customers"),
    path("headcount/", rows.headcount, name="headcount"),
    path("money/", rows.money, name="money"),
    path("disputes/", rows.disputes, name="disputes"),
    path("inversions/", rows.inversions, name="inversions"),
]
