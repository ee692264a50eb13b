"""Addresses of churn."""

from __future__ import annotations

from django.urls import path

from kejing.office.churn import views

app_name = "churn"
urlpatterns = [
    path("", views.churn, name="churn"),
    path("customers/", views.customers, name="customers"),
]
