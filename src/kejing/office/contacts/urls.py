"""Addresses of contacts."""

from __future__ import annotations

from django.urls import path

from kejing.office.contacts import views

app_name = "contacts"
urlpatterns = [
    path("new/", views.log, name="log"),
    path("book/", views.book, name="book"),
    path("bookings/<int:booking_id>/call-off/", views.call_off, name="call_off"),
]
