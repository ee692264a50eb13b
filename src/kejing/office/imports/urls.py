"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from kejing.office.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("sample/", views.sample, name="sample"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/errors/", views.errors, name="errors"),
    path("<int:pk>/commit/", views.commit, name="commit"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/discard/", views.discard, name="discard"),
]
