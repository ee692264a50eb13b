"""Deals that wait for one RM or officer."""

from __future__ import annotations

from dataclasses import dataclass

from kejing.office import scope
from kejing.office.deals.gathering import DealFile, DealRules
from kejing.office.deals.models import Deal
from kejing.office.people.viewer import Viewer
from kejing.stages.serve.deal import Stage


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deal that goes no further without somebody; no gates are left where it only has to be taken on."""

    deal: Deal
    stage: Stage
    gates: int


def waiting_deals(viewer: Viewer, rm_id: str) -> list[Waiting]:
    """Open deals with a gate of the role that ``rm_id`` has in them, or all gates met where he is the RM."""
    rows = Deal.objects.filter(state=Deal.State.OPEN, team__rm_id=rm_id).distinct()
    deals = list(scope.of_customers(rows, viewer).prefetch_related("needs", "package", "team", "stays").order_by("pk"))
    if not deals:
        return []
    rules, found = DealRules.shown(), []
    for file in map(DealFile.of, deals):
        roles = {mate.role for mate in file.team if mate.rm_id == rm_id}
        gates = file.gates(rules.of(file.deal.policy, viewer.today), viewer.today)
        own = sum(gate.is_up_to_somebody and gate.rule.owner in roles for gate in gates)
        if own or (gates and "lead" in roles and all(gate.is_met for gate in gates)):
            found.append(Waiting(file.deal, file.stage, own))
    return found
