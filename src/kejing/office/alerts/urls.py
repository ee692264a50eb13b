"""Addresses of alerts."""

from __future__ import annotations

from django.urls import path

from kejing.office.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.alerts, name="alerts"),
    path("look/", views.look, name="look"),
    path("<int:item_id>/", views.alert, name="alert"),
    path("<int:item_id>/answer/", views.answer, name="answer"),
    path("<int:item_id>/dismiss/", views.dismiss, name="dismiss"),
    path("<int:item_id>/reassign/", views.reassign, name="reassign"),
]
