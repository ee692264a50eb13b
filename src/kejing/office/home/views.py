"""The first page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from kejing.office import scope
from kejing.office.shell.navigation import first_page
from kejing.office.shell.requests import OfficeRequest


def home(request: OfficeRequest) -> HttpResponse:
    """Send each role to where its day begins; show what can be seen where it has no page of its own."""
    address = first_page(request.viewer)
    if address is not None:
        return redirect(address)
    seen = {"customers": scope.customers(request.viewer).count(), "rms": scope.rms(request.viewer).count()}
    return render(request, "home/home.html", {"seen": seen})
