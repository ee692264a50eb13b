"""Addresses of explanations."""

from __future__ import annotations

from django.urls import path

from kejing.office.figures import views

app_name = "figures"
urlpatterns = [path("<str:run_id>/<str:table>/", views.explain, name="explain")]
