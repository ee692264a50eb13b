"""Addresses of the grids."""

from __future__ import annotations

from django.urls import path

from kejing.office.grids import views

app_name = "grids"
urlpatterns = [
    path("", views.grids, name="grids"),
    path("<slug:name>/", views.download, name="download"),
    path("<slug:name>/preview/", views.preview, name="preview"),
    path("<slug:name>/apply/", views.apply, name="apply"),
]
