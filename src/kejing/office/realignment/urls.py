"""Addresses of the studio."""

from __future__ import annotations

from django.urls import path

from kejing.office.realignment import centralise_page, drafts, plans, standing_in, steps, views

app_name = "realignment"
urlpatterns = [
    path("", views.change_sets, name="change_sets"),
    path("leaver/", drafts.leaver, name="leaver"),
    path("solver/", drafts.solver, name="solver"),
    path("picked/", drafts.picked, name="picked"),
    path("centralise/", centralise_page.centralise, name="centralise"),
    path("exception/", drafts.exception, name="exception"),
    path("<int:number>/", views.change_set, name="change_set"),
    path("<int:number>/step/", steps.step, name="step"),
    path("<int:number>/strike/<int:line>/", steps.strike, name="strike"),
    path("<int:number>/challenge/<int:line>/", steps.challenge, name="challenge"),
    path("<int:number>/answer/<int:challenge>/", steps.answer, name="answer"),
    path("plans/", plans.plans, name="plans"),
    path("plans/<path:customer_id>/", plans.plan, name="plan"),
    path("standing-in/", standing_in.delegations, name="delegations"),
    path("standing-in/<int:number>/end/", standing_in.end, name="end_delegation"),
]
