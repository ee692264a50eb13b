"""Addresses of the frame."""

from __future__ import annotations

from django.urls import path

from kejing.office.shell import views

app_name = "shell"
urlpatterns = [
    path("language/", views.set_language, name="language"),
    path("stand-in/", views.stand_in, name="stand_in"),
    path("health/", views.health, name="health"),
]
