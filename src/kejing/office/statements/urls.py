"""Addresses of statements and disputes."""

from __future__ import annotations

from django.urls import path

from kejing.office.statements import views

app_name = "statements"
urlpatterns = [
    path("", views.everybody, name="statements"),
    path("disputes/", views.docket, name="disputes"),
    path("disputes/<int:pk>/answer/", views.answer, name="answer"),
    path("<str:policy>/<str:period>/rm/<str:rm_id>/", views.statement, name="statement"),
    path("<str:policy>/<str:period>/rm/<str:rm_id>/why/", views.why, name="why"),
    path("<str:policy>/<str:period>/rm/<str:rm_id>/dispute/", views.dispute, name="dispute"),
    path("<str:policy>/<str:period>/line/<path:line_id>/", views.line, name="line"),
]
