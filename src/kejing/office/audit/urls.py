"""Addresses of the auditor's pages."""

from __future__ import annotations

from django.urls import path

from kejing.office.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.events, name="events"),
    path("event/<int:number>/", views.event, name="event"),
    path("customer/<path:customer_id>/", views.customer, name="customer"),
    path("chain/", views.check_chain, name="chain"),
    path("evidence/", views.evidence, name="evidence"),
]
