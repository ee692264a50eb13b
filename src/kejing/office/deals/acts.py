"""What is done with a deal. Every change of stage goes through `advance`, `send_back` or `celebrate`: one act each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kejing.office import scope
from kejing.office.acts.act import Act
from kejing.office.deals.errors import (
    DealMovedOnError,
    GateClosedError,
    IncompleteDealError,
    NoDealRulesError,
    NotInTeamError,
    UnwholeSplitError,
)
from kejing.office.deals.gathering import CORE_ROLES, OFFICERS, WHOLE, DealFile, DealRules, next_stage
from kejing.office.deals.models import Deal, Need, PackageLine, StageStay, Teammate
from kejing.office.deals.realised import realised
from kejing.office.people.roles import Power
from kejing.office.people.viewer import Viewer
from kejing.stages.serve.deal import Stage


def open_deal(*, viewer: Viewer, customer_id: str, title: str) -> Deal:
    """Begin a deal with a customer; its team is who covers him as RM, treasury and lending officer today.

    Raises
    ------
    IncompleteDealError
        It has no title.
    NotInTeamError
        The viewer does not cover the customer.
    NoDealRulesError
        No policy on show has gates for such a customer.
    """
    if not title:
        raise IncompleteDealError(field="title")
    now = viewer.at(viewer.today)
    with viewer.act("deals.opened", power=Power.PLAN, customer=customer_id, title=title) as doing:
        customer = scope.customers(now).filter(customer_id=customer_id).first()
        covering = list(_covering(now, customer_id))
        if customer is None or not {rm_id for rm_id, _ in covering} & set(viewer.rm_ids):
            raise NotInTeamError(title=title)
        found = DealRules.shown().for_kind(customer.kind)
        if found is None:
            raise NoDealRulesError(kind=customer.kind)
        policy, pack = found
        deal = doing.add(Deal(customer_id=customer_id, title=title, policy=policy, currency=pack.currency))
        doing.add(StageStay(deal=deal, customer_id=customer_id, stage=Stage.ASSESS, entered_on=viewer.today))
        team = [Teammate(deal=deal, customer_id=customer_id, rm_id=rm_id, role=role) for rm_id, role in covering]
        doing.add_all(team)
    return deal


def refresh_team(*, viewer: Viewer, deal: Deal) -> None:
    """Take into the team who covers the customer by now; nobody leaves it."""
    with viewer.act("deals.team_refreshed", power=Power.PLAN, title=deal.title) as doing:
        file = _working(viewer, deal, Stage.ASSESS, Stage.DESIGN)
        known = {(mate.rm_id, mate.role) for mate in file.team}
        new = [pair for pair in _covering(viewer.at(viewer.today), deal.customer_id) if pair not in known]
        about = {"deal": deal, "customer_id": deal.customer_id}
        doing.add_all([Teammate(**about, rm_id=rm_id, role=role) for rm_id, role in new])


def add_need(*, viewer: Viewer, deal: Deal, text: str, confirmed_by: str) -> None:
    """Put a need into the file that somebody of the customer confirmed."""
    if not text or not confirmed_by:
        raise IncompleteDealError(field="confirmed_by" if text else "text")
    with viewer.act("deals.need_added", power=Power.PLAN, title=deal.title) as doing:
        _working(viewer, deal, Stage.ASSESS, Stage.DESIGN)
        about = {"deal": deal, "customer_id": deal.customer_id, "confirmed_on": viewer.today}
        doing.add(Need(**about, text=text, confirmed_by=confirmed_by[:120]))


def put_product(*, viewer: Viewer, deal: Deal, product: str, price: str, promised_minor: int | None) -> None:
    """Put a product into the package, or price it anew; who signed the design signs again."""
    if not product:
        raise IncompleteDealError(field="product")
    with viewer.act("deals.product_put", power=Power.PLAN, title=deal.title, product=product) as doing:
        file = _working(viewer, deal, Stage.DESIGN)
        line = next((line for line in file.package if line.product == product), None)
        values = {"price": price[:200], "promised_minor": promised_minor}
        if line is None:
            doing.add(PackageLine(deal=deal, customer_id=deal.customer_id, product=product[:80], **values))
        else:
            doing.change(line, expected_version=line.version, **values)
        _unsign(doing, file)


def take_out(*, viewer: Viewer, deal: Deal, product: str) -> None:
    """Take a product out of the package; who signed the design signs again."""
    with viewer.act("deals.product_taken_out", power=Power.PLAN, title=deal.title, product=product) as doing:
        file = _working(viewer, deal, Stage.DESIGN)
        doing.remove_all([line for line in file.package if line.product == product])
        _unsign(doing, file)


def sign(*, viewer: Viewer, deal: Deal) -> None:
    """Sign the design as product officer."""
    with viewer.act("deals.signed", power=Power.PLAN, title=deal.title) as doing:
        file = _working(viewer, deal, Stage.DESIGN)
        own = [mate for mate in file.team if mate.rm_id in viewer.rm_ids and mate.role in OFFICERS]
        if not own:
            raise NotInTeamError(title=deal.title)
        doing.change_all(own, signed_on=viewer.today)


def deliver(*, viewer: Viewer, deal: Deal, product: str) -> None:
    """Say that a product was delivered today."""
    with viewer.act("deals.delivered", power=Power.PLAN, title=deal.title, product=product) as doing:
        file = _working(viewer, deal, Stage.EXECUTE)
        doing.change_all([line for line in file.package if line.product == product], delivered_on=viewer.today)


def advance(*, viewer: Viewer, deal: Deal, stage: Stage) -> None:
    """Leave ``stage`` for the next one, if every gate of the policy is met.

    Raises
    ------
    DealMovedOnError
        It is not in that stage any more, or there is no next one.
    GateClosedError
        Something is missing; the error names the first.
    """
    following = next_stage(stage)
    if following is None:
        raise DealMovedOnError(title=deal.title)
    with viewer.act("deals.advanced", power=Power.PLAN, title=deal.title, stage=following.value) as doing:
        file = _working(viewer, deal, stage)
        _pass_gates(viewer, file)
        _enter(doing, viewer, file, following)


def check(*, viewer: Viewer, deal: Deal, satisfaction: str, is_accepted: bool) -> None:
    """Note what was realised beside the promise and what the customer says; accept, or go back to the design.

    Raises
    ------
    IncompleteDealError
        It is not said what the customer says.
    """
    if not satisfaction:
        raise IncompleteDealError(field="satisfaction")
    verdict = Deal.Verdict.ACCEPTED if is_accepted else Deal.Verdict.REDESIGN
    with viewer.act("deals.checked", power=Power.PLAN, title=deal.title, verdict=verdict.value) as doing:
        file = _working(viewer, deal, Stage.CHECK)
        days = DealRules.shown().check_days(deal.policy, viewer.today) or 0
        fees = realised(file, days, viewer.today)
        for line in file.package:
            doing.change(line, expected_version=line.version, realised_minor=fees[line.product])
        doing.change(file.deal, expected_version=file.deal.version, satisfaction=satisfaction, verdict=verdict)
        if not is_accepted:
            _unsign(doing, file)
            _enter(doing, viewer, file, Stage.DESIGN)


def celebrate(*, viewer: Viewer, deal: Deal, thanks: str, shares: Mapping[int, int]) -> None:
    """Thank the customer, say whose success it was, and close the deal.

    Parameters
    ----------
    shares
        Basis points by the key of the teammate; together exactly 10,000.

    Raises
    ------
    UnwholeSplitError
        They are not.
    IncompleteDealError
        It is not said how the customer was thanked.
    GateClosedError
        The policy asks for more.
    """
    if not thanks:
        raise IncompleteDealError(field="thanks")
    with viewer.act("deals.celebrated", power=Power.PLAN, title=deal.title) as doing:
        file = _working(viewer, deal, Stage.CELEBRATE)
        given = {mate.pk: shares.get(mate.pk, 0) for mate in file.team}
        if sum(given.values()) != WHOLE or min(given.values()) < 0:
            raise UnwholeSplitError(total=f"{sum(given.values()) / 100:g}%")
        for mate in file.team:
            doing.change(mate, expected_version=mate.version, share=given[mate.pk])
        doing.change(file.deal, expected_version=file.deal.version, thanks=thanks)
        _pass_gates(viewer, DealFile.of(Deal.objects.get(pk=deal.pk)))
        _close(doing, viewer, file, Deal.State.DONE)


def give_up(*, viewer: Viewer, deal: Deal, reason: str) -> None:
    """Close a deal that comes to nothing, for a reason."""
    if not reason:
        raise IncompleteDealError(field="reason")
    with viewer.act("deals.given_up", power=Power.PLAN, reason=reason, title=deal.title) as doing:
        _close(doing, viewer, _working(viewer, deal, *Stage), Deal.State.GIVEN_UP)


def works_on(viewer: Viewer, file: DealFile) -> bool:
    """Whether the viewer is of the team, or covers the customer by now in a role that would be."""
    covering = {rm_id for rm_id, _ in _covering(viewer.at(viewer.today), file.deal.customer_id)}
    return bool((covering | {mate.rm_id for mate in file.team}) & set(viewer.rm_ids))


def _working(viewer: Viewer, deal: Deal, *stages: Stage) -> DealFile:
    """The deal as it is now that the chain is locked, for somebody of its team, in one of ``stages``."""
    file = DealFile.of(Deal.objects.get(pk=deal.pk))
    if not works_on(viewer, file):
        raise NotInTeamError(title=deal.title)
    if file.deal.state != Deal.State.OPEN or file.stage not in stages:
        raise DealMovedOnError(title=deal.title)
    return file


def _pass_gates(viewer: Viewer, file: DealFile) -> None:
    rules = DealRules.shown()
    wanted = rules.of(file.deal.policy, viewer.today)
    if not wanted:
        raise NoDealRulesError(kind=file.deal.policy)
    closed = [gate for gate in file.gates(wanted, viewer.today) if not gate.is_met]
    if closed:
        raise GateClosedError(title=file.deal.title, count=len(closed), first=closed[0].rule.requirement.value)


def _enter(doing: Act, viewer: Viewer, file: DealFile, stage: Stage) -> None:
    _leave(doing, viewer, file)
    about = {"deal": file.deal, "customer_id": file.deal.customer_id}
    doing.add(StageStay(**about, stage=stage, entered_on=viewer.today))
    doing.change(file.deal, expected_version=file.deal.version, stage=stage)


def _leave(doing: Act, viewer: Viewer, file: DealFile) -> None:
    doing.change_all([stay for stay in file.stays if stay.left_on is None], left_on=viewer.today)


def _close(doing: Act, viewer: Viewer, file: DealFile, state: Deal.State) -> None:
    _leave(doing, viewer, file)
    doing.change(file.deal, expected_version=file.deal.version, state=state, closed_on=viewer.today)


def _unsign(doing: Act, file: DealFile) -> None:
    doing.change_all([mate for mate in file.team if mate.signed_on is not None], signed_on=None)


def _covering(viewer: Viewer, customer_id: str) -> Iterator[tuple[str, str]]:
    held = scope.coverage(viewer).filter(customer_id=customer_id, role__in=CORE_ROLES)
    yield from held.order_by("role", "rm_id").values_list("rm_id", "role").distinct()
