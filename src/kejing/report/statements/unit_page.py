"""A unit's statement and the list of all statements, as HTML files."""

from __future__ import annotations

from decimal import Decimal

from kejing.report.blocks import Fact
from kejing.report.page import asset, render
from kejing.report.statements.frame import Desk
from kejing.report.statements.names import href, rm_file, unit_file
from kejing.report.statements.sums import APART, LADDER
from kejing.report.statements.unit import Member, Unit

_SIGNS = {1: "+", -1: "−", 0: "="}


def unit_html(desk: Desk, unit: Unit) -> str:
    """The statement of a unit: each sum opens to the RMs it is made of, each RM leads to the own statement."""
    voice = desk.voice
    other = "en" if voice.lang == "zh" else "zh"
    return render(
        "unit_statement.html.j2",
        lang=voice.lang,
        numbers=voice.numbers,
        scripts=[asset("templates", "statement.js")],
        sheets=(asset("templates", "statement.css"),),
        w=voice.word,
        desk=desk,
        unit=unit,
        name=desk.unit(unit.unit_id),
        facts=desk.facts(),
        figures=_figures(desk, unit),
        components=[_component(desk, unit, name) for name in unit.components],
        measures=[
            {"label": voice.code(measure, "measure"), **{name: voice.money(amount) for name, amount in sums.items()}}
            for measure, sums in unit.measures.items()
        ],
        members=[_member(desk, member) for member in unit.members],
        ladder=_ladder(desk, unit),
        extras=_extras(desk, unit),
        ties=[
            (voice.word(f"tie.{key}"), voice.money(ours), voice.money(theirs), ours == theirs)
            for key, ours, theirs in unit.ties()
        ],
        alternate=href(unit_file(unit.unit_id, other, "html")),
        workbook=href(unit_file(unit.unit_id, voice.lang, "xlsx")),
    )


def _figures(desk: Desk, unit: Unit) -> list[Fact]:
    voice = desk.voice
    ladder = dict(unit.ladder)
    names = [name for name in ("gross", "deferred", "payable", "paid_now") if name in ladder]
    found = [Fact(voice.word(f"figure.{name}"), voice.money(ladder[name])) for name in names]
    return [Fact(voice.word("unit.rms"), str(len(unit.members))), *found]


def _component(desk: Desk, unit: Unit, component: str) -> dict[str, object]:
    voice = desk.voice
    labels, amount = unit.components[component]
    return {
        "anchor": f"c-{component}",
        "label": voice.label(labels),
        "amount": voice.money(amount),
        "rows": [
            (
                desk.rm(member.rm_id),
                member.rm_id,
                f"{href(rm_file(member.rm_id, voice.lang, 'html'))}#c-{component}",
                voice.money(paid),
            )
            for member, paid in unit.paid(component)
        ],
    }


def _member(desk: Desk, member: Member) -> dict[str, object]:
    voice = desk.voice
    result = member.settled.get("payable", member.paid_now)
    return {
        "name": desk.rm(member.rm_id),
        "id": member.rm_id,
        "unit": desk.unit(member.unit_id),
        "href": href(rm_file(member.rm_id, voice.lang, "html")),
        "gross": voice.money(member.gross),
        "deferred": voice.money(member.deferred),
        "result": voice.money(result),
        "corrected": voice.money(member.corrected),
        "points": voice.points(member.points),
        "rank": "–" if member.rank is None else str(member.rank),
    }


def _ladder(desk: Desk, unit: Unit) -> list[tuple[str, str, str, bool]]:
    signs = {**dict(LADDER), "paid_now": 0}
    return [
        (
            "" if at == 0 or name in APART else _SIGNS[signs[name]],
            desk.voice.word(f"figure.{name}"),
            desk.voice.money(amount),
            signs[name] == 0,
        )
        for at, (name, amount) in enumerate(unit.ladder)
    ]


def _extras(desk: Desk, unit: Unit) -> list[tuple[str, str]]:
    """Each table beside pay as a title and a sentence."""
    voice = desk.voice
    found = []
    for name, (kept, rows, amount) in unit.extras.items():
        title = voice.word(f"extra.{name}")
        if not kept:
            said = voice.word("extra.not_kept", what=title)
        elif not rows:
            said = voice.word("extra.none", what=title)
        else:
            said = voice.word("unit.extra", rows=rows, amount=voice.money(amount))
        found.append((title, said))
    return found


def index_html(desk: Desk, units: list[Unit], members: list[Member]) -> str:
    """The list of all statements of a period, with their sum."""
    voice = desk.voice
    other = "en" if voice.lang == "zh" else "zh"
    total = sum((member.gross for member in members), Decimal(0))
    return render(
        "statement_index.html.j2",
        lang=voice.lang,
        numbers=voice.numbers,
        scripts=[],
        sheets=(asset("templates", "statement.css"),),
        w=voice.word,
        desk=desk,
        facts=desk.facts(),
        total=voice.money(total),
        units=[
            {
                "name": desk.unit(unit.unit_id),
                "id": unit.unit_id,
                "href": href(unit_file(unit.unit_id, voice.lang, "html")),
                "rms": len(unit.members),
                "gross": voice.money(unit.gross),
            }
            for unit in units
        ],
        members=[_member(desk, member) for member in members],
        alternate=href(f"index.{other}.html"),
    )
