"""Log, book, call off."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from kejing.office import scope
from kejing.office.contacts import acts
from kejing.office.contacts.entry import Appointment, Entry
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import say


@require_http_methods(["GET", "POST"])
def log(request: OfficeRequest) -> HttpResponse:
    """The form of a contact; sent by a device's queue it answers with what is in the books."""
    if request.method == "POST":
        logged = acts.log_contact(viewer=request.viewer, entry=Entry.read(request.POST))
        if request.htmx:
            status = HTTPStatus.CREATED if logged.is_new else HTTPStatus.OK
            return JsonResponse({"contact": logged.contact.contact_id, "is_new": logged.is_new}, status=status)
        messages.success(request, say("contacts.saved"))
        return _back(request, logged.contact.customer_id)
    asked = request.GET.get("customer", "")
    customer = get_object_or_404(scope.customers(request.viewer), customer_id=asked) if asked else None
    return render(request, "contacts/log.html", {"customer": customer})


@require_POST
def book(request: OfficeRequest) -> HttpResponse:
    """Put an appointment into the books."""
    booking = acts.book(viewer=request.viewer, appointment=Appointment.read(request.POST))
    messages.success(request, say("contacts.booked"))
    return _back(request, booking.customer_id)


@require_POST
def call_off(request: OfficeRequest, booking_id: int) -> HttpResponse:
    """Take a booking back."""
    booking = get_object_or_404(scope.bookings(request.viewer), pk=booking_id)
    acts.call_off(viewer=request.viewer, booking=booking, reason=request.POST.get("reason", "").strip())
    messages.success(request, say("contacts.called_off"))
    return _back(request, booking.customer_id)


def _back(request: OfficeRequest, customer_id: str) -> HttpResponse:
    there = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()})
    return redirect(there if there and is_ours else reverse("customer:page", args=(customer_id,)))
