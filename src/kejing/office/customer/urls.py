"""Addresses of customers."""

from __future__ import annotations

from django.urls import path

from kejing.office.customer import views

app_name = "customer"
urlpatterns = [
    path("", views.customer_list, name="list"),
    path("export/", views.export, name="export"),
    path("<path:customer_id>/money/", views.money, name="money"),
    path("<path:customer_id>/", views.page, name="page"),  # ids are the institution's, and may have a stroke
]
