"""A unit's statement as a workbook: sums over folded rows of RMs."""

from __future__ import annotations

from decimal import Decimal

from kejing.measure.money import minor_digits
from kejing.report.statements.frame import Desk
from kejing.report.statements.sheet import Paper
from kejing.report.statements.unit import MEASURE_FIGURES, Unit

_RM = ("rm_id", "rm", "unit_id", "unit", "gross", "deferred", "paid_now", "points", "rank")


def unit_book(desk: Desk, unit: Unit) -> bytes:
    """The workbook of one unit."""
    voice, manifest = desk.voice, desk.frame.run.manifest
    paper = Paper(f"{unit.unit_id} {desk.frame.period}", manifest.as_of, minor_digits(manifest.currency))
    sheet = paper.sheet(voice.word("statement.unit_title"), (24, 26, 18, 26, 18))
    sheet.folded_above()
    sheet.title(f"{desk.unit(unit.unit_id)} {unit.unit_id}")
    sheet.note(f"{desk.frame.period} {voice.word('statement.unit_title')} · {desk.standing}")
    for fact in desk.facts():
        sheet.line([fact.label, fact.hint or str(fact.value)])
    sheet.part(voice.word("section.earned"))
    heads = ("component", "component_label", "rm_id", "rm", "amount")
    sheet.head([voice.word(f"book.{name}") for name in heads], heads)
    for component, (labels, amount) in unit.components.items():
        label = voice.label(labels)
        sheet.line([component, label, "", "", amount], is_total=True)
        for member, paid in unit.paid(component):
            sheet.line([component, label, member.rm_id, desk.rm(member.rm_id), paid], level=1)
    sheet.line(["gross", voice.word("figure.gross"), "", "", unit.gross], is_total=True)
    sheet.part(voice.word("section.settled"))
    for name, amount in unit.ladder:
        sheet.line([name, voice.word(f"figure.{name}"), "", "", amount])
    sheet.part(voice.word("section.checks"))
    for key, ours, theirs in unit.ties():
        result = voice.word("tie.agrees" if ours == theirs else "tie.differs")
        sheet.line([key, voice.word(f"tie.{key}"), result, "", ours, theirs])
    _rms(paper, desk, unit)
    _measures(paper, desk, unit)
    return paper.bytes()


def _rms(paper: Paper, desk: Desk, unit: Unit) -> None:
    voice = desk.voice
    components = list(unit.components)
    sheet = paper.sheet(voice.word("section.rms"), (14, 16, 14, 26, 18, 18, 18, 12, 10, *[18] * len(components)))
    labels = [voice.label(unit.components[name][0]) for name in components]
    sheet.head([*(voice.word(f"book.{name}") for name in _RM), *labels], [*_RM, *components])
    sheet.freeze(2)
    kinds = ["number" if name == "points" else "" for name in _RM]
    for member in unit.members:
        paid = [member.components[name][1] if name in member.components else None for name in components]
        sheet.line(
            [
                member.rm_id, desk.rm(member.rm_id), member.unit_id, desk.unit(member.unit_id), member.gross,
                member.deferred, member.paid_now, member.points, member.rank, *paid,
            ],
            kinds=kinds,
        )  # fmt: skip
    sums: list[Decimal] = [amount for _, amount in unit.components.values()]
    whole: list[object] = ["", voice.word("book.sum"), "", "", unit.gross, unit.deferred, unit.paid_now, None, None]
    sheet.line([*whole, *sums], is_total=True)


def _measures(paper: Paper, desk: Desk, unit: Unit) -> None:
    voice = desk.voice
    sheet = paper.sheet(voice.word("section.measures"), (24, 24, 14, 16, 20, 20, 20))
    heads = ("measure", "measure_label", "rm_id", "rm")
    names = ("stock", "target", "actual")
    sheet.head(
        [*(voice.word(f"book.{name}") for name in heads), *(voice.word(f"measure.{name}") for name in names)],
        [*heads, *MEASURE_FIGURES],
    )
    sheet.freeze()
    sheet.folded_above()
    for measure, sums in unit.measures.items():
        label = voice.code(measure, "measure")
        sheet.line([measure, label, "", "", *(sums[name] for name in MEASURE_FIGURES)], is_total=True)
        for member in unit.members:
            if measure in member.measures:
                figures = [member.measures[measure][name] for name in MEASURE_FIGURES]
                sheet.line([measure, label, member.rm_id, desk.rm(member.rm_id), *figures], level=1)
