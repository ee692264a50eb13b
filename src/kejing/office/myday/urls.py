"""Addresses of My Day."""

from __future__ import annotations

from django.urls import path

from kejing.office.myday import views

app_name = "myday"
urlpatterns = [
    path("", views.day, name="day"),
    path("items/<int:item_id>/", views.answer_item, name="item"),
    path("dismiss/", views.dismiss, name="dismiss"),
    path("relief/", views.relief, name="relief"),
    path("handovers/<int:line_id>/challenge/", views.challenge, name="challenge"),
]
