"""The board of deals, one deal, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kejing.measure.money import NotAnAmountError, to_minor
from kejing.office import scope
from kejing.office.books.models import Rm
from kejing.office.deals import acts
from kejing.office.deals.errors import IncompleteDealError
from kejing.office.deals.gathering import DealFile, DealRules, Gate
from kejing.office.deals.models import Deal
from kejing.office.deals.realised import products, realised
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import in_script, say
from kejing.stages.serve.deal import STAGES, Stage

_TEXT = 2_000
_MOST = 10**17  # a fee beyond it is a slip of the hand [minor units]


@dataclass(frozen=True, slots=True)
class Card:
    """A deal as the board and its page show it."""

    file: DealFile
    name: str
    gates: list[Gate]
    days: int
    owners: str

    @property
    def met(self) -> int:
        """Gates of the stage that are met."""
        return sum(gate.is_met for gate in self.gates)


@require_GET
def board(request: OfficeRequest) -> HttpResponse:
    """Open deals in five columns; a deal moves by its gates alone."""
    viewer = request.viewer
    shown = "closed" if request.GET.get("show") == "closed" else "open"
    seen = seen_by(viewer).prefetch_related("needs", "package", "team", "stays")
    kept = seen.filter(state=Deal.State.OPEN) if shown == "open" else seen.exclude(state=Deal.State.OPEN)
    cards = _cards(viewer, list(kept.order_by("pk")))
    columns = [(stage, [card for card in cards if card.file.stage is stage]) for stage in STAGES]
    told = {"columns": columns, "count": len(cards), "shown": shown, "may_open": bool(viewer.rm_ids)}
    return render(request, "deals/board.html", told)


@require_http_methods(["GET", "POST"])
def begin(request: OfficeRequest) -> HttpResponse:
    """Begin a deal with a customer."""
    if request.method == "POST":
        customer_id, title = _said(request, "customer"), _said(request, "title")[:200]
        deal = acts.open_deal(viewer=request.viewer, customer_id=customer_id, title=title)
        messages.success(request, say("deals.opened"))
        return redirect("deals:deal", deal.pk)
    asked = request.GET.get("customer", "").replace("\0", "")
    book = scope.customers(request.viewer).order_by("name")[:500]
    customer = get_object_or_404(scope.customers(request.viewer), customer_id=asked) if asked else None
    return render(request, "deals/begin.html", {"customer": customer, "book": [] if asked else book})


@require_GET
def deal(request: OfficeRequest, deal_id: int) -> HttpResponse:
    """One deal: its stage and gates, needs, package, team, promise and result."""
    viewer = request.viewer
    found = _found(request, deal_id)
    (card,) = _cards(viewer, [found])
    file, names = card.file, _names(viewer, card.file)
    days = DealRules.shown().check_days(found.policy, viewer.today)
    fees = realised(file, days, viewer.today) if days and file.delivered_on else {}
    is_ours = viewer.may(Power.PLAN) and acts.works_on(viewer, file)
    is_open = found.state == Deal.State.OPEN
    lines = [
        (line, line.realised_minor if line.realised_minor is not None else fees.get(line.product))
        for line in file.package
    ]
    known = [value for _, value in lines if value is not None]
    told = {
        "card": card,
        "deal": found,
        "stays": [(stage, file.days_in(stage, viewer.today)) for stage in STAGES],
        "lines": lines,
        "promised": sum(line.promised_minor or 0 for line in file.package),
        "realised": sum(known) if known else None,
        "team": [(mate, names.get(mate.rm_id, mate.rm_id)) for mate in file.team],
        "check_days": days,
        "delivered_on": file.delivered_on,
        "is_ours": is_ours and is_open,
        "in_hand": is_ours and is_open and file.stage in {Stage.DESIGN, Stage.EXECUTE},
        "may_sign": any(
            mate.rm_id in viewer.rm_ids and mate.role != "lead" and not mate.signed_on for mate in file.team
        ),
        "is_ready": card.gates and card.met == len(card.gates),
        "products": products() if is_ours and is_open and file.stage is Stage.DESIGN else {},
    }
    return render(request, "deals/deal.html", told)


@require_POST
def work(request: OfficeRequest, deal_id: int) -> HttpResponse:
    """Do one thing with a deal: the button says which."""
    found = _found(request, deal_id)
    doing = _DOING.get(request.POST.get("do", ""))
    if doing is None:
        raise Http404
    doing(request, found)
    messages.success(request, say("deals.saved"))
    return redirect("deals:deal", deal_id)


def seen_by(viewer: Viewer) -> QuerySet[Deal]:
    """Deals of the customers that the viewer sees."""
    return scope.of_customers(Deal.objects.all(), viewer)


def _add_need(request: OfficeRequest, deal: Deal) -> None:
    confirmed_by = _said(request, "confirmed_by")
    acts.add_need(viewer=request.viewer, deal=deal, text=_said(request, "text"), confirmed_by=confirmed_by)


def _put_product(request: OfficeRequest, deal: Deal) -> None:
    promised = _said(request, "promised").replace(",", "")
    try:
        minor = to_minor(promised, deal.currency) if promised else None
    except NotAnAmountError as cause:
        raise IncompleteDealError(field="promised") from cause
    if minor is not None and not 0 <= minor <= _MOST:
        raise IncompleteDealError(field="promised")
    about = {"product": _said(request, "product"), "price": _said(request, "price")}
    acts.put_product(viewer=request.viewer, deal=deal, promised_minor=minor, **about)


def _take_out(request: OfficeRequest, deal: Deal) -> None:
    acts.take_out(viewer=request.viewer, deal=deal, product=_said(request, "product"))


def _deliver(request: OfficeRequest, deal: Deal) -> None:
    acts.deliver(viewer=request.viewer, deal=deal, product=_said(request, "product"))


def _advance(request: OfficeRequest, deal: Deal) -> None:
    stage = _said(request, "stage")
    if stage not in STAGES:
        raise Http404
    acts.advance(viewer=request.viewer, deal=deal, stage=Stage(stage))


def _check(request: OfficeRequest, deal: Deal) -> None:
    is_accepted = _said(request, "verdict") == Deal.Verdict.ACCEPTED
    acts.check(viewer=request.viewer, deal=deal, satisfaction=_said(request, "satisfaction"), is_accepted=is_accepted)


def _celebrate(request: OfficeRequest, deal: Deal) -> None:
    shares = {mate.pk: _basis_points(request, f"share:{mate.pk}") for mate in deal.team.all()}
    acts.celebrate(viewer=request.viewer, deal=deal, thanks=_said(request, "thanks"), shares=shares)


def _give_up(request: OfficeRequest, deal: Deal) -> None:
    acts.give_up(viewer=request.viewer, deal=deal, reason=_said(request, "reason"))


_DOING: dict[str, Callable[[OfficeRequest, Deal], None]] = {
    "need": _add_need,
    "team": lambda request, deal: acts.refresh_team(viewer=request.viewer, deal=deal),
    "product": _put_product,
    "take_out": _take_out,
    "sign": lambda request, deal: acts.sign(viewer=request.viewer, deal=deal),
    "deliver": _deliver,
    "advance": _advance,
    "check": _check,
    "celebrate": _celebrate,
    "give_up": _give_up,
}


def _found(request: OfficeRequest, deal_id: int) -> Deal:
    rows = seen_by(request.viewer).prefetch_related("needs", "package", "team", "stays")
    return get_object_or_404(rows, pk=deal_id)


def _said(request: OfficeRequest, name: str) -> str:
    text = request.POST.get(name, "").strip()
    if "\0" in text:
        raise IncompleteDealError(field=name)
    return text[:_TEXT]


def _basis_points(request: OfficeRequest, name: str) -> int:
    """A percentage with at most two decimals, as basis points; nothing counts as 0."""
    text = _said(request, name).removesuffix("%")
    try:
        return to_minor(text, "CNY") if text else 0  # two decimals, exactly
    except NotAnAmountError as cause:
        raise IncompleteDealError(field="share") from cause


def _cards(viewer: Viewer, deals: list[Deal]) -> list[Card]:
    rules, today = DealRules.shown(), viewer.today
    wanted = {deal.customer_id for deal in deals}
    names = dict(scope.customers(viewer).filter(customer_id__in=wanted).values_list("customer_id", "name"))
    found = []
    for each in deals:
        file = DealFile.of(each)
        gates = file.gates(rules.of(each.policy, today), today) if each.state == Deal.State.OPEN else []
        open_owners = dict.fromkeys(gate.rule.owner for gate in gates if not gate.is_met)
        owners = " · ".join(say(f"deals.role.{owner}") for owner in open_owners)
        name = in_script(names.get(each.customer_id, each.customer_id))
        found.append(Card(file, name, gates, file.days_in(file.stage, today) or 0, owners))
    return found


def _names(viewer: Viewer, file: DealFile) -> dict[str, str]:
    people = Rm.objects.in_force(viewer.as_of).filter(rm_id__in={mate.rm_id for mate in file.team})
    return {rm_id: in_script(name) for rm_id, name in people.values_list("rm_id", "name")}
