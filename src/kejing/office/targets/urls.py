"""Addresses of targets and contracts."""

from __future__ import annotations

from django.urls import path

from kejing.office.targets import views

app_name = "targets"
urlpatterns = [
    path("", views.targets, name="targets"),
    path("<str:policy>/<str:year>/<str:rm_id>/", views.contract, name="contract"),
    path("<str:policy>/<str:year>/<str:rm_id>/document/", views.document, name="document"),
    path("<str:policy>/<str:year>/<str:rm_id>/accept/", views.accept, name="accept"),
]
