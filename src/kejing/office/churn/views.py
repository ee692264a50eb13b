"""The churn of a half-year, and the customers behind each figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kejing.measure.money import from_minor
from kejing.office import scope
from kejing.office.churn.gathering import Churn, Definition, churn_of, definitions
from kejing.office.shell.requests import OfficeRequest
from kejing.office.shell.words import in_script, language, say
from kejing.office.standards.naming import names_of
from kejing.report.numbers import Numbers
from kejing.stages.guard.churn import REST, LossLine, Slice

NO_NAME = "-"
"""How an address says the slice that has no name."""
_SHARE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A slice in words; ``code`` is what the address says."""

    code: str
    word: str
    kind: str
    loss: str
    share: str
    points: str
    base_share: str
    rate: str
    index: str


@require_GET
def churn(request: OfficeRequest) -> HttpResponse:
    """Loss over base, by reason and by industry, with the definition that it is counted by."""
    asked = _asked(request)
    if asked is None:
        return render(request, "churn/churn.html", {"is_ready": False})
    found, told = asked
    ledger, pack = found.ledger, found.definition.pack
    classes = {each.key: each for each in ledger.by_line(found.class_of)}
    by_rivals = classes.get("competitor")
    told |= {
        "is_ready": ledger.base_minor > 0,
        "rate": percent(ledger.rate),
        "loss": exact(ledger.loss_minor, pack.currency),
        "base": exact(ledger.base_minor, pack.currency),
        "suspected": exact(sum(line.amount_minor for line in ledger.suspected), pack.currency),
        "suspected_count": len(ledger.suspected),
        "rivals": percent(by_rivals.points if by_rivals else None),
        "rivals_share": percent(by_rivals.share if by_rivals else None),
        "year_rate": percent(None if ledger.rate is None else 1 - (1 - ledger.rate) ** 2),
        "reasons": [
            _row(found, each, _reason_word(found.definition, each.key)) for each in ledger.by_line(found.reason_of)
        ],
        "industries": [
            _row(found, each, _industry_word(found.definition, each.key))
            for each in ledger.by_customer(found.industry_of)
        ],
        "losing": len({line.customer_id for line in ledger.confirmed}),
    }
    return render(request, "churn/churn.html", told)


@require_GET
def customers(request: OfficeRequest) -> HttpResponse:
    """The lines of loss behind a figure, customer by customer; they add up to it."""
    asked = _asked(request)
    if asked is None:
        return render(request, "churn/customers.html", {"rows": [], "is_ready": False})
    found, told = asked
    reason, industry = request.GET.get("reason", ""), request.GET.get("industry", "")
    is_suspected = request.GET.get("state") == "suspected"
    lines = found.ledger.suspected if is_suspected else found.ledger.confirmed
    kept = [
        line
        for line in lines
        if reason in {"", _code(found.reason_of(line))} and industry in {"", _code(found.industry_of(line.customer_id))}
    ]
    names = _names(request, kept)
    currency = found.definition.pack.currency
    told |= {
        "is_ready": True,
        "is_suspected": is_suspected,
        "reason": _reason_word(found.definition, "" if reason == NO_NAME else reason) if reason else "",
        "industry": _industry_word(found.definition, "" if industry == NO_NAME else industry) if industry else "",
        "rows": [
            {
                "line": line,
                "name": names.get(line.customer_id, line.customer_id),
                "is_seen": line.customer_id in names,
                "amount": exact(line.amount_minor, currency),
                "reason": _label(found.definition, "churn_reason", line.reason),
                "industry": _industry_word(found.definition, found.customers[line.customer_id]),
            }
            for line in sorted(kept, key=lambda line: (-line.amount_minor, line.customer_id, line.service))
        ],
        "total": exact(sum(line.amount_minor for line in kept), currency),
    }
    return render(request, "churn/customers.html", told)


def percent(share: Fraction | None) -> str:
    """A share with two decimals."""
    return "–" if share is None else Numbers("en", "").percent(share, _SHARE_DIGITS)


def exact(minor: int, currency: str) -> str:
    """Money to the minor unit."""
    return Numbers("en", currency).money_exact(from_minor(minor, currency))


def _asked(request: OfficeRequest) -> tuple[Churn, dict[str, Any]] | None:
    """The churn that the address asks for, and what there is to choose from; None where nothing says what churn is."""
    known = definitions()
    if not known:
        return None
    policy = request.GET.get("policy", "")
    definition = next((each for each in known if each.run.policy == policy), known[0])
    halves = definition.halves(request.viewer.as_of)
    latest = next((each for each in halves if each.period.last_day <= request.viewer.as_of), halves[-1])
    half = next((each for each in halves if each.name == request.GET.get("half")), latest)
    found = churn_of(request.viewer, definition, half)
    if found is None:
        return None
    told = {"found": found, "definition": definition, "known": known, "halves": halves, "half": half}
    return found, told | _list_words(definition)


def _list_words(definition: Definition) -> dict[str, str]:
    """What the policy calls the scheme and the tiers of the list."""
    names, settings = names_of(definition.run, language()), definition.settings
    if settings.scheme is None:
        return {}
    tiers = [names.of_tier(tier, settings.scheme) for tier in settings.tiers]
    return {"scheme": in_script(names.of(settings.scheme, "scheme")), "tiers": in_script(", ".join(tiers))}


def _row(found: Churn, each: Slice, word: str) -> Row:
    base = None if each.base_minor is None or not each.base_total_minor else each.base_minor
    return Row(
        code=_code(each.key),
        word=word,
        kind=_class_word(found, each.key),
        loss=exact(each.loss_minor, found.definition.pack.currency),
        share=percent(each.share),
        points=percent(each.points),
        base_share=percent(None if base is None else Fraction(base, each.base_total_minor)),
        rate=percent(each.rate),
        index="–" if each.index is None else Numbers("en", "").brief(each.index, _SHARE_DIGITS),
    )


def _code(key: str) -> str:
    return NO_NAME if key == REST else key


def _reason_word(definition: Definition, key: str) -> str:
    return say("churn.no_reason") if key == REST else _label(definition, "churn_reason", key)


def _class_word(found: Churn, reason: str) -> str:
    code = found.definition.class_of(reason, found.half.period.last_day)
    return "" if code == REST else _label(found.definition, "churn_class", code)


def _industry_word(definition: Definition, key: str) -> str:
    return say("churn.no_industry") if key == REST else _label(definition, "industry", key)


def _label(definition: Definition, code_list: str, code: str) -> str:
    """What the policy calls a code; one that it does not know stays as it is."""
    labels = definition.pack.code_lists.get(code_list, {}).get(code)
    return in_script(code if labels is None else labels.en if language() == "en" else labels.zh)


def _names(request: OfficeRequest, lines: Iterable[LossLine]) -> dict[str, str]:
    """Names of the customers that are still in the viewer's sight, for a link to their page."""
    wanted = {line.customer_id for line in lines}
    seen = scope.customers(request.viewer).filter(customer_id__in=wanted)
    return {customer: in_script(name) for customer, name in seen.values_list("customer_id", "name")}
