"""Addresses of deals."""

from __future__ import annotations

from django.urls import path

from kejing.office.deals import views

app_name = "deals"
urlpatterns = [
    path("", views.board, name="board"),
    path("new/", views.begin, name="begin"),
    path("<int:deal_id>/", views.deal, name="deal"),
    path("<int:deal_id>/do/", views.work, name="work"),
]
